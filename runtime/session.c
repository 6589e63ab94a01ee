/* Stepwise generation: one forward pass per group of images and step, then the sampler per image.
 */
#include "objects.h"

#include "base/mem.h"
#include "sampler/maskgit.h"
#include <string.h>

enum {
    MASKED_STEP = 65535,
    MAX_GROUP = 16,          /* images per forward pass: more no longer fills a device better */
    ARENA_BUDGET = 64 << 20, /* bytes; the group shrinks until its arena fits, down to 1 image */
};

struct um_session {
    um_model *model;
    um_session_params params; /* with defaults replaced; its pointers are not used */
    struct um_schedule_spec schedule;
    uint32_t positions, codes, step;
    uint32_t group; /* images per forward pass */
    uint32_t next;  /* first image that the step under way has not drawn yet */
    bool guided;    /* each image has a second row, with the null class */
    volatile int own_cancel;
    volatile int *cancel; /* own_cancel, or that of the edit; written by any thread */
    float *table;         /* schedule shares, or NULL */
    int32_t *classes;     /* (batch) */
    uint32_t *unknown;    /* (batch): tokens masked at the start */
    int32_t *tokens;      /* (batch, positions), as the arrays below */
    int32_t *guess;
    float *confidence;
    uint16_t *fixed_step;
    uint8_t *change;
    float *noisy;  /* (positions) */
    int32_t *ids;  /* (rows, 1 + positions), rows = group or twice that */
    float *logits; /* (rows, 1 + positions, codes) */
    struct um_program forward;
};

/* ---------------------------------------------------------------- begin and end */

static uint32_t session_rows(const um_session *s) {
    return s->guided ? s->group * 2 : s->group;
}

/* The largest group whose arena stays within the budget, then evened out over the batch: 17 images
 * run as 9 + 8, not 16 + 1. The arena grows in proportion to its rows. */
static um_status choose_group(um_session *s) {
    size_t bytes;
    um_status status = um_program_arena(s->model, UM_NET_TRANSFORMER, s->guided ? 2 : 1, &bytes);
    if (status != UM_OK)
        return status;
    size_t fits = ARENA_BUDGET / bytes;
    uint32_t most = fits < 1 ? 1 : fits > MAX_GROUP ? MAX_GROUP : (uint32_t)fits;
    uint32_t groups = (s->params.batch + most - 1) / most;
    s->group = (s->params.batch + groups - 1) / groups;
    return UM_OK;
}

static bool allocate(um_session *s) {
    size_t batch = s->params.batch, positions = s->positions, all = batch * positions;
    size_t row_ids = (size_t)session_rows(s) * (positions + 1);
    s->classes = um_alloc(batch, sizeof *s->classes);
    s->unknown = um_alloc(batch, sizeof *s->unknown);
    s->tokens = um_alloc(all, sizeof *s->tokens);
    s->guess = um_alloc(all, sizeof *s->guess);
    s->confidence = um_alloc(all, sizeof *s->confidence);
    s->fixed_step = um_alloc(all, sizeof *s->fixed_step);
    s->change = um_alloc(all, sizeof *s->change);
    s->noisy = um_alloc(positions, sizeof *s->noisy);
    s->ids = um_alloc(row_ids, sizeof *s->ids);
    s->logits = um_alloc(row_ids, s->codes * sizeof *s->logits);
    s->table = um_alloc(s->params.schedule_table_size, sizeof *s->table);
    return s->classes && s->unknown && s->tokens && s->guess && s->confidence && s->fixed_step &&
           s->change && s->noisy && s->ids && s->logits && s->table;
}

static void fill_tokens(um_session *s, const int32_t *initial_tokens) {
    for (uint32_t image = 0; image < s->params.batch; image++) {
        s->unknown[image] = 0;
        for (size_t i = 0; i < s->positions; i++) {
            size_t at = (size_t)image * s->positions + i;
            int32_t token = initial_tokens ? initial_tokens[at] : -1;
            s->tokens[at] = s->guess[at] = token;
            s->confidence[at] = token < 0 ? 0.0f : 1.0f;
            s->fixed_step[at] = token < 0 ? MASKED_STEP : 0;
            s->change[at] = token < 0 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
            s->unknown[image] += token < 0;
        }
    }
}

