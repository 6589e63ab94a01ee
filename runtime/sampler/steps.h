/* What each step of a session uses: schedules, tables and limits put together. */
#ifndef UM_SAMPLER_STEPS_H
#define UM_SAMPLER_STEPS_H

#include "sampler/schedule.h"
#include "sampler/state.h"

struct um_steps {
    um_sampling set; /* no field is the default; negative = none */
    struct um_schedule_spec schedule;
    const um_step_row *rows; /* (schedule.steps), or NULL */
    uint32_t start_step;
};

/* From parameters without defaults left; tables are not copied. */
struct um_steps um_steps_make(const um_session_params *params);

/* All steps, recheck rounds included. */
uint32_t um_steps_count(const struct um_steps *steps);

/* True if any step has a guidance scale above 0. */
bool um_steps_guided(const struct um_steps *steps);

/* Share of fixed tokens that ReMDM has before (time 1 - step / T) a step, rounded to a multiple of
 * 2^-30, so that no libm's last bit reaches the samplers. step = T: 1. */
double um_steps_alpha(const struct um_steps *steps, uint32_t step, uint32_t unknown);

/* Everything but seed and image. `unknown` = tokens masked at the start, `masked` = now. */
struct um_sampler_step um_steps_at(const struct um_steps *steps, uint32_t step, uint32_t unknown,
                                   uint32_t masked);

#endif
