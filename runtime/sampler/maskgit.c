/* The confidence sampler. Everything is added up in position or code order, so the result depends
 * on the logits alone. */
#include "sampler/maskgit.h"

#include "base/rng.h"
#include <math.h>
#include <string.h>

enum { MASKED_STEP = 65535 };

/* The logits of one position, as the draw sees them. */
struct row {
    const float *logits, *logits_null; // logits_null: NULL = no guidance
    float guidance, temperature;
};

static inline float row_logit(const struct row *row, uint32_t code) {
    float logit = row->logits[code];
    if (row->logits_null)
        logit = row->logits_null[code] + row->guidance * (logit - row->logits_null[code]);
    return logit / row->temperature;
}

/* The largest logit; false if one is not finite. */
static bool row_max(const struct row *row, uint32_t codes, float *max) {
    *max = row_logit(row, 0);
    for (uint32_t k = 0; k < codes; k++) {
        float logit = row_logit(row, k);
        if (!isfinite(logit))
            return false;
        if (logit > *max)
            *max = logit;
    }
    return true;
}

/* Draws a code by inverse transform; *log_p is the natural log of its probability. */
static bool draw(const struct row *row, uint32_t codes, float uniform, int32_t *code,
                 float *log_p) {
    float max;
    if (!row_max(row, codes, &max))
        return false;
    double sum = 0.0;
    for (uint32_t k = 0; k < codes; k++)
        sum += (double)um_expf(row_logit(row, k) - max);
    double target = (double)uniform * sum, cumulative = 0.0;
    uint32_t k = 0;
    for (;; k++) {
        cumulative += (double)um_expf(row_logit(row, k) - max);
        if (cumulative > target || k + 1 == codes)
            break;
    }
    *code = (int32_t)k;
    *log_p = row_logit(row, k) - max - um_logf((float)sum);
    return true;
}

/* Maps floats to integers in the same order, -0 just below +0. */
static uint32_t ordered(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

static uint32_t count_up_to(const struct um_sampler_state *s, uint32_t limit) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->positions; i++)
        count += s->tokens[i] < 0 && ordered(s->noisy[i]) <= limit;
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

static void fix_tokens(struct um_sampler_state *s, uint32_t keep_masked, uint16_t step) {
    uint32_t cut = 0, ties_masked = 0;
    if (keep_masked) {
        cut = nth_score(s, keep_masked);
        ties_masked = keep_masked - (cut ? count_up_to(s, cut - 1) : 0);
    }
    for (uint32_t i = s->positions; i-- > 0;) { // from the end: of equals the last stay masked
        s->change[i] = UM_CHANGE_KEPT;
        if (s->tokens[i] >= 0)
            continue;
        s->change[i] = UM_CHANGE_MASKED;
        uint32_t score = ordered(s->noisy[i]);
        bool masked = keep_masked && score <= cut;
        if (masked && score == cut) {
            masked = ties_masked > 0;
            ties_masked -= masked;
        }
        if (!masked) {
            s->tokens[i] = s->guess[i];
            s->fixed_step[i] = step;
            s->change[i] = UM_CHANGE_FIXED;
        }
    }
}

bool um_sampler_maskgit(struct um_sampler_state *s, const struct um_sampler_step *step,
                        const float *logits, const float *logits_null) {
    float scale = step->choice_temperature *
                  (1.0f - (float)(step->step + 1) / (float)step->steps); // 0 in the last step
    uint32_t masked = 0;
    for (uint32_t i = 0; i < s->positions; i++) {
        if (s->tokens[i] >= 0)
            continue;
        masked++;
        size_t first = (size_t)i * s->codes;
        struct row row = {logits + first, NULL, 1.0f + step->cfg_scale, step->temperature};
        if (step->cfg_scale != 0.0f)
            row.logits_null = logits_null + first;
        float uniform = um_rng_uniform(step->seed, step->image, step->step, i, UM_RNG_TOKEN);
        float log_p;
        if (!draw(&row, s->codes, uniform, &s->guess[i], &log_p))
            return false;
        s->confidence[i] = um_expf(log_p);
        s->fixed_step[i] = MASKED_STEP;
        float noise = 0.0f;
        if (scale > 0.0f) {
            uniform = um_rng_uniform(step->seed, step->image, step->step, i, UM_RNG_CHOICE);
            noise = -um_logf(-um_logf(uniform)); // standard Gumbel
        }
        s->noisy[i] = log_p + scale * noise;
    }
    fix_tokens(s, step->keep_masked < masked ? step->keep_masked : masked,
               (uint16_t)(step->step + 1));
    return true;
}