static void fill(um_session *s, const um_session_params *p) {
    fill_tokens(s, p->initial_tokens);
    for (uint32_t image = 0; image < p->batch; image++)
        s->classes[image] = p->classes ? p->classes[image] : 0;
    if (p->schedule == UM_SCHEDULE_TABLE)
        memcpy(s->table, p->schedule_table, p->schedule_table_size * sizeof *s->table);
    s->schedule = (struct um_schedule_spec){
        .kind = p->schedule, .power = p->schedule_power, .table = s->table, .steps = p->steps};
    s->step = p->start_step;
    s->params.classes = NULL;
    s->params.initial_tokens = NULL;
    s->params.schedule_table = NULL;
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
    if (p.schedule != UM_SCHEDULE_TABLE)
        p.schedule_table_size = 0;
    um_session *s = um_alloc(1, sizeof *s);
    if (!s)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    s->model = model;
    s->cancel = &s->own_cancel;
    s->params = p;
    s->positions = um_config_tokens(&model->file.config);
    s->codes = model->info.codebook_size;
    s->guided = p.cfg_scale > 0.0f;
    status = choose_group(s);
    if (status == UM_OK && !allocate(s))
        status = um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    if (status == UM_OK)
        status = um_program_open(&s->forward, model, UM_NET_TRANSFORMER, session_rows(s));
    if (status != UM_OK) {
        um_session_end(&s);
        return status;
    }
    fill(s, &p);
    *session = s;
    return UM_OK;
}

void um_session_restart(um_session *s, uint64_t seed, uint32_t start_step,
                        const int32_t *initial_tokens) {
    s->params.seed = seed;
    s->step = start_step;
    s->next = 0;
    fill_tokens(s, initial_tokens);
}

void um_session_share_cancel(um_session *session, volatile int *cancel) {
    session->cancel = cancel;
}

void um_session_end(um_session **session) {
    if (!session || !*session)
        return;
    um_session *s = *session;
    um_program_close(&s->forward);
    void *owned[] = {s->table,      s->classes, s->unknown, s->tokens, s->guess, s->confidence,
                     s->fixed_step, s->change,  s->noisy,   s->ids,    s->logits};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        um_free(owned[i]);
    um_free(s);
    *session = NULL;
}

/* ---------------------------------------------------------------- steps */

static uint32_t masked_tokens(const um_session *s, uint32_t image) {
    const int32_t *tokens = s->tokens + (size_t)image * s->positions;
    uint32_t masked = 0;
    for (uint32_t i = 0; i < s->positions; i++)
        masked += tokens[i] < 0;
    return masked;
}

/* The next images that still have masked tokens, at most one group; *end = where to go on. */
static uint32_t gather(const um_session *s, uint32_t images[MAX_GROUP], uint32_t *end) {
    uint32_t count = 0, image = s->next;
    for (; image < s->params.batch && count < s->group; image++) {
        if (masked_tokens(s, image))
            images[count++] = image;
    }
    *end = image;
    return count;
}

static void write_ids(const um_session *s, uint32_t row, uint32_t image, int32_t class_index) {
    const struct um_config *config = &s->model->file.config;
    const int32_t *tokens = s->tokens + (size_t)image * s->positions;
    int32_t *ids = s->ids + (size_t)row * (s->positions + 1);
    *ids++ = (int32_t)um_config_class_row(config, class_index);
    for (uint32_t i = 0; i < s->positions; i++)
        ids[i] = tokens[i] < 0 ? (int32_t)um_config_mask_row(config) : tokens[i];
}

static const float *row_logits(const um_session *s, uint32_t row) {
    size_t first = (size_t)row * (s->positions + 1) + 1; // + 1: behind the class position
    return s->logits + first * s->codes;
}

