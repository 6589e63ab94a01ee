/* Stepwise generation: for each step, groups of images go through a forward pass and the sampler
 * (step_batch.c). */
#include "session.h"

#include "base/mem.h"
#include "device_sampler.h"
#include "model.h"
#include "passes.h"
#include "sampler/halton.h"
#include "sampler/steps.h"
#include "step_batch.h"
#include <string.h>

struct um_session {
    um_model *model;
    um_session_params params; /* with defaults replaced; its pointers are not used */
    struct um_steps steps;
    uint32_t step;
    uint32_t next; /* first image that the step under way has not drawn yet */
    volatile int own_cancel;
    volatile int *cancel;            /* own_cancel, or that of the edit; written by any thread */
    void *memory;                    /* all arrays, see take_arrays() */
    float *table;                    /* schedule shares, or NULL */
    um_step_row *rows;               /* (step_table_size) */
    struct um_condition *conditions; /* (batch) */
    uint32_t *unknown;               /* (batch): tokens masked at the start */
    uint32_t *order;                 /* (positions): um_halton_order() */
    /* The first image's state. Those of the others follow in its arrays: (batch, positions). */
    struct um_sampler_state first;
    struct um_step_batch pass;
};

/* ---------------------------------------------------------------- begin and end */

um_status um_session_group(const um_model *model, uint32_t batch, bool guided, uint32_t *group) {
    return um_program_group(model, &um_network_step, guided ? 2 : 1, batch, group);
}

/* What the arrays' sizes follow from. */
static void set_sizes(um_session *s, um_model *model, const um_session_params *p, uint32_t group) {
    s->model = model;
    s->params = *p;
    s->steps = um_steps_make(p);
    s->first.positions = um_config_positions(&model->file.config);
    s->first.codes = model->info.codebook_size;
    s->pass = (struct um_step_batch){.model = model,
                                     .positions = s->first.positions,
                                     .leading = um_config_leading(&model->file.config),
                                     .codes = s->first.codes,
                                     .group = group,
                                     .guided = um_steps_guided(&s->steps)};
}

/* All arrays of a session. `sampled`: those of the op SAMPLE, too. */
static void take_arrays(um_session *s, struct um_block *block, bool sampled) {
    struct um_sampler_state *first = &s->first;
    const size_t batch = s->params.batch, positions = first->positions, codes = first->codes;
    const size_t all = batch * positions;
    s->table = um_block_take(block, s->params.schedule_table_size, sizeof *s->table);
    s->rows = um_block_take(block, s->params.step_table_size, sizeof *s->rows);
    s->conditions = um_block_take(block, batch, sizeof *s->conditions);
    s->unknown = um_block_take(block, batch, sizeof *s->unknown);
    s->order = um_block_take(block, positions, sizeof *s->order);
    first->order = s->order;
    first->tokens = um_block_take(block, all, sizeof *first->tokens);
    first->guess = um_block_take(block, all, sizeof *first->guess);
    first->confidence = um_block_take(block, all, sizeof *first->confidence);
    first->fixed_step = um_block_take(block, all, sizeof *first->fixed_step);
    first->change = um_block_take(block, all, sizeof *first->change);
    first->asked = um_block_take(block, all, sizeof *first->asked);
    first->scores = um_block_take(block, positions, sizeof *first->scores);
    first->weights = um_block_take(block, codes, sizeof *first->weights);
    first->sorted = um_block_take(block, codes, sizeof *first->sorted);
    um_step_batch_take(&s->pass, block, sampled);
}

size_t um_session_bytes(um_model *model, const um_session_params *params, uint32_t group) {
    um_session s = {0};
    struct um_block block = {0};
    set_sizes(&s, model, params, group);
    take_arrays(&s, &block, false);
    return block.too_large ? SIZE_MAX : block.used;
}

