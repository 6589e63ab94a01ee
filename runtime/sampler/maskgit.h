/* The confidence sampler of MaskGIT (arXiv 2202.04200, section 3.2), one image, one step, on plain
 * arrays. Uses its own exp and log, so equal logits give equal tokens on every platform. */
#ifndef UM_SAMPLER_MASKGIT_H
#define UM_SAMPLER_MASKGIT_H

#include "sampler/schedule.h"

struct um_sampler_step {
    uint64_t seed;
    uint32_t image, step, steps; /* step counts from 0 */
    float temperature;           /* divides the logits */
    float choice_temperature;    /* noise scale; multiplied by 1 - (step + 1) / steps */
    float cfg_scale;             /* 0 = logits_null is not read */
    uint32_t keep_masked;        /* tokens to leave masked after this step, um_schedule_masked() */
};

/* State of one image; arrays of `positions`. tokens: fixed code or -1. fixed_step, guess,
 * confidence, change: see um_session_view. `noisy` is scratch. */
struct um_sampler_state {
    uint32_t positions, codes;
    int32_t *tokens, *guess;
    float *confidence, *noisy;
    uint16_t *fixed_step;
    uint8_t *change; /* um_change */
};

/* Draws a token at each masked position from softmax(logits / temperature), then fixes all of them
 * except the `keep_masked` with the lowest log probability + noise (ties: the lower position is
 * fixed first). `logits` and `logits_null`: (positions, codes). False if a logit is not finite. */
bool um_sampler_maskgit(struct um_sampler_state *state, const struct um_sampler_step *step,
                        const float *logits, const float *logits_null);

/* The library's own exp and log for float, each within 2 ulp; exact same bits everywhere. */
float um_expf(float x);
float um_logf(float x);

#endif
