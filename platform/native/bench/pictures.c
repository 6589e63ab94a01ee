/* Whole pictures: first ones, batches, steps and decoding. */
#include "bench/measure.h"

#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Free-running drawings of one seed in another batch size may differ where two codes were nearly
 * equally likely; see tests/session/test_agreement.c. */
static const double agreeing_tokens = 0.90;

/* Times of one drawing of a batch. */
struct drawing {
    uint32_t batch;
    struct samples step, decode; /* seconds */
    int32_t *tokens;             /* (positions) of picture 0 */
    double seconds;
};

static size_t positions(const struct bench *b) {
    return (size_t)b->info->grid_width * b->info->grid_height;
}

static um_status decode_all(const struct bench *b, um_session *session, struct drawing *d) {
    float *rgb = malloc(sizeof *rgb * 3 * b->info->image_width * b->info->image_height);
    um_status status = rgb != NULL ? UM_OK : UM_ERROR_MEMORY;
    for (uint32_t i = 0; i < d->batch && status == UM_OK; i++) {
        const double start = now_seconds();
        status = interrupt_signal() != 0 ? UM_CANCELLED : um_session_decode(session, i, rgb);
        if (status == UM_OK) {
            samples_add(&d->decode, now_seconds() - start);
        }
    }
    free(rgb);
    return status;
}

/* Draws and decodes the batch; *d gets the times and the tokens. */
static um_status draw(const struct bench *b, struct drawing *d) {
    um_session *session = NULL;
    um_session_params params = b->draw;
    um_session_view view;
    params.classes = NULL;
    params.batch = d->batch;
    int32_t *classes = malloc(d->batch * sizeof *classes);
    for (uint32_t i = 0; classes != NULL && i < d->batch; i++) {
        classes[i] = b->draw.classes[0];
    }
    params.classes = classes;
    const double start = now_seconds();
    um_status status =
        classes != NULL ? um_session_begin(&session, b->model, &params) : UM_ERROR_MEMORY;
    interrupt_watch(session);
    while (status == UM_OK && !um_session_done(session)) {
        const double before = now_seconds();
        status = um_session_step(session);
        if (status == UM_OK) {
            samples_add(&d->step, now_seconds() - before);
        }
    }
    status = status == UM_OK ? decode_all(b, session, d) : status;
    status = status == UM_OK ? um_session_get(session, 0, &view) : status;
    if (status == UM_OK) {
        memcpy(d->tokens, view.tokens, positions(b) * sizeof *d->tokens);
        d->seconds = now_seconds() - start;
    }
    interrupt_watch(NULL);
    um_session_end(&session);
    free(classes);
    return status;
}

static void drop(struct drawing *d) {
    samples_free(&d->step);
    samples_free(&d->decode);
    free(d->tokens);
    d->tokens = NULL;
}

static bool begin(const struct bench *b, struct drawing *d, uint32_t batch) {
    *d = (struct drawing){.batch = batch, .tokens = calloc(positions(b), sizeof *d->tokens)};
    return d->tokens != NULL;
}

/* Whether picture 0 is the one that was drawn first. */
static bool same(const struct bench *b, const struct drawing *d) {
    size_t equal = 0;
    for (size_t i = 0; i < positions(b); i++) {
        equal += d->tokens[i] == b->tokens[i];
    }
    return d->batch == 1 ? equal == positions(b)
                         : (double)equal >= agreeing_tokens * (double)positions(b);
}

