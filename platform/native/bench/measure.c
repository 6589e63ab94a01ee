/* Timing with checks: a number is reported only for pictures that are right. */
#include "bench/measure.h"

#include "common/interrupt.h"
#include "common/picture.h"
#include "common/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

uint64_t peak_memory(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

static um_status wrong(struct bench_row *row, const char *reason) {
    snprintf(row->reason, sizeof row->reason, "%s", reason);
    return UM_ERROR_CHECK;
}

/* One picture of a session that has begun; times are recorded unless it is the warm-up. */
static um_status draw_steps(struct bench_row *row, um_session *session, struct picture *picture,
                            bool record) {
    while (!um_session_done(session)) {
        double start = now_seconds();
        um_status status = um_session_step(session);
        if (status != UM_OK) {
            return status;
        }
        if (record) {
            samples_add(&row->step, now_seconds() - start);
        }
    }
    double start = now_seconds();
    um_status status = um_session_decode(session, 0, picture->rgb);
    if (record) {
        samples_add(&row->decode, now_seconds() - start);
    }
    return status;
}

static um_status draw(struct bench_row *row, const struct engine *engine,
                      const struct bench_plan *plan, int32_t class_index, struct picture *picture,
                      bool record) {
    um_session *session = NULL;
    um_session_params params = {.classes = &class_index, .seed = plan->seed, .steps = plan->steps};
    double start = now_seconds();
    um_status status = um_session_begin(&session, engine->model, &params);
    if (status != UM_OK) {
        return status;
    }
    interrupt_watch(session);
    status = draw_steps(row, session, picture, record);
    interrupt_watch(NULL);
    um_session_end(&session);
    double seconds = now_seconds() - start;
    if (record) {
        samples_add(&row->image, seconds);
    } else {
        row->first_s = seconds;
    }
    return status;
}

/* The first picture warms up and is the one that all others must equal. */
static um_status draw_runs(struct bench_row *row, const struct engine *engine,
                           const struct bench_plan *plan, struct picture *first,
                           struct picture *again) {
    int32_t class_index;
    um_status status = um_model_find_class(engine->model, plan->class_text, &class_index);
    status = status == UM_OK ? draw(row, engine, plan, class_index, first, false) : status;
    if (status == UM_OK && !picture_finite(first)) {
        return wrong(row, "the picture holds values that are not numbers");
    }
    row->hash = picture_hash(first);
    size_t bytes = (size_t)first->width * first->height * 3 * sizeof(float);
    for (uint32_t run = 0; status == UM_OK && run < plan->runs; run++) {
        progress(row->device, run, plan->runs);
        status = draw(row, engine, plan, class_index, again, true);
        if (status == UM_OK && memcmp(first->rgb, again->rgb, bytes) != 0) {
            return wrong(row, "two runs gave different pictures");
        }
    }
    return status;
}

static bool measurable(const struct bench_row *row) {
    const double times[] = {row->load_s, row->first_s, samples_least(&row->image),
                            samples_least(&row->step), samples_least(&row->decode)};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (!isfinite(times[i]) || times[i] <= 0.0) {
            return false;
        }
    }
    return true;
}

void bench_measure(struct bench_row *row, const struct bench_plan *plan, const char *device) {
    struct engine engine = {0};
    struct picture first = {0}, again = {0};
    *row = (struct bench_row){0};
    snprintf(row->device, sizeof row->device, "%s", device != NULL ? device : "auto");
    engine.path = (char *)(size_t)plan->model_path; /* lent: taken back before closing */
    row->status = engine_open_quietly(&engine, plan->args, device);
    if (row->status == UM_OK) {
        snprintf(row->device, sizeof row->device, "%s", engine.device->name);
        snprintf(row->backend, sizeof row->backend, "%s", engine.device->backend);
        snprintf(row->driver, sizeof row->driver, "%s", engine.device->driver);
        row->load_s = engine.load_seconds;
        bool room = picture_make(&first, engine.info->image_width, engine.info->image_height) &&
                    picture_make(&again, engine.info->image_width, engine.info->image_height);
        row->status = room ? draw_runs(row, &engine, plan, &first, &again) : UM_ERROR_MEMORY;
    }
    if (row->status == UM_OK && !measurable(row)) {
        row->status = wrong(row, "a time was too short for the clock");
    }
    if (row->status != UM_OK && row->reason[0] == '\0') {
        const char *text = report_last_error();
        snprintf(row->reason, sizeof row->reason, "%.500s",
                 text[0] != '\0' ? text : um_status_text(row->status));
    }
    picture_free(&first);
    picture_free(&again);
    engine.path = NULL;
    engine_close(&engine);
}

void bench_row_free(struct bench_row *row) {
    samples_free(&row->image);
    samples_free(&row->step);
    samples_free(&row->decode);
}
