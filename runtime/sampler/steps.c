/* The settings of a step. */
#include "sampler/steps.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

struct um_steps um_steps_make(const um_session_params *p) {
    return (struct um_steps){
        .set = p->sampling,
        .schedule = {.kind = p->sampling.schedule,
                     .power = p->sampling.schedule_power,
                     .table = p->schedule_table,
                     .steps = p->sampling.steps},
        .rows = p->step_table,
        .start_step = p->start_step,
    };
}

uint32_t um_steps_count(const struct um_steps *steps) {
    const um_sampling *set = &steps->set;
    return steps->schedule.steps + (set->sampler == UM_SAMPLER_RECHECK ? set->recheck_rounds : 0);
}

/* The table's row for a step, or one that says nothing. */
static um_step_row row_of(const struct um_steps *steps, uint32_t step) {
    um_step_row nothing = {-1.0f, -1.0f, -1.0f, -1.0f, {0}};
    return steps->rows ? steps->rows[step] : nothing;
}

static double share_after(const struct um_steps *steps, uint32_t step, uint32_t unknown) {
    float share = row_of(steps, step).masked;
    if (share >= 0.0f)
        return um_schedule_clip((double)share);
    return um_schedule_share(&steps->schedule, step, unknown);
}

static float cfg_at(const struct um_steps *steps, uint32_t step) {
    float given = row_of(steps, step).cfg_scale;
    uint32_t count = steps->schedule.steps;
    double share = 1.0;
    if (given >= 0.0f)
        return given;
    if (steps->set.cfg_schedule == UM_CFG_LINEAR && count > 1)
        share = (double)step / (double)(count - 1);
    if (steps->set.cfg_schedule == UM_CFG_POWER_COSINE) {
        double r = pow((double)step / (double)count, (double)steps->set.cfg_power);
        share = 0.5 * (1.0 - cos(PI * r));
    }
    return steps->set.cfg_scale > 0.0f ? (float)((double)steps->set.cfg_scale * share) : 0.0f;
}

bool um_steps_guided(const struct um_steps *steps) {
    for (uint32_t step = steps->start_step; step < steps->schedule.steps; step++) {
        if (cfg_at(steps, step) > 0.0f)
            return true;
    }
    return false;
}

static double loop_alpha_at(const struct um_steps *steps, double time) {
    double on = (double)steps->set.remdm_loop_on, off = (double)steps->set.remdm_loop_off;
    double alpha = (double)steps->set.remdm_loop_alpha;
    if (time > on)
        return alpha * (1.0 - time) / (1.0 - on);
    return time > off ? alpha : 1.0 - (1.0 - alpha) * time / off;
}

double um_steps_alpha(const struct um_steps *steps, uint32_t step, uint32_t unknown) {
    uint32_t count = steps->schedule.steps;
    if (step <= steps->start_step)
        return 0.0; // whatever came before left all of them masked
    if (step >= count)
        return 1.0;
    double alpha = steps->set.remdm_loop_on > 0.0f
                       ? loop_alpha_at(steps, (double)(count - step) / (double)count)
                       : 1.0 - share_after(steps, step - 1, unknown);
    return floor(alpha * 1073741824.0 + 0.5) / 1073741824.0;
}

static bool remasks(const struct um_steps *steps, uint32_t step) {
    double time = (double)(steps->schedule.steps - step) / (double)steps->schedule.steps;
    return !(steps->set.remdm_loop_on > 0.0f) ||
           (time <= (double)steps->set.remdm_loop_on && time > (double)steps->set.remdm_loop_off);
}

static float noise_at(const struct um_steps *steps, uint32_t step) {
    const float noise = steps->set.choice_temperature;
    return noise > 0.0f ? noise * (1.0f - (float)(step + 1) / (float)steps->schedule.steps) : 0.0f;
}

struct um_sampler_step um_steps_at(const struct um_steps *steps, uint32_t step, uint32_t unknown,
                                   uint32_t masked) {
    uint32_t count = steps->schedule.steps;
    uint32_t at = step < count ? step : count - 1; // of the schedules; rounds stay at the end
    um_step_row row = row_of(steps, at);
    const um_sampling *set = &steps->set;
    struct um_sampler_step out = {.sampler = set->sampler,
                                  .step = step,
                                  .temperature = set->temperature,
                                  .cfg_scale = cfg_at(steps, at),
                                  .top_k = set->top_k,
                                  .top_p = set->top_p,
                                  .last = at + 1 == count,
                                  .eta = set->remdm_eta,
                                  .recheck = step >= count,
                                  .recheck_round = step - at - 1,
                                  .threshold = set->recheck_threshold};
    if (row.temperature >= 0.0f)
        out.temperature = row.temperature;
    out.noise = row.choice_temperature;
    if (out.noise < 0.0f) // 0 in the last step
        out.noise = noise_at(steps, at);
    out.keep_masked = um_schedule_count(share_after(steps, at, unknown), out.last, unknown, masked);
    out.alpha_t = um_steps_alpha(steps, at, unknown);
    out.alpha_s = um_steps_alpha(steps, at + 1, unknown);
    out.remask = remasks(steps, at);
    return out;
}