/* The first drawing after loading compiles what the networks need. */
static bool measure_first(struct bench *b, const char *name) {
    struct bench_row *row = report_row(b->device, GROUP_PICTURE, "ms", "%s", name);
    struct drawing d;
    if (row == NULL || !begin(b, &d, 1)) {
        return false;
    }
    row->images = 1;
    progress(name, 0, 1);
    um_status status = draw(b, &d);
    if (status == UM_CANCELLED) {
        row_fail(row, ROW_SKIPPED, "interrupted");
    } else if (status != UM_OK) {
        row_fail_status(row, status);
    } else if (b->tokens == NULL) {
        b->tokens = d.tokens;
        d.tokens = NULL;
    } else if (!same(b, &d)) {
        row_fail(row, ROW_WRONG, "two runs with the same seed gave different pictures");
    }
    if (row->state == ROW_OK) {
        samples_add(&row->samples, 1e3 * d.seconds);
        row_judge(row);
        row->state = row->state == ROW_UNSTABLE ? ROW_OK : row->state; /* it happens once */
        row->reason[0] = row->state == ROW_OK ? '\0' : row->reason[0];
    }
    drop(&d);
    return row->state == ROW_OK;
}

static void add_rows_of_steps(struct bench *b, const struct drawing *d) {
    struct bench_row *step = report_row(b->device, GROUP_PICTURE, "ms", "step, batch 1");
    for (size_t i = 0; step != NULL && i < d->step.count; i++) {
        samples_add(&step->samples, 1e3 * d->step.values[i]);
    }
    if (step != NULL) {
        row_judge(step);
    }
    struct bench_row *decode = report_row(b->device, GROUP_PICTURE, "ms", "decode");
    for (size_t i = 0; decode != NULL && i < d->decode.count; i++) {
        samples_add(&decode->samples, 1e3 * d->decode.values[i]);
    }
    if (decode != NULL) {
        decode->images = 1;
        row_judge(decode);
    }
}

/* Returns the seconds of the fastest drawing, 0 if there is none. */
static double measure_batch(struct bench *b, uint32_t batch, double expected) {
    struct bench_row *row = report_row(b->device, GROUP_PICTURE, "ms", "picture, batch %u", batch);
    struct drawing d;
    if (row == NULL || !begin(b, &d, batch)) {
        return 0;
    }
    row->images = 1;
    if (expected > b->plan->budget) {
        row_fail(row, ROW_SKIPPED, "would take %.0f s, see --budget", expected);
    }
    const double start = now_seconds();
    um_status status = UM_OK;
    double fastest = 0;
    while (row->state == ROW_OK && wants_more(b->plan, row, now_seconds() - start)) {
        progress(row->name, (unsigned)row->samples.count, b->plan->runs);
        take_submission(b);
        status = draw(b, &d);
        row->submission = take_submission(b);
        if (status == UM_OK && !same(b, &d)) {
            row_fail(row, ROW_WRONG, "the picture differs from that of batch 1");
        } else if (status == UM_OK) {
            samples_add(&row->samples, 1e3 * d.seconds / batch);
            fastest = fastest > 0 && fastest < d.seconds ? fastest : d.seconds;
        } else if (status != UM_CANCELLED) {
            row_fail_status(row, status);
        } else {
            break;
        }
    }
    if (status == UM_CANCELLED && row->samples.count == 0) {
        row_fail(row, ROW_SKIPPED, "interrupted");
    }
    row_judge(row);
    if (batch == 1 && row_measured(row)) {
        add_rows_of_steps(b, &d);
    }
    drop(&d);
    return fastest;
}

/* The model anew: what the driver has kept of the first time makes the difference. */
static bool reload(struct bench *b) {
    um_model_unload(&b->model);
    if (plan_load(b->plan, b->context, &b->model) != UM_OK) {
        return false;
    }
    b->info = um_model_get_info(b->model);
    return true;
}

bool measure_pictures(struct bench *b) {
    static const uint32_t batches[] = {1, 8, 32};
    if (!measure_first(b, "first picture, cold") || interrupt_signal() != 0) {
        return false;
    }
    if (!reload(b) || !measure_first(b, "first picture, warm")) {
        return false;
    }
    double each = 0;
    for (size_t i = 0; i < sizeof batches / sizeof batches[0] && interrupt_signal() == 0; i++) {
        const double seconds = measure_batch(b, batches[i], each * batches[i]);
        if (seconds > 0) {
            each = seconds / batches[i];
        } else if (i == 0) {
            return false;
        }
    }
    return true;
}
