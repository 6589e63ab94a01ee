/* Rounds that judge drawn tokens once more. The network has learned to judge masked positions only,
 * so each round masks a few, far from one another, and lets all others stand. */
#include "sampler/math.h"
#include "sampler/row.h"
#include "sampler/sampler.h"

#include "base/rng.h"

enum { SUBSETS = 8 };

uint32_t um_recheck_ask(struct um_sampler_state *s, const struct um_sampler_step *step) {
    uint32_t drawn = 0, rank = 0, subset = step->recheck_round % SUBSETS;
    for (uint32_t i = 0; i < s->positions; i++) {
        s->asked[i] = 0;
        drawn += s->fixed_step[i] != 0;
    }
    uint32_t first = drawn * subset / SUBSETS, end = drawn * (subset + 1) / SUBSETS;
    for (uint32_t i = 0; i < s->positions; i++) {
        uint32_t position = s->order[i];
        if (s->fixed_step[position] == 0)
            continue;
        s->asked[position] = rank >= first && rank < end;
        rank++;
    }
    return end - first;
}

/* Judges one token, and draws it anew if it is improbable. */
static bool judge(struct um_sampler_state *s, const struct um_sampler_step *step,
                  const float *logits, const float *logits_null, uint32_t i) {
    struct um_row row;
    if (!um_row_read(&row, s, step, logits, logits_null, i))
        return false;
    uint32_t code = (uint32_t)s->tokens[i];
    if (um_row_log_ratio(&row, code) < um_logf(step->threshold)) {
        um_row_filter(&row, s, step);
        float uniform = um_rng_uniform(step->seed, step->image, step->step, i, UM_RNG_TOKEN);
        code = um_row_draw(&row, uniform);
    }
    s->guess[i] = (int32_t)code;
    s->scores[i] = um_expf(um_row_log_p(&row, code));
    return true;
}

bool um_sampler_recheck(struct um_sampler_state *s, const struct um_sampler_step *step,
                        const float *logits, const float *logits_null) {
    for (uint32_t i = 0; i < s->positions; i++) {
        if (s->asked[i] && !judge(s, step, logits, logits_null, i))
            return false;
    }
    for (uint32_t i = 0; i < s->positions; i++) {
        if (!s->asked[i])
            continue;
        s->confidence[i] = s->scores[i];
        if (s->guess[i] == s->tokens[i])
            continue;
        um_sampler_fix(s, step, i);
        s->change[i] = UM_CHANGE_REVISED;
    }
    return true;
}