/* Whether the device can sample any step at all. */
static bool suits_somewhere(const um_session *s) {
    const uint32_t positions = s->first.positions;
    for (uint32_t step = s->steps.start_step; step < um_steps_count(&s->steps); step++) {
        struct um_sampler_step at = um_steps_at(&s->steps, step, positions, positions);
        if (um_device_sampler_suits(&at, s->first.codes))
            return true;
    }
    return false;
}

static bool allocate(um_session *s) {
    const bool sampled = um_device_sampler_usable(s->model) && suits_somewhere(s);
    const um_model_info *info = &s->model->info;
    struct um_block block = {0};
    take_arrays(s, &block, sampled);
    if (!um_block_allocate(&block))
        return false;
    s->memory = block.memory;
    take_arrays(s, &block, sampled);
    return um_halton_order(info->grid_width, info->grid_height, s->order);
}

/* The arrays of one image. */
static struct um_sampler_state state_of(const um_session *s, uint32_t image) {
    struct um_sampler_state state = s->first;
    const size_t skipped = (size_t)image * state.positions;
    state.tokens += skipped;
    state.guess += skipped;
    state.confidence += skipped;
    state.fixed_step += skipped;
    state.change += skipped;
    state.asked += skipped;
    return state;
}

/* How a token stands that was not drawn in this session. */
static void set_token(struct um_sampler_state *state, size_t i, int32_t token) {
    state->tokens[i] = state->guess[i] = token;
    state->confidence[i] = token < 0 ? 0.0f : 1.0f;
    state->fixed_step[i] = token < 0 ? UM_FIXED_STEP_MASKED : 0;
    state->change[i] = token < 0 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
}

static void fill_tokens(um_session *s, const int32_t *initial_tokens) {
    for (uint32_t image = 0; image < s->params.batch; image++) {
        struct um_sampler_state state = state_of(s, image);
        const size_t n = state.positions;
        s->unknown[image] = 0;
        for (size_t i = 0; i < n; i++) {
            const int32_t token = initial_tokens ? initial_tokens[image * n + i] : -1;
            set_token(&state, i, token);
            s->unknown[image] += token < 0;
        }
    }
}

/* What another session left. A token that was not given was masked at the start: the schedule
 * counts from those. */
static void fill_resumed(um_session *s, const um_session_view *views) {
    for (uint32_t image = 0; image < s->params.batch; image++) {
        const um_session_view *view = &views[image];
        struct um_sampler_state state = state_of(s, image);
        s->unknown[image] = 0;
        for (size_t i = 0; i < state.positions; i++) {
            const int32_t token = view->tokens[i];
            set_token(&state, i, token);
            state.confidence[i] = view->confidence[i];
            state.fixed_step[i] = view->fixed_step[i];
            if (token < 0 && view->guess)
                state.guess[i] = view->guess[i];
            s->unknown[image] += view->fixed_step[i] != 0;
        }
    }
}

static void fill(um_session *s, const um_session_params *p) {
    if (p->resume)
        fill_resumed(s, p->resume);
    else
        fill_tokens(s, p->initial_tokens);
    for (uint32_t image = 0; image < p->batch; image++)
        s->conditions[image].class_index = p->classes ? p->classes[image] : 0;
    if (p->schedule_table_size)
        memcpy(s->table, p->schedule_table, p->schedule_table_size * sizeof *s->table);
    if (p->step_table_size)
        memcpy(s->rows, p->step_table, p->step_table_size * sizeof *s->rows);
    s->steps.schedule.table = s->table;
    s->steps.rows = p->step_table_size ? s->rows : NULL;
    s->step = p->resume ? p->resume_step : p->start_step;
    s->params.resume = NULL;
    s->params.classes = NULL;
    s->params.initial_tokens = NULL;
    s->params.schedule_table = NULL;
    s->params.step_table = NULL;
}

