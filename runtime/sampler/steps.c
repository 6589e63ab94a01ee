/* The settings of a step. */
#include "sampler/steps.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

struct um_steps um_steps_make(const um_session_params *p) {
    return (struct um_steps){
        .sampler = p->sampler,
        .schedule = {.kind = p->schedule,
                     .power = p->schedule_power,
                     .table = p->schedule_table,
                     .steps = p->steps},
        .rows = p->step_table,
        .cfg_schedule = p->cfg_schedule,
        .cfg_power = p->cfg_power,
        .cfg_scale = p->cfg_scale,
        .temperature = p->temperature,
        .choice_temperature = p->choice_temperature,
        .top_k = p->top_k,
        .top_p = p->top_p,
        .start_step = p->start_step,
        .eta = p->remdm_eta,
        .loop_on = p->remdm_loop_on,
        .loop_off = p->remdm_loop_off,
        .loop_alpha = p->remdm_loop_alpha,
        .recheck_rounds = p->sampler == UM_SAMPLER_RECHECK ? p->recheck_rounds : 0,
        .recheck_threshold = p->recheck_threshold,
    };
}

uint32_t um_steps_count(const struct um_steps *steps) {
    return steps->schedule.steps + steps->recheck_rounds;
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
    if (steps->cfg_schedule == UM_CFG_LINEAR && count > 1)
        share = (double)step / (double)(count - 1);
    if (steps->cfg_schedule == UM_CFG_POWER_COSINE) {
        double r = pow((double)step / (double)count, (double)steps->cfg_power);
        share = 0.5 * (1.0 - cos(PI * r));
    }
    return (float)((double)steps->cfg_scale * share);
}

bool um_steps_guided(const struct um_steps *steps) {
    for (uint32_t step = steps->start_step; step < steps->schedule.steps; step++) {
        if (cfg_at(steps, step) > 0.0f)
            return true;
    }
    return false;
}

static double loop_alpha_at(const struct um_steps *steps, double time) {
    double on = (double)steps->loop_on, off = (double)steps->loop_off;
    double alpha = (double)steps->loop_alpha;
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
    double alpha = steps->loop_on > 0.0f
                       ? loop_alpha_at(steps, (double)(count - step) / (double)count)
                       : 1.0 - share_after(steps, step - 1, unknown);
    return floor(alpha * 1073741824.0 + 0.5) / 1073741824.0;
}

static bool remasks(const struct um_steps *steps, uint32_t step) {
    double time = (double)(steps->schedule.steps - step) / (double)steps->schedule.steps;
    return !(steps->loop_on > 0.0f) ||
           (time <= (double)steps->loop_on && time > (double)steps->loop_off);
}

struct um_sampler_step um_steps_at(const struct um_steps *steps, uint32_t step, uint32_t unknown,
                                   uint32_t masked) {
    uint32_t count = steps->schedule.steps;
    uint32_t at = step < count ? step : count - 1; // of the schedules; rounds stay at the end
    um_step_row row = row_of(steps, at);
    struct um_sampler_step out = {.sampler = steps->sampler,
                                  .step = step,
                                  .temperature = steps->temperature,
                                  .cfg_scale = cfg_at(steps, at),
                                  .top_k = steps->top_k,
                                  .top_p = steps->top_p,
                                  .last = at + 1 == count,
                                  .eta = steps->eta,
                                  .recheck = step >= count,
                                  .recheck_round = step - at - 1,
                                  .threshold = steps->recheck_threshold};
    if (row.temperature >= 0.0f)
        out.temperature = row.temperature;
    out.noise = row.choice_temperature;
    if (out.noise < 0.0f) // 0 in the last step
        out.noise = steps->choice_temperature * (1.0f - (float)(at + 1) / (float)count);
    out.keep_masked = um_schedule_count(share_after(steps, at, unknown), out.last, unknown, masked);
    out.alpha_t = um_steps_alpha(steps, at, unknown);
    out.alpha_s = um_steps_alpha(steps, at + 1, unknown);
    out.remask = remasks(steps, at);
    return out;
}
