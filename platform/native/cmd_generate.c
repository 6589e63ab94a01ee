/* unmask generate: draws pictures. */
#include "args.h"
#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"
#include "generate/outputs.h"
#include "generate/summary.h"

#include <stdlib.h>

/* Pictures drawn by one session: files appear group by group, and memory stays small. */
enum { GROUP = 32 };

struct drawing {
    const struct settings *settings;
    const struct engine *engine;
    struct outputs outputs;
    struct timings timings;
};

/* Decodes one picture of the session into a new `picture`. Exit code. */
static int decode(struct drawing *drawing, um_session *session, uint32_t image,
                  struct picture *picture) {
    const um_model_info *info = drawing->engine->info;
    double start = now_seconds();
    if (!picture_make(picture, info->image_width, info->image_height)) {
        return fail(UM_ERROR_MEMORY, "not enough memory for a picture");
    }
    int code = fail_status(um_session_decode(session, image, picture->rgb));
    if (code == 0 && !picture_finite(picture)) {
        code = fail(UM_ERROR_CHECK, "picture %u holds values that are not numbers", image);
    }
    if (code != 0) {
        picture_free(picture);
    }
    timings_decode(&drawing->timings, now_seconds() - start);
    return code;
}

/* Hands every picture of the group on: after a step, or finished. */
static int hand_on(struct drawing *drawing, um_session *session, uint32_t start, uint32_t batch,
                   bool finished) {
    for (uint32_t i = 0; i < batch; i++) {
        um_session_view view;
        struct picture picture;
        int code = fail_status(um_session_get(session, i, &view));
        code = code != 0 ? code : decode(drawing, session, i, &picture);
        if (code != 0) {
            return code;
        }
        code = finished ? outputs_picture(&drawing->outputs, start, i, view.tokens, &picture)
                        : outputs_step(&drawing->outputs, start, i, um_session_step_index(session),
                                       view.tokens, &picture);
        picture_free(&picture);
        if (code == 0 && interrupt_signal() != 0) {
            code = fail_status(UM_CANCELLED);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

static int run_session(struct drawing *drawing, um_session *session, uint32_t start,
                       uint32_t batch) {
    unsigned groups = (drawing->settings->image_count + GROUP - 1) / GROUP;
    unsigned steps = um_session_step_count(session);
    while (!um_session_done(session)) {
        double begin = now_seconds();
        int code = fail_status(um_session_step(session));
        if (code != 0) {
            return code;
        }
        timings_step(&drawing->timings, now_seconds() - begin);
        progress("drawing", start / GROUP * steps + um_session_step_index(session), groups * steps);
        if (drawing->outputs.wants_steps) {
            code = hand_on(drawing, session, start, batch, false);
        }
        if (code != 0) {
            return code;
        }
    }
    return hand_on(drawing, session, start, batch, true);
}

static int draw_group(struct drawing *drawing, uint32_t start, uint32_t batch) {
    um_session *session = NULL;
    um_session_params params = settings_session(drawing->settings, start, batch);
    int code = fail_status(um_session_begin(&session, drawing->engine->model, &params));
    if (code != 0) {
        return code;
    }
    interrupt_watch(session);
    code = outputs_begin_batch(&drawing->outputs, batch);
    code = code != 0 ? code : run_session(drawing, session, start, batch);
    interrupt_watch(NULL);
    um_session_end(&session);
    return code;
}

static int draw_all(struct drawing *drawing) {
    uint32_t count = drawing->settings->image_count;
    double start = now_seconds();
    int code = 0;
    for (uint32_t first = 0; code == 0 && first < count; first += GROUP) {
        code = draw_group(drawing, first, count - first < GROUP ? count - first : GROUP);
    }
    code = code != 0 ? code : outputs_finish(&drawing->outputs);
    drawing->timings.total = now_seconds() - start;
    drawing->timings.load = drawing->engine->load_seconds;
    progress_clear();
    return code;
}

static int generate(const struct args *args, struct settings *settings,
                    const struct engine *engine) {
    struct drawing drawing = {.settings = settings, .engine = engine};
    int code = settings_resolve(settings, args, engine);
    if (code != 0) {
        return code;
    }
    code = outputs_open(&drawing.outputs, args, settings, engine);
    code = code != 0 ? code : draw_all(&drawing);
    code = code != 0 ? code : summary_print(&drawing.outputs, &drawing.timings);
    outputs_close(&drawing.outputs);
    timings_free(&drawing.timings);
    return code;
}

int cmd_generate(const struct args *args) {
    struct engine engine = {0};
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory");
    }
    int code = settings_read(settings, args);
    code = code != 0 ? code : engine_open(&engine, args);
    code = code != 0 ? code : generate(args, settings, &engine);
    settings_free(settings);
    free(settings);
    engine_close(&engine);
    return code;
}
