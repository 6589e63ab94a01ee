/* Mask schedules: how many tokens are still masked after each step. Pure functions. */
#ifndef UM_SAMPLER_SCHEDULE_H
#define UM_SAMPLER_SCHEDULE_H

#include "unmask/unmask.h"

struct um_schedule_spec {
    um_schedule kind;
    float power;        /* UM_SCHEDULE_POW */
    const float *table; /* UM_SCHEDULE_TABLE: `steps` fractions */
    uint32_t steps;
};

/* The fraction of tokens still masked after `step` (0-based) of spec->steps, that is at r = (step +
 * 1) / steps, clipped to [1e-6, 1] as in the published code. `unknown` = the number of tokens
 * masked at the start (U). */
double um_schedule_share(const struct um_schedule_spec *spec, uint32_t step, uint32_t unknown);

/* The fraction clipped as above. */
double um_schedule_clip(double share);

/* The number of tokens to leave masked: max(1, min(masked_now - 1, floor(U * share))). 0 after the
 * last step, unlike in the published code, which masks one token there in a grid that it does not
 * use. */
uint32_t um_schedule_count(double share, bool last, uint32_t unknown, uint32_t masked_now);

/* The same for the fraction after `step`. */
uint32_t um_schedule_masked(const struct um_schedule_spec *spec, uint32_t step, uint32_t unknown,
                            uint32_t masked_now);

#endif
