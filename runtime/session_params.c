/* What um_session_begin() accepts: defaults are the model's, every field is checked, and a sentence
 * names the one that is wrong. */
#include "objects.h"

enum { MAX_BATCH = 1024, MAX_STEPS = 1024, MAX_ROUNDS = 256 };

static um_status bad(const um_model *model, const char *field, double value, const char *expected) {
    return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                   "um_session_begin: %s is %g, expected %s.", field, value, expected);
}

static um_status resolve_schedule(um_session_params *p, const um_model *model) {
    if ((int)p->schedule < (int)UM_SCHEDULE_DEFAULT || p->schedule > UM_SCHEDULE_TABLE)
        return bad(model, "schedule", (double)p->schedule, "a value of um_schedule");
    if (p->schedule == UM_SCHEDULE_DEFAULT) {
        p->schedule = model->info.default_schedule;
        p->schedule_power = model->info.default_schedule_power;
    }
    if (p->schedule == UM_SCHEDULE_POW) {
        if (p->schedule_power == 0.0f)
            p->schedule_power = 2.0f;
        if (!(p->schedule_power >= 0.01f && p->schedule_power <= 100.0f))
            return bad(model, "schedule_power", (double)p->schedule_power, "0.01 to 100");
    }
    if (p->schedule != UM_SCHEDULE_TABLE) {
        p->schedule_table_size = 0;
        return UM_OK;
    }
    if (!p->schedule_table)
        return bad(model, "schedule_table", 0.0, "a table of shares, not NULL");
    if (p->schedule_table_size < 1 || p->schedule_table_size > MAX_STEPS)
        return bad(model, "schedule_table_size", p->schedule_table_size, "1 to 1024");
    if (p->steps != 0 && p->steps != p->schedule_table_size)
        return bad(model, "steps", p->steps, "0 or schedule_table_size");
    p->steps = p->schedule_table_size;
    for (uint32_t i = 0; i < p->schedule_table_size; i++) {
        float share = p->schedule_table[i];
        if (!(share >= 0.0f && share <= 1.0f))
            return bad(model, "an entry of schedule_table", (double)share, "0 to 1");
    }
    return UM_OK;
}

static um_status resolve_filters(um_session_params *p, const um_model *model) {
    if (p->top_k == 0)
        p->top_k = model->info.default_top_k;
    if (p->top_p == 0.0f)
        p->top_p = model->info.default_top_p;
    if (!(p->top_p > 0.0f && p->top_p <= 1.0f))
        return bad(model, "top_p", (double)p->top_p, "0 to 1");
    return UM_OK;
}

static um_status resolve_sampling(um_session_params *p, const um_model *model) {
    const um_model_info *info = &model->info;
    if (p->temperature == 0.0f)
        p->temperature = info->default_temperature;
    if (!(p->temperature >= 1e-4f && p->temperature <= 100.0f))
        return bad(model, "temperature", (double)p->temperature, "0 or 0.0001 to 100");
    if (p->choice_temperature == 0.0f)
        p->choice_temperature = info->default_choice_temperature;
    if (!(p->choice_temperature <= 1000.0f))
        return bad(model, "choice_temperature", (double)p->choice_temperature, "at most 1000");
    if (p->choice_temperature < 0.0f)
        p->choice_temperature = 0.0f;
    if (p->cfg_scale == 0.0f && info->has_null_class)
        p->cfg_scale = info->default_cfg_scale;
    if (!(p->cfg_scale <= 100.0f))
        return bad(model, "cfg_scale", (double)p->cfg_scale, "at most 100");
    if (p->cfg_scale < 0.0f)
        p->cfg_scale = 0.0f;
    if (p->cfg_scale > 0.0f && !info->has_null_class)
        return bad(model, "cfg_scale", (double)p->cfg_scale,
                   "0 or less, because the model has no null class");
    if ((int)p->cfg_schedule < (int)UM_CFG_DEFAULT || p->cfg_schedule > UM_CFG_POWER_COSINE)
        return bad(model, "cfg_schedule", (double)p->cfg_schedule, "a value of um_cfg_schedule");
    if (p->cfg_schedule == UM_CFG_DEFAULT)
        p->cfg_schedule = info->default_cfg_schedule;
    if (p->cfg_power == 0.0f)
        p->cfg_power = info->default_cfg_power;
    if (!(p->cfg_power >= 0.01f && p->cfg_power <= 100.0f))
        return bad(model, "cfg_power", (double)p->cfg_power, "0 or 0.01 to 100");
    return resolve_filters(p, model);
}

static um_status resolve_loop(um_session_params *p, const um_model *model) {
    if (p->remdm_loop_off == 0.0f)
        p->remdm_loop_off = 0.05f;
    if (p->remdm_loop_alpha == 0.0f)
        p->remdm_loop_alpha = 0.9f;
    if (!(p->remdm_loop_on >= 0.0f && p->remdm_loop_on < 1.0f))
        return bad(model, "remdm_loop_on", (double)p->remdm_loop_on, "0 to below 1");
    if (p->remdm_loop_on == 0.0f)
        return UM_OK;
    if (!(p->remdm_loop_off > 0.0f && p->remdm_loop_off < p->remdm_loop_on))
        return bad(model, "remdm_loop_off", (double)p->remdm_loop_off,
                   "0, or above it and below remdm_loop_on");
    if (!(p->remdm_loop_alpha > 0.0f && p->remdm_loop_alpha < 1.0f))
        return bad(model, "remdm_loop_alpha", (double)p->remdm_loop_alpha, "0 to below 1");
    return UM_OK;
}

