/* Stepwise generation: one forward pass per group of images and step, then the sampler per image.
 */
#include "session.h"

#include "base/mem.h"
#include "device_sampler.h"
#include "model.h"
#include "passes.h"
#include "sampler/halton.h"
#include "sampler/sampler.h"
#include "sampler/steps.h"
#include <string.h>

enum {
    MAX_GROUP = 16,          /* images per forward pass: more no longer fills a device better */
    ARENA_BUDGET = 64 << 20, /* bytes; the group shrinks until its arena fits, down to 1 image */
};

struct um_session {
    um_model *model;
    um_session_params params; /* with defaults replaced; its pointers are not used */
    struct um_steps steps;
    uint32_t positions, codes, step;
    uint32_t group; /* images per forward pass */
    uint32_t next;  /* first image that the step under way has not drawn yet */
    bool guided;    /* each image has a second row, with the null class */
    volatile int own_cancel;
    volatile int *cancel; /* own_cancel, or that of the edit; written by any thread */
    float *table;         /* schedule shares, or NULL */
    um_step_row *rows;    /* (step_table_size) */
    int32_t *classes;     /* (batch) */
    uint32_t *unknown;    /* (batch): tokens masked at the start */
    int32_t *tokens;      /* (batch, positions), as the arrays below */
    int32_t *guess;
    float *confidence;
    uint16_t *fixed_step;
    uint8_t *change;
    uint8_t *asked;
    uint32_t *order;    /* (positions): um_halton_order() */
    float *scores;      /* (positions) scratch, as the two below */
    float *weights;     /* (codes) */
    float *sorted;      /* (codes) */
    int32_t *ids;       /* (rows, 1 + positions), rows = group or twice that */
    int32_t *wanted;    /* (1 + rows * positions): as um_graph_step() takes them */
    uint32_t *row;      /* (positions): which row of the logits is an asked position's */
    float *logits;      /* (rows * positions, codes), of which the first wanted[0] rows are valid */
    uint32_t *settings; /* of the op SAMPLE; NULL = the CPU samples */
    struct um_sampled *drawn; /* (rows * positions): its results */
    bool on_device;           /* the step under way is in `drawn` instead of `logits` */
    struct um_program forward;
};

/* ---------------------------------------------------------------- begin and end */

static uint32_t session_rows(const um_session *s) {
    return s->guided ? s->group * 2 : s->group;
}

/* The largest group whose arena stays within the budget, then evened out over the batch: 17 images
 * run as 9 + 8, not 16 + 1. The arena grows in proportion to its rows. */
um_status um_session_group(const um_model *model, uint32_t batch, bool guided, uint32_t *group) {
    size_t bytes;
    um_status status = um_program_arena(model, UM_NET_STEP, guided ? 2 : 1, &bytes);
    if (status != UM_OK)
        return status;
    size_t fits = ARENA_BUDGET / bytes;
    uint32_t most = fits < 1 ? 1 : fits > MAX_GROUP ? MAX_GROUP : (uint32_t)fits;
    uint32_t groups = (batch + most - 1) / most;
    *group = (batch + groups - 1) / groups;
    return UM_OK;
}

/* Arrays per image and token. */
static bool allocate_tokens(um_session *s, size_t count) {
    s->tokens = um_alloc(count, sizeof *s->tokens);
    s->guess = um_alloc(count, sizeof *s->guess);
    s->confidence = um_alloc(count, sizeof *s->confidence);
    s->fixed_step = um_alloc(count, sizeof *s->fixed_step);
    s->change = um_alloc(count, sizeof *s->change);
    s->asked = um_alloc(count, sizeof *s->asked);
    return s->tokens && s->guess && s->confidence && s->fixed_step && s->change && s->asked;
}

