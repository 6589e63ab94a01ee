/* The Halton sampler: the order is known beforehand, the confidences decide nothing. */
#include "base/rng.h"
#include "sampler/sampler.h"

bool um_sampler_halton(struct um_sampler_state *s, const struct um_sampler_step *step,
                       const float *logits, const float *logits_null) {
    uint32_t masked = 0;
    if (!um_sampler_guess(s, step, logits, logits_null))
        return false;
    for (uint32_t i = 0; i < s->positions; i++)
        masked += s->tokens[i] < 0;
    uint32_t to_fix = masked > step->keep_masked ? masked - step->keep_masked : 0;
    float uniform = um_rng_uniform(step->seed, step->image, 0, 0, UM_RNG_START);
    uint32_t start = (uint32_t)((double)uniform * (double)s->positions);
    for (uint32_t i = 0; i < s->positions && to_fix > 0; i++) {
        uint32_t position = s->order[(start + i) % s->positions];
        if (s->tokens[position] >= 0)
            continue;
        um_sampler_fix(s, step, position);
        to_fix--;
    }
    return true;
}