static um_status resolve_sampler(um_session_params *p, const um_model *model) {
    const um_model_info *info = &model->info;
    if ((int)p->sampler < (int)UM_SAMPLER_DEFAULT || p->sampler > UM_SAMPLER_RECHECK)
        return bad(model, "sampler", (double)p->sampler, "a value of um_sampler");
    if (p->sampler == UM_SAMPLER_DEFAULT)
        p->sampler = info->default_sampler;
    if (p->remdm_eta == 0.0f)
        p->remdm_eta = info->default_remdm_eta;
    if (!(p->remdm_eta > 0.0f && p->remdm_eta <= 1.0f))
        return bad(model, "remdm_eta", (double)p->remdm_eta, "0 to 1");
    if (p->recheck_rounds == 0)
        p->recheck_rounds = info->default_recheck_rounds;
    if (p->recheck_rounds > MAX_ROUNDS)
        return bad(model, "recheck_rounds", p->recheck_rounds, "0 to 256");
    if (p->recheck_threshold == 0.0f)
        p->recheck_threshold = info->default_recheck_threshold;
    if (!(p->recheck_threshold > 0.0f && p->recheck_threshold <= 1.0f))
        return bad(model, "recheck_threshold", (double)p->recheck_threshold, "0 to 1");
    return resolve_loop(p, model);
}

/* A negative value says nothing; NaN is refused. */
static bool says(float value) {
    return !(value < 0.0f);
}

static um_status resolve_step_table(um_session_params *p, const um_model *model) {
    if (!p->step_table) {
        p->step_table_size = 0;
        return UM_OK;
    }
    if (p->step_table_size < 1 || p->step_table_size > MAX_STEPS)
        return bad(model, "step_table_size", p->step_table_size, "1 to 1024");
    if (p->steps != 0 && p->steps != p->step_table_size)
        return bad(model, "steps", p->steps, "0 or step_table_size, and schedule_table_size");
    p->steps = p->step_table_size;
    for (uint32_t i = 0; i < p->step_table_size; i++) {
        const um_step_row *row = &p->step_table[i];
        if (says(row->masked) && !(row->masked <= 1.0f))
            return bad(model, "masked in step_table", (double)row->masked, "at most 1");
        if (says(row->temperature) && !(row->temperature >= 1e-4f && row->temperature <= 100.0f))
            return bad(model, "temperature in step_table", (double)row->temperature,
                       "negative or 0.0001 to 100");
        if (says(row->choice_temperature) && !(row->choice_temperature <= 1000.0f))
            return bad(model, "choice_temperature in step_table", (double)row->choice_temperature,
                       "at most 1000");
        bool guided = says(row->cfg_scale) && row->cfg_scale != 0.0f;
        if (guided && !(row->cfg_scale <= 100.0f && model->info.has_null_class))
            return bad(model, "cfg_scale in step_table", (double)row->cfg_scale,
                       "at most 100, and 0 if the model has no null class");
    }
    return UM_OK;
}

static um_status check_arrays(const um_session_params *p, const um_model *model) {
    const um_model_info *info = &model->info;
    for (uint32_t i = 0; p->classes && i < p->batch; i++) {
        if (p->classes[i] < 0 || (uint32_t)p->classes[i] >= info->class_count)
            return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                           "um_session_begin: classes[%u] is %d, expected 0 to %u.", (unsigned)i,
                           (int)p->classes[i], (unsigned)info->class_count - 1);
    }
    size_t count = (size_t)p->batch * um_config_tokens(&model->file.config);
    for (size_t i = 0; p->initial_tokens && i < count; i++) {
        int32_t token = p->initial_tokens[i];
        if (token < -1 || (token >= 0 && (uint32_t)token >= info->codebook_size))
            return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                           "um_session_begin: initial_tokens[%zu] is %d, expected -1 to %u.", i,
                           (int)token, (unsigned)info->codebook_size - 1);
    }
    return UM_OK;
}

um_status um_session_resolve(um_session_params *p, const um_model *model) {
    if (p->batch == 0)
        p->batch = 1;
    if (p->batch > MAX_BATCH)
        return bad(model, "batch", p->batch, "1 to 1024");
    if (p->first_image > UINT32_MAX - p->batch)
        return bad(model, "first_image", p->first_image, "first_image + batch below 2^32");
    um_status status = resolve_schedule(p, model);
    if (status == UM_OK)
        status = resolve_step_table(p, model);
    if (status == UM_OK)
        status = resolve_sampling(p, model);
    if (status == UM_OK)
        status = resolve_sampler(p, model);
    if (status != UM_OK)
        return status;
    if (p->steps == 0)
        p->steps = model->info.default_steps;
    if (p->steps > MAX_STEPS)
        return bad(model, "steps", p->steps, "1 to 1024");
    if (p->start_step >= p->steps)
        return bad(model, "start_step", p->start_step, "less than steps");
    return check_arrays(p, model);
}