um_status um_session_begin(um_session **session, um_model *model, const um_session_params *params) {
    if (session)
        *session = NULL;
    if (!session || !model)
        return um_fail(model ? &model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_begin: session and model must not be NULL.");
    um_session_params p = {0};
    if (params)
        p = *params;
    um_status status = um_session_resolve(&p, model);
    if (status != UM_OK)
        return status;
    const struct um_steps steps = um_steps_make(&p);
    uint32_t group;
    status = um_session_group(model, p.batch, um_steps_guided(&steps), &group);
    if (status != UM_OK)
        return status;
    um_session *s = um_alloc(1, sizeof *s);
    if (!s)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    s->cancel = &s->own_cancel;
    set_sizes(s, model, &p, group);
    if (!allocate(s))
        status = um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    if (status == UM_OK)
        status = um_step_batch_open(&s->pass);
    if (status != UM_OK) {
        um_session_end(&s);
        return status;
    }
    fill(s, &p);
    *session = s;
    return UM_OK;
}

static void rewind_to(um_session *s, uint64_t seed, uint32_t start_step) {
    s->params.seed = seed;
    s->step = s->steps.start_step = start_step;
    s->next = 0;
}

void um_session_reuse(um_session *s, uint64_t seed, uint32_t start_step,
                      const int32_t *initial_tokens) {
    rewind_to(s, seed, start_step);
    fill_tokens(s, initial_tokens);
}

um_status um_session_restart(um_session *session, const int32_t *classes, uint64_t seed) {
    if (!session)
        return um_fail(NULL, UM_ERROR_ARGUMENT, "um_session_restart: session must not be NULL.");
    um_session *s = session;
    um_status status =
        um_session_check_classes(s->model, "um_session_restart", classes, s->params.batch);
    if (status != UM_OK)
        return status;
    for (uint32_t image = 0; image < s->params.batch && classes; image++)
        s->conditions[image].class_index = classes[image];
    rewind_to(s, seed, s->steps.start_step);
    struct um_sampler_state *first = &s->first;
    for (size_t i = 0; i < (size_t)s->params.batch * first->positions; i++) {
        if (first->fixed_step[i] != 0)
            first->tokens[i] = -1;
    }
    fill_tokens(s, first->tokens);
    return UM_OK;
}

um_model *um_session_model(const um_session *session) {
    return session ? session->model : NULL;
}

void um_session_share_cancel(um_session *session, volatile int *cancel) {
    session->cancel = cancel;
}

void um_session_end(um_session **session) {
    if (!session || !*session)
        return;
    um_session *s = *session;
    um_step_batch_close(&s->pass);
    um_free(s->memory);
    um_free(s);
    *session = NULL;
}

/* ---------------------------------------------------------------- steps */

static uint32_t masked_tokens(const struct um_sampler_state *state) {
    uint32_t masked = 0;
    for (uint32_t i = 0; i < state->positions; i++)
        masked += state->tokens[i] < 0;
    return masked;
}

static struct um_sampler_step step_of(const um_session *s, uint32_t image,
                                      const struct um_sampler_state *state) {
    struct um_sampler_step step =
        um_steps_at(&s->steps, s->step, s->unknown[image], masked_tokens(state));
    step.seed = s->params.seed;
    step.image = s->params.first_image + image;
    return step;
}

/* The next images that need a forward pass, at most one group; *end = where to go on. */
static uint32_t gather(const um_session *s, struct um_step_image images[UM_MAX_GROUP],
                       uint32_t *end) {
    uint32_t count = 0, image = s->next;
    for (; image < s->params.batch && count < s->pass.group; image++) {
        struct um_sampler_state state = state_of(s, image);
        const struct um_sampler_step step = step_of(s, image, &state);
        if (um_sampler_ask(&state, &step))
            images[count++] =
                (struct um_step_image){state.tokens, state.asked, s->conditions[image], step};
    }
    *end = image;
    return count;
}

/* One image's step. Its logits begin at row *row, which moves on to the next image's. */
static um_status sample(um_session *s, uint32_t *row, uint32_t image) {
    struct um_sampler_state state = state_of(s, image);
    const struct um_sampler_step step = step_of(s, image, &state);
    if (!um_step_batch_sample(&s->pass, &state, &step, row))
        return um_fail(&s->model->context->log, UM_ERROR_CHECK,
                       "The logits of image %u in step %u hold values that are not numbers.",
                       (unsigned)step.image, (unsigned)s->step + 1);
    return UM_OK;
}

/* The step of the next group of images; *end = the first one behind it. */
static um_status run_group(um_session *s, uint32_t *end) {
    struct um_step_image images[UM_MAX_GROUP];
    const uint32_t count = gather(s, images, end);
    um_status status = um_step_batch_run(&s->pass, images, count, s->order, s->cancel);
    uint32_t row = 0;
    for (uint32_t image = s->next; image < *end && status == UM_OK; image++)
        status = sample(s, &row, image);
    return status;
}

static bool take_cancel(um_session *s) {
    return __atomic_exchange_n(s->cancel, 0, __ATOMIC_ACQ_REL) != 0;
}

um_status um_session_step(um_session *session) {
    if (!session)
        return um_fail(NULL, UM_ERROR_ARGUMENT, "um_session_step: session must not be NULL.");
    um_session *s = session;
    if (um_session_done(s))
        return um_fail(&s->model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_step: all %u steps are done.",
                       (unsigned)um_steps_count(&s->steps));
    // A step that was interrupted goes on at the group where it stopped.
    while (s->next < s->params.batch) {
        if (take_cancel(s))
            return UM_CANCELLED;
        uint32_t end;
        um_status status = run_group(s, &end);
        if (status == UM_CANCELLED)
            take_cancel(s);
        if (status != UM_OK)
            return status;
        s->next = end;
    }
    s->next = 0;
    s->step++;
    return UM_OK;
}

void um_session_cancel(um_session *session) {
    if (session)
        __atomic_store_n(session->cancel, 1, __ATOMIC_RELEASE);
}

volatile int *um_session_cancel_word(um_session *session) {
    return session ? session->cancel : NULL;
}

/* ---------------------------------------------------------------- what there is so far */

bool um_session_done(const um_session *session) {
    return !session || session->step >= um_steps_count(&session->steps);
}

uint32_t um_session_step_index(const um_session *session) {
    return session ? session->step : 0;
}

uint32_t um_session_step_count(const um_session *session) {
    return session ? um_steps_count(&session->steps) : 0;
}

um_status um_session_get(const um_session *session, uint32_t image, um_session_view *view) {
    if (!session || !view)
        return um_fail(session ? &session->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_get: session and view must not be NULL.");
    if (image >= session->params.batch)
        return um_fail(&session->model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_get: image is %u, expected 0 to %u.", (unsigned)image,
                       (unsigned)session->params.batch - 1);
    const struct um_sampler_state state = state_of(session, image);
    *view = (um_session_view){.tokens = state.tokens,
                              .guess = state.guess,
                              .confidence = state.confidence,
                              .fixed_step = state.fixed_step,
                              .masked = masked_tokens(&state),
                              .change = state.change};
    for (uint32_t i = 0; i < state.positions; i++)
        view->change_count[view->change[i]]++;
    return UM_OK;
}

um_status um_session_decode(um_session *session, uint32_t image, float *rgb) {
    if (!session || !rgb)
        return um_fail(session ? &session->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_decode: session and rgb must not be NULL.");
    um_session_view view;
    um_status status = um_session_get(session, image, &view);
    if (status != UM_OK)
        return status;
    for (uint32_t i = 0; i < session->first.positions; i++) {
        if (view.guess[i] < 0)
            return um_fail(&session->model->context->log, UM_ERROR_ARGUMENT,
                           "um_session_decode: there is no guess before the first step.");
    }
    return um_model_decode(session->model, view.guess, rgb);
}
