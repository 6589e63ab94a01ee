/* The confidence sampler. */
#include "base/rng.h"
#include "sampler/math.h"
#include "sampler/row.h"
#include "sampler/sampler.h"

#include <string.h>

/* Maps floats to integers in the same order, -0 just below +0. */
static uint32_t ordered(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static uint32_t count_up_to(const struct um_sampler_state *s, uint32_t limit) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->positions; i++)
        count += s->tokens[i] < 0 && ordered(s->scores[i]) <= limit;
    return count;
}

/* The rank-th smallest score of the masked positions, rank from 1: bisection needs no memory, and
 * 32 counts cost less than one position's softmax. */
static uint32_t nth_score(const struct um_sampler_state *s, uint32_t rank) {
    uint32_t low = 0, high = UINT32_MAX;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (count_up_to(s, middle) >= rank)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static void fix_tokens(struct um_sampler_state *s, const struct um_sampler_step *step,
                       uint32_t keep_masked) {
    uint32_t cut = 0, ties_masked = 0;
    if (keep_masked) {
        cut = nth_score(s, keep_masked);
        ties_masked = keep_masked - (cut ? count_up_to(s, cut - 1) : 0);
    }
    for (uint32_t i = s->positions; i-- > 0;) { // from the end: of equals the last stay masked
        if (s->tokens[i] >= 0)
            continue;
        uint32_t score = ordered(s->scores[i]);
        bool masked = keep_masked && score <= cut;
        if (masked && score == cut) {
            masked = ties_masked > 0;
            ties_masked -= masked;
        }
        if (!masked)
            um_sampler_fix(s, step, i);
    }
}

bool um_sampler_confidence(struct um_sampler_state *s, const struct um_sampler_step *step,
                           const float *logits, const float *logits_null) {
    uint32_t masked = 0;
    for (uint32_t i = 0; i < s->positions; i++) {
        if (s->tokens[i] >= 0)
            continue;
        struct um_row row;
        if (!um_row_guess(&row, s, step, logits, logits_null, i))
            return false;
        masked++;
        float noise = 0.0f;
        if (step->noise > 0.0f) {
            float uniform = um_rng_uniform(step->seed, step->image, step->step, i, UM_RNG_CHOICE);
            noise = -um_logf(-um_logf(uniform)); // standard Gumbel
        }
        s->scores[i] = um_row_log_p(&row, (uint32_t)s->guess[i]) + step->noise * noise;
    }
    fix_tokens(s, step, step->keep_masked < masked ? step->keep_masked : masked);
    return true;
}
