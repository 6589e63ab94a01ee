/* What um_session_begin() accepts: defaults are the model's, every field is checked, and a sentence
 * names the one that is wrong. */
#include "check.h"
#include "model.h"
#include "sampler/settings.h"
#include "sampler/steps.h"
#include "session.h"

enum { MAX_BATCH = 1024, MAX_STEPS = 1024 };

static um_status bad(const um_model *model, const char *field, double value, const char *expected) {
    return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                   "um_session_begin: %s is %g, expected %s.", field, value, expected);
}

/* Shares of UM_SCHEDULE_TABLE, one per step. */
static um_status resolve_shares(um_session_params *p, const um_model *model) {
    if (!p->schedule_table)
        return bad(model, "schedule_table", 0.0, "a table of shares, not NULL");
    if (p->schedule_table_size < 1 || p->schedule_table_size > MAX_STEPS)
        return bad(model, "schedule_table_size", p->schedule_table_size, "1 to 1024");
    if (p->sampling.steps != 0 && p->sampling.steps != p->schedule_table_size)
        return bad(model, "steps", p->sampling.steps, "0 or schedule_table_size");
    p->sampling.steps = p->schedule_table_size;
    for (uint32_t i = 0; i < p->schedule_table_size; i++) {
        float share = p->schedule_table[i];
        if (!(share >= 0.0f && share <= 1.0f))
            return bad(model, "an entry of schedule_table", (double)share, "0 to 1");
    }
    return UM_OK;
}

static um_status check_power(const um_model *model, const char *field, float power) {
    return power >= 0.01f && power <= 100.0f ? UM_OK
                                             : bad(model, field, (double)power, "0 or 0.01 to 100");
}

static um_status resolve_loop(um_sampling *s, const um_model *model) {
    if (s->remdm_loop_off == 0.0f)
        s->remdm_loop_off = 0.05f;
    if (s->remdm_loop_alpha == 0.0f)
        s->remdm_loop_alpha = 0.9f;
    if (!(s->remdm_loop_on >= 0.0f && s->remdm_loop_on < 1.0f))
        return bad(model, "remdm_loop_on", (double)s->remdm_loop_on, "0 to below 1");
    if (s->remdm_loop_on == 0.0f)
        return UM_OK;
    if (!(s->remdm_loop_off > 0.0f && s->remdm_loop_off < s->remdm_loop_on))
        return bad(model, "remdm_loop_off", (double)s->remdm_loop_off,
                   "0, or above it and below remdm_loop_on");
    if (!(s->remdm_loop_alpha > 0.0f && s->remdm_loop_alpha < 1.0f))
        return bad(model, "remdm_loop_alpha", (double)s->remdm_loop_alpha, "0 to below 1");
    return UM_OK;
}

static um_status resolve_sampling(um_session_params *p, const um_model *model) {
    um_sampling *s = &p->sampling;
    const bool table = s->schedule == UM_SCHEDULE_TABLE;
    char range[64];
    um_status status = table ? resolve_shares(p, model) : UM_OK;
    if (status != UM_OK)
        return status;
    if (!table)
        p->schedule_table_size = 0;
    const um_setting *wrong = um_sampling_resolve(s, &model->info.defaults);
    if (wrong)
        return bad(model, wrong->name, um_setting_number(wrong, s),
                   um_setting_range(wrong, range, sizeof range));
    if (s->cfg_scale > 0.0f && !model->info.has_null_class)
        return bad(model, "cfg_scale", (double)s->cfg_scale,
                   "0 or less, because the model has no null class");
    if (s->schedule == UM_SCHEDULE_POW && s->schedule_power == 0.0f)
        s->schedule_power = 2.0f;
    if (s->schedule == UM_SCHEDULE_POW)
        status = check_power(model, "schedule_power", s->schedule_power);
    if (status == UM_OK)
        status = check_power(model, "cfg_power", s->cfg_power);
    return status == UM_OK ? resolve_loop(s, model) : status;
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
    if (p->sampling.steps != 0 && p->sampling.steps != p->step_table_size)
        return bad(model, "steps", p->sampling.steps,
                   "0 or step_table_size, and schedule_table_size");
    p->sampling.steps = p->step_table_size;
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

um_status um_session_check_classes(const um_model *model, const char *function,
                                   const int32_t *classes, uint32_t batch) {
    const uint32_t count = model->info.class_count;
    for (uint32_t i = 0; classes && i < batch; i++) {
        if (classes[i] < 0 || (uint32_t)classes[i] >= count)
            return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                           "%s: classes[%u] is %d, expected 0 to %u.", function, (unsigned)i,
                           (int)classes[i], (unsigned)count - 1);
    }
    return UM_OK;
}

/* The first of `count` tokens that is neither masked nor a code; `count` if there is none. */
static size_t wrong_token(const int32_t *tokens, size_t count, const um_model *model) {
    size_t i = 0;
    while (i < count && tokens[i] >= -1 && tokens[i] < (int32_t)model->info.codebook_size)
        i++;
    return i;
}

