/* The samplers that know their order beforehand: the confidences decide nothing. */
#include "base/rng.h"
#include "sampler/sampler.h"

uint32_t um_halton_start(uint64_t seed, uint32_t image, uint32_t positions) {
    float uniform = um_rng_uniform(seed, image, 0, 0, UM_RNG_START);
    return (uint32_t)((double)uniform * (double)positions);
}

/* Fixes what is due, in the order of `order` read around from `start`; NULL = the positions'. */
static bool in_order(struct um_sampler_state *s, const struct um_sampler_step *step,
                     const float *logits, const float *logits_null, const uint32_t *order,
                     uint32_t start) {
    uint32_t masked = 0;
    if (!um_sampler_guess(s, step, logits, logits_null))
        return false;
    for (uint32_t i = 0; i < s->positions; i++)
        masked += s->tokens[i] < 0;
    uint32_t to_fix = masked > step->keep_masked ? masked - step->keep_masked : 0;
    for (uint32_t i = 0; i < s->positions && to_fix > 0; i++) {
        uint32_t place = (start + i) % s->positions, position = order ? order[place] : place;
        if (s->tokens[position] >= 0)
            continue;
        um_sampler_fix(s, step, position);
        to_fix--;
    }
    return true;
}

bool um_sampler_halton(struct um_sampler_state *s, const struct um_sampler_step *step,
                       const float *logits, const float *logits_null) {
    uint32_t start = um_halton_start(step->seed, step->image, s->positions);
    return in_order(s, step, logits, logits_null, s->order, start);
}

bool um_sampler_raster(struct um_sampler_state *s, const struct um_sampler_step *step,
                       const float *logits, const float *logits_null) {
    return in_order(s, step, logits, logits_null, NULL, 0);
}