/* Draws one image from the logits of its row, and of its null row if guided. */
static um_status sample(um_session *s, uint32_t row, uint32_t image) {
    const um_session_params *p = &s->params;
    size_t first = (size_t)image * s->positions;
    struct um_sampler_state state = {.positions = s->positions,
                                     .codes = s->codes,
                                     .tokens = s->tokens + first,
                                     .guess = s->guess + first,
                                     .confidence = s->confidence + first,
                                     .noisy = s->noisy,
                                     .fixed_step = s->fixed_step + first,
                                     .change = s->change + first};
    struct um_sampler_step step = {
        .seed = p->seed,
        .image = p->first_image + image,
        .step = s->step,
        .steps = p->steps,
        .temperature = p->temperature,
        .choice_temperature = p->choice_temperature,
        .cfg_scale = p->cfg_scale,
        .keep_masked =
            um_schedule_masked(&s->schedule, s->step, s->unknown[image], masked_tokens(s, image))};
    const float *null_row = s->guided ? row_logits(s, s->group + row) : NULL;
    if (!um_sampler_maskgit(&state, &step, row_logits(s, row), null_row))
        return um_fail(&s->model->context->log, UM_ERROR_CHECK,
                       "The logits of image %u in step %u hold values that are not numbers.",
                       (unsigned)step.image, (unsigned)s->step + 1);
    return UM_OK;
}

/* One forward pass and its draws. Rows that a short group leaves over repeat its first image. */
static um_status run_group(um_session *s, const uint32_t *images, uint32_t count) {
    for (uint32_t row = 0; row < s->group; row++) {
        uint32_t image = images[row < count ? row : 0];
        write_ids(s, row, image, s->classes[image]);
        if (s->guided)
            write_ids(s, s->group + row, image, -1);
    }
    um_status status = um_program_run(&s->forward, s->ids, s->logits, s->cancel);
    for (uint32_t row = 0; row < count && status == UM_OK; row++)
        status = sample(s, row, images[row]);
    return status;
}

static bool take_cancel(um_session *s) {
    return __atomic_exchange_n(s->cancel, 0, __ATOMIC_ACQ_REL) != 0;
}

um_status um_session_step(um_session *session) {
    if (!session)
        return UM_ERROR_ARGUMENT;
    um_session *s = session;
    if (um_session_done(s))
        return um_fail(&s->model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_step: all %u steps are done.", (unsigned)s->params.steps);
    // A step that was interrupted goes on at the group where it stopped.
    while (s->next < s->params.batch) {
        if (take_cancel(s))
            return UM_CANCELLED;
        uint32_t images[MAX_GROUP], end;
        uint32_t count = gather(s, images, &end);
        um_status status = count ? run_group(s, images, count) : UM_OK;
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

/* ---------------------------------------------------------------- what there is so far */

bool um_session_done(const um_session *session) {
    return !session || session->step >= session->params.steps;
}

uint32_t um_session_step_index(const um_session *session) {
    return session ? session->step : 0;
}

uint32_t um_session_step_count(const um_session *session) {
    return session ? session->params.steps : 0;
}

um_status um_session_get(const um_session *session, uint32_t image, um_session_view *view) {
    if (!session || !view)
        return UM_ERROR_ARGUMENT;
    if (image >= session->params.batch)
        return um_fail(&session->model->context->log, UM_ERROR_ARGUMENT,
                       "um_session_get: image is %u, expected 0 to %u.", (unsigned)image,
                       (unsigned)session->params.batch - 1);
    size_t first = (size_t)image * session->positions;
    *view = (um_session_view){.tokens = session->tokens + first,
                              .guess = session->guess + first,
                              .confidence = session->confidence + first,
                              .fixed_step = session->fixed_step + first,
                              .masked = masked_tokens(session, image),
                              .change = session->change + first};
    for (uint32_t i = 0; i < session->positions; i++)
        view->change_count[view->change[i]]++;
    return UM_OK;
}

um_status um_session_decode(um_session *session, uint32_t image, float *rgb) {
    if (!session || !rgb)
        return UM_ERROR_ARGUMENT;
    um_session_view view;
    um_status status = um_session_get(session, image, &view);
    if (status != UM_OK)
        return status;
    for (uint32_t i = 0; i < session->positions; i++) {
        if (view.guess[i] < 0)
            return um_fail(&session->model->context->log, UM_ERROR_ARGUMENT,
                           "um_session_decode: there is no guess before the first step.");
    }
    return um_model_decode(session->model, view.guess, rgb);
}
