/* unmask generate: draws pictures. */
#include "args.h"
#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"
#include "generate/draw.h"

#include <stdlib.h>

static um_status step(void *session) {
    return um_session_step(session);
}

static uint32_t steps_done(const void *session) {
    return um_session_step_index(session);
}

static uint32_t steps_all(const void *session) {
    return um_session_step_count(session);
}

static um_status tokens_of(void *session, uint32_t image, struct shown *shown) {
    um_session_view view;
    um_status status = um_session_get(session, image, &view);
    if (status == UM_OK) {
        *shown = (struct shown){view.tokens, view.change};
    }
    return status;
}

static um_status picture_of(void *session, uint32_t image, float *rgb) {
    return um_session_decode(session, image, rgb);
}

static int draw_group(struct drawing *drawing, uint32_t start, uint32_t batch) {
    um_session *session = NULL;
    um_session_params params = settings_session(drawing->settings, start, batch);
    int code = fail_status(um_session_begin(&session, drawing->engine->model, &params));
    if (code != 0) {
        return code;
    }
    const struct painter painter = {.object = session,
                                    .step = step,
                                    .steps_done = steps_done,
                                    .steps_all = steps_all,
                                    .tokens = tokens_of,
                                    .picture = picture_of};
    interrupt_watch(session);
    code = outputs_begin_batch(&drawing->outputs, batch);
    code = code != 0 ? code : draw_batch(drawing, &painter, start, batch);
    interrupt_watch(NULL);
    um_session_end(&session);
    return code;
}

static int draw_all(struct drawing *drawing) {
    uint32_t count = drawing->settings->image_count, group = drawing->group;
    double start = now_seconds();
    int code = 0;
    for (uint32_t first = 0; code == 0 && first < count; first += group) {
        code = draw_group(drawing, first, count - first < group ? count - first : group);
    }
    code = code != 0 ? code : outputs_finish(&drawing->outputs);
    drawing->timings.total = now_seconds() - start;
    drawing->timings.load = drawing->engine->load_seconds;
    progress_clear();
    return code;
}

static int generate(const struct args *args, struct settings *settings,
                    const struct engine *engine) {
    struct drawing drawing = {
        .settings = settings, .engine = engine, .group = draw_group_size(engine)};
    const um_model_info *info = engine->info;
    int code = settings_resolve(settings, args, engine);
    if (code != 0) {
        return code;
    }
    struct frame frame = {.width = info->image_width,
                          .height = info->image_height,
                          .grid_width = info->grid_width,
                          .grid_height = info->grid_height,
                          .cell_width = info->image_width / info->grid_width,
                          .cell_height = info->image_height / info->grid_height,
                          .steps = settings_steps(settings)};
    code = outputs_open(&drawing.outputs, args, settings, engine, &frame);
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