static um_status check_arrays(const um_session_params *p, const um_model *model) {
    size_t count = (size_t)p->batch * um_config_positions(&model->file.config);
    size_t wrong = p->initial_tokens ? wrong_token(p->initial_tokens, count, model) : count;
    if (wrong < count)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_begin: initial_tokens[%zu] is %d, expected -1 to %u.", wrong,
                       (int)p->initial_tokens[wrong], (unsigned)model->info.codebook_size - 1);
    return um_session_check_classes(model, "um_session_begin", p->classes, p->batch);
}

/* ---------------------------------------------------------------- going on */

/* Entry `i` of a view that a session shall go on from. */
static um_status check_entry(const um_session_params *p, const um_model *model, uint32_t image,
                             size_t i) {
    const um_session_view *view = &p->resume[image];
    const unsigned fixed = view->fixed_step[i];
    const bool masked = view->tokens[i] < 0;
    const char *expected = NULL;
    if (masked && p->resume_step >= p->sampling.steps)
        expected = "no masked token after the last step";
    else if (masked != (fixed == UM_FIXED_STEP_MASKED))
        expected = "65535 for masked tokens and no others";
    else if (!masked && fixed != 0 && (fixed <= p->start_step || fixed > p->resume_step))
        expected = "0, or a step behind start_step and up to resume_step";
    if (expected)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_begin: resume[%u].fixed_step[%zu] is %u, expected %s.",
                       (unsigned)image, i, fixed, expected);
    if (!(view->confidence[i] >= 0.0f && view->confidence[i] < 1.01f)) // sums may round up
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_begin: resume[%u].confidence[%zu] is %g, expected 0 to 1.",
                       (unsigned)image, i, (double)view->confidence[i]);
    return UM_OK;
}

static um_status check_view(const um_session_params *p, const um_model *model, uint32_t image) {
    const um_session_view *view = &p->resume[image];
    const size_t count = um_config_positions(&model->file.config);
    const struct um_log *log = &model->context->log;
    if (!view->tokens || !view->confidence || !view->fixed_step)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "um_session_begin: resume[%u] lacks tokens, confidence or fixed_step.",
                       (unsigned)image);
    for (int guess = 0; guess <= (view->guess != NULL); guess++) {
        const int32_t *tokens = guess ? view->guess : view->tokens;
        const size_t wrong = wrong_token(tokens, count, model);
        if (wrong < count)
            return um_fail(log, UM_ERROR_ARGUMENT,
                           "um_session_begin: resume[%u].%s[%zu] is %d, expected -1 to %u.",
                           (unsigned)image, guess ? "guess" : "tokens", wrong, (int)tokens[wrong],
                           (unsigned)model->info.codebook_size - 1);
    }
    um_status status = UM_OK;
    for (size_t i = 0; i < count && status == UM_OK; i++)
        status = check_entry(p, model, image, i);
    return status;
}

static um_status check_resume(const um_session_params *p, const um_model *model) {
    const struct um_steps steps = um_steps_make(p);
    if (!p->resume)
        return p->resume_step == 0
                   ? UM_OK
                   : bad(model, "resume_step", p->resume_step, "0, because resume is NULL");
    if (p->initial_tokens)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_begin: initial_tokens must be NULL with resume, which says what "
                       "was given.");
    if (p->resume_step < p->start_step || p->resume_step >= um_steps_count(&steps))
        return bad(model, "resume_step", p->resume_step,
                   "start_step to the number of rounds less one");
    um_status status = UM_OK;
    for (uint32_t image = 0; image < p->batch && status == UM_OK; image++)
        status = check_view(p, model, image);
    return status;
}

static um_status check_growth(const um_session_params *p, const um_model *model) {
    const struct um_log *log = &model->context->log;
    um_status status = um_check_reserved(log, "um_session_begin", p->reserved, sizeof p->reserved);
    if (status == UM_OK)
        status = um_check_reserved(log, "um_session_begin", p->sampling.reserved,
                                   sizeof p->sampling.reserved);
    for (uint32_t i = 0; i < p->step_table_size && p->step_table && status == UM_OK; i++)
        status = um_check_reserved(log, "um_session_begin", p->step_table[i].reserved,
                                   sizeof p->step_table[i].reserved);
    for (uint32_t i = 0; i < p->batch && p->resume && status == UM_OK; i++)
        status = um_check_reserved(log, "um_session_begin", p->resume[i].reserved,
                                   sizeof p->resume[i].reserved);
    return status;
}

um_status um_session_resolve(um_session_params *p, const um_model *model) {
    if (p->batch == 0)
        p->batch = 1;
    if (p->batch > MAX_BATCH)
        return bad(model, "batch", p->batch, "1 to 1024");
    if (p->first_image > UINT32_MAX - p->batch)
        return bad(model, "first_image", p->first_image, "first_image + batch below 2^32");
    um_status status = resolve_step_table(p, model);
    if (status == UM_OK)
        status = resolve_sampling(p, model);
    if (status != UM_OK)
        return status;
    if (p->start_step >= p->sampling.steps)
        return bad(model, "start_step", p->start_step, "less than steps");
    status = check_growth(p, model);
    if (status == UM_OK)
        status = check_arrays(p, model);
    return status == UM_OK ? check_resume(p, model) : status;
}