/* Where memory is short, smaller groups first; what helps then is um_recover()'s business. */
static um_status open_forward(um_session *s) {
    for (;;) {
        bool last = s->group == 1;
        um_status status =
            um_program_open(&s->forward, s->model, s->settings ? UM_NET_SAMPLE : UM_NET_STEP,
                            session_rows(s), last);
        if (status != UM_ERROR_MEMORY || last)
            return status;
        s->group = (s->group + 1) / 2;
        um_log_write(&s->model->context->log, UM_LOG_WARN,
                     "Memory is short: at most %u images are drawn at once.", (unsigned)s->group);
    }
}

/* Whether the device can sample any step at all. */
static bool suits_somewhere(const um_session *s) {
    for (uint32_t step = s->steps.start_step; step < um_steps_count(&s->steps); step++) {
        struct um_sampler_step at = um_steps_at(&s->steps, step, s->positions, s->positions);
        if (um_device_sampler_suits(&at, s->codes))
            return true;
    }
    return false;
}

static bool allocate(um_session *s) {
    size_t batch = s->params.batch, positions = s->positions;
    size_t rows = session_rows(s);
    s->classes = um_alloc(batch, sizeof *s->classes);
    s->unknown = um_alloc(batch, sizeof *s->unknown);
    s->order = um_alloc(positions, sizeof *s->order);
    s->scores = um_alloc(positions, sizeof *s->scores);
    s->weights = um_alloc(s->codes, sizeof *s->weights);
    s->sorted = um_alloc(s->codes, sizeof *s->sorted);
    s->ids = um_alloc(rows * (positions + 1), sizeof *s->ids);
    s->wanted = um_alloc(1 + rows * positions, sizeof *s->wanted);
    s->row = um_alloc(positions, sizeof *s->row);
    s->logits = um_alloc(rows * positions, s->codes * sizeof *s->logits);
    s->table = um_alloc(s->params.schedule_table_size, sizeof *s->table);
    s->rows = um_alloc(s->params.step_table_size, sizeof *s->rows);
    if (um_device_sampler_usable(s->model) && suits_somewhere(s)) {
        s->settings = um_alloc(UM_SAMPLE_SETTINGS(rows, positions), sizeof *s->settings);
        s->drawn = um_alloc(rows * positions, sizeof *s->drawn);
        if (!s->settings || !s->drawn)
            return false;
    }
    return allocate_tokens(s, batch * positions) && s->classes && s->unknown && s->order &&
           s->scores && s->weights && s->sorted && s->ids && s->wanted && s->row && s->logits &&
           s->table && s->rows &&
           um_halton_order(s->model->info.grid_width, s->model->info.grid_height, s->order);
}

static void fill_tokens(um_session *s, const int32_t *initial_tokens) {
    for (uint32_t image = 0; image < s->params.batch; image++) {
        s->unknown[image] = 0;
        for (size_t i = 0; i < s->positions; i++) {
            size_t at = (size_t)image * s->positions + i;
            int32_t token = initial_tokens ? initial_tokens[at] : -1;
            s->tokens[at] = s->guess[at] = token;
            s->confidence[at] = token < 0 ? 0.0f : 1.0f;
            s->fixed_step[at] = token < 0 ? UM_FIXED_STEP_MASKED : 0;
            s->change[at] = token < 0 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
            s->unknown[image] += token < 0;
        }
    }
}

/* What another session left. A token that was not given was masked at the start: the schedule
 * counts from those. */
static void fill_resumed(um_session *s, const um_session_view *views) {
    const size_t n = s->positions;
    for (uint32_t image = 0; image < s->params.batch; image++) {
        const um_session_view *view = &views[image];
        const size_t first = image * n;
        memcpy(s->tokens + first, view->tokens, n * sizeof *s->tokens);
        memcpy(s->confidence + first, view->confidence, n * sizeof *s->confidence);
        memcpy(s->fixed_step + first, view->fixed_step, n * sizeof *s->fixed_step);
        s->unknown[image] = 0;
        for (size_t i = 0; i < n; i++) {
            const int32_t token = view->tokens[i];
            s->guess[first + i] = token < 0 && view->guess ? view->guess[i] : token;
            s->change[first + i] = token < 0 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
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
        s->classes[image] = p->classes ? p->classes[image] : 0;
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
    um_session *s = um_alloc(1, sizeof *s);
    if (!s)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    s->model = model;
    s->cancel = &s->own_cancel;
    s->params = p;
    s->positions = um_config_tokens(&model->file.config);
    s->codes = model->info.codebook_size;
    s->steps = um_steps_make(&p);
    s->guided = um_steps_guided(&s->steps);
    status = um_session_group(model, p.batch, s->guided, &s->group);
    if (status == UM_OK && !allocate(s))
        status = um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a session.");
    if (status == UM_OK)
        status = open_forward(s);
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
    if (classes)
        memcpy(s->classes, classes, s->params.batch * sizeof *s->classes);
    rewind_to(s, seed, s->steps.start_step);
    for (size_t i = 0; i < (size_t)s->params.batch * s->positions; i++) {
        if (s->fixed_step[i] != 0)
            s->tokens[i] = -1;
    }
    fill_tokens(s, s->tokens);
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
    um_program_close(&s->forward);
    void *owned[] = {s->table,  s->rows,   s->classes,    s->unknown,    s->order,
                     s->tokens, s->guess,  s->confidence, s->fixed_step, s->change,
                     s->asked,  s->scores, s->weights,    s->sorted,     s->ids,
                     s->wanted, s->row,    s->logits,     s->settings,   s->drawn};
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

static struct um_sampler_state state_of(const um_session *s, uint32_t image) {
    size_t first = (size_t)image * s->positions;
    return (struct um_sampler_state){.positions = s->positions,
                                     .codes = s->codes,
                                     .tokens = s->tokens + first,
                                     .guess = s->guess + first,
                                     .confidence = s->confidence + first,
                                     .fixed_step = s->fixed_step + first,
                                     .change = s->change + first,
                                     .asked = s->asked + first,
                                     .row = s->row,
                                     .order = s->order,
                                     .scores = s->scores,
                                     .weights = s->weights,
                                     .sorted = s->sorted};
}

static struct um_sampler_step step_of(const um_session *s, uint32_t image) {
    struct um_sampler_step step =
        um_steps_at(&s->steps, s->step, s->unknown[image], masked_tokens(s, image));
    step.seed = s->params.seed;
    step.image = s->params.first_image + image;
    return step;
}

/* The next images that need a forward pass, at most one group; *end = where to go on. */
static uint32_t gather(const um_session *s, uint32_t images[MAX_GROUP], uint32_t *end) {
    uint32_t count = 0, image = s->next;
    for (; image < s->params.batch && count < s->group; image++) {
        struct um_sampler_state state = state_of(s, image);
        struct um_sampler_step step = step_of(s, image);
        if (um_sampler_ask(&state, &step))
            images[count++] = image;
    }
    *end = image;
    return count;
}

static void write_ids(const um_session *s, uint32_t row, uint32_t image, int32_t class_index) {
    const struct um_config *config = &s->model->file.config;
    const int32_t *tokens = s->tokens + (size_t)image * s->positions;
    const uint8_t *asked = s->asked + (size_t)image * s->positions;
    int32_t *ids = s->ids + (size_t)row * (s->positions + 1);
    *ids++ = (int32_t)um_config_class_row(config, class_index);
    for (uint32_t i = 0; i < s->positions; i++)
        ids[i] = asked[i] ? (int32_t)um_config_mask_row(config) : tokens[i];
}

/* Appends what `image` asks for to the wanted rows, as those of sequence `row`. */
static void want(um_session *s, uint32_t row, uint32_t image) {
    const uint8_t *asked = s->asked + (size_t)image * s->positions;
    for (uint32_t i = 0; i < s->positions; i++) {
        if (asked[i]) // + 1: behind the class position
            s->wanted[++s->wanted[0]] = (int32_t)(row * (s->positions + 1) + 1 + i);
    }
}

/* One image's step. Its logits begin at row *first, which moves on to the next image's. */
static um_status sample(um_session *s, uint32_t *first, uint32_t image) {
    struct um_sampler_state state = state_of(s, image);
    struct um_sampler_step step = step_of(s, image);
    const struct um_sampled *drawn = s->on_device ? s->drawn + *first : NULL;
    for (uint32_t i = 0; i < s->positions; i++) {
        s->row[i] = *first;
        *first += state.asked[i];
    }
    // The rows of the null class come behind all others, as many and in the same order.
    const size_t others = (size_t)s->wanted[0] / 2;
    const float *logits_null = step.cfg_scale != 0.0f ? s->logits + others * s->codes : NULL;
    const bool right = s->on_device ? um_sampler_take(&state, &step, drawn)
                                    : um_sampler_run(&state, &step, s->logits, logits_null);
    if (!right)
        return um_fail(&s->model->context->log, UM_ERROR_CHECK,
                       "The logits of image %u in step %u hold values that are not numbers.",
                       (unsigned)step.image, (unsigned)s->step + 1);
    return UM_OK;
}

/* What the op SAMPLE is to do with the first `count` sequences, whose rows are already wanted. */
static void write_settings(um_session *s, const uint32_t *images, uint32_t count,
                           const struct um_sampler_step *step) {
    const uint32_t sequences = session_rows(s);
    uint32_t first = 0;
    um_device_sampler_begin(s->settings, sequences, s->order, s->positions, step);
    for (uint32_t row = 0; row < sequences; row++) {
        if (row >= count) {
            um_device_sampler_image(s->settings, row, first, s->positions, NULL);
            continue;
        }
        const struct um_sampler_step own = step_of(s, images[row]);
        const uint8_t *asked = s->asked + (size_t)images[row] * s->positions;
        um_device_sampler_image(s->settings, row, first, s->positions, &own);
        for (uint32_t i = 0; i < s->positions; i++)
            first += asked[i];
    }
}

/* One forward pass. Sequences that a short group leaves over repeat its first image. A step without
 * guidance does not need the logits of the null class. */
static um_status forward(um_session *s, const uint32_t *images, uint32_t count) {
    const struct um_sampler_step step = step_of(s, images[0]);
    const bool guided_now = step.cfg_scale != 0.0f;
    s->on_device = s->settings && um_device_sampler_suits(&step, s->codes);
    for (uint32_t row = 0; row < s->group; row++) {
        uint32_t image = images[row < count ? row : 0];
        write_ids(s, row, image, s->classes[image]);
        if (s->guided)
            write_ids(s, s->group + row, image, -1);
    }
    s->wanted[0] = 0;
    for (uint32_t row = 0; row < count; row++)
        want(s, row, images[row]);
    const size_t sampled = (size_t)s->wanted[0];
    for (uint32_t row = 0; row < count && guided_now; row++)
        want(s, s->group + row, images[row]);
    if (!s->on_device)
        return um_program_run_rows(&s->forward, s->ids, s->wanted, s->logits, s->cancel);
    write_settings(s, images, count, &step);
    return um_program_run_sample(&s->forward, s->ids, s->wanted, s->settings, s->drawn, sampled,
                                 s->cancel);
}

/* The step of the images from s->next to `end`, of which `images` need logits. */
static um_status run_group(um_session *s, const uint32_t *images, uint32_t count, uint32_t end) {
    s->on_device = false;
    um_status status = count ? forward(s, images, count) : UM_OK;
    uint32_t row = 0;
    for (uint32_t image = s->next; image < end && status == UM_OK; image++)
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
        uint32_t images[MAX_GROUP], end;
        uint32_t count = gather(s, images, &end);
        um_status status = run_group(s, images, count, end);
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
        return um_fail(session ? &session->model->context->log : NULL, UM_ERROR_ARGUMENT,
                       "um_session_decode: session and rgb must not be NULL.");
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
