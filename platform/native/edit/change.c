/* Drawing with an um_edit. */
#include "edit/change.h"

#include "common/interrupt.h"
#include "common/report.h"
#include "edit/region.h"
#include "generate/draw.h"
#include "input/enlarged.h"

#include <stdlib.h>
#include <string.h>

/* Pictures drawn at once: as many as generate takes, fewer of large ones. */
enum { GROUP_PIXELS = 1 << 22 };

/* ---------------------------------------------------------------- the painter */

static um_status step(void *edit) {
    return um_edit_step(edit);
}

static uint32_t steps_done(const void *edit) {
    return um_edit_step_index(edit);
}

static uint32_t steps_all(const void *edit) {
    return um_edit_step_count(edit);
}

static um_status tokens_of(void *edit, uint32_t image, struct shown *shown) {
    um_edit_view view;
    um_status status = um_edit_get(edit, image, &view);
    if (status == UM_OK) {
        *shown = (struct shown){view.tokens, view.change};
    }
    return status;
}

static um_status picture_of(void *edit, uint32_t image, float *rgb) {
    return um_edit_picture(edit, image, rgb);
}

static int draw_group(struct drawing *drawing, um_edit *edit, uint32_t start, uint32_t batch) {
    const struct painter painter = {.object = edit,
                                    .step = step,
                                    .steps_done = steps_done,
                                    .steps_all = steps_all,
                                    .tokens = tokens_of,
                                    .picture = picture_of};
    interrupt_watch_edit(edit);
    int code = outputs_begin_batch(&drawing->outputs, batch);
    code = code != 0 ? code : draw_batch(drawing, &painter, start, batch);
    interrupt_watch_edit(NULL);
    return code;
}

/* ---------------------------------------------------------------- groups of pictures */

static uint32_t batch_at(const struct drawing *drawing, uint32_t start) {
    uint32_t left = drawing->settings->image_count - start;
    return left < drawing->group ? left : drawing->group;
}

/* The next group knows of the source what the one before has found out; that one is ended. */
static int begin(um_edit **edit, const struct drawing *drawing, const um_edit_params *params,
                 uint32_t start) {
    um_edit *before = *edit;
    um_edit_params p = *params;
    p.draw = settings_session(drawing->settings, start, batch_at(drawing, start));
    p.like = before;
    int code = fail_status(um_edit_begin(edit, drawing->engine->model, &p));
    um_edit_end(&before);
    return code;
}

/* Draws everything; the first group's edit has begun and is ended here. */
static int draw_all(struct drawing *drawing, um_edit *edit, const um_edit_params *params) {
    uint32_t count = drawing->settings->image_count;
    double begun = now_seconds();
    int code = 0;
    for (uint32_t start = 0; code == 0 && start < count; start += drawing->group) {
        code = start == 0 ? 0 : begin(&edit, drawing, params, start);
        code = code != 0 ? code : draw_group(drawing, edit, start, batch_at(drawing, start));
    }
    um_edit_end(&edit);
    code = code != 0 ? code : outputs_finish(&drawing->outputs);
    drawing->timings.total = now_seconds() - begun;
    drawing->timings.load = drawing->engine->load_seconds;
    progress_clear();
    return code;
}

static struct frame frame_of(const um_edit *edit, const um_model_info *model) {
    const um_edit_info *info = um_edit_get_info(edit);
    return (struct frame){.width = info->width,
                          .height = info->height,
                          .grid_width = info->grid_width,
                          .grid_height = info->grid_height,
                          .cell_width = model->image_width / model->grid_width,
                          .cell_height = model->image_height / model->grid_height,
                          .steps = um_edit_step_count(edit)};
}

static uint32_t group_size(const um_edit_params *p, const struct engine *engine) {
    uint32_t most = draw_group_size(engine);
    uint64_t width = (uint64_t)p->left + p->width + p->right;
    uint64_t height = (uint64_t)p->top + p->height + p->bottom,
             fits = GROUP_PIXELS / (width * height);
    return fits < 1 ? 1 : fits > most ? most : (uint32_t)fits;
}

static int draw(const struct args *args, struct settings *settings, const struct engine *engine,
                const um_edit_params *params) {
    struct drawing drawing = {
        .settings = settings, .engine = engine, .group = group_size(params, engine)};
    um_edit *edit = NULL;
    int code = settings_resolve(settings, args, engine);
    code = code != 0 ? code : begin(&edit, &drawing, params, 0);
    if (code != 0) {
        return code;
    }
    struct frame frame = frame_of(edit, engine->info);
    code = outputs_open(&drawing.outputs, args, settings, engine, &frame);
    if (code != 0) {
        um_edit_end(&edit);
    }
    code = code != 0 ? code : draw_all(&drawing, edit, params);
    code = code != 0 ? code : summary_print(&drawing.outputs, &drawing.timings);
    outputs_close(&drawing.outputs);
    timings_free(&drawing.timings);
    return code;
}

/* ---------------------------------------------------------------- the command */

static int read_inputs(struct change *change, const struct args *args) {
    const char *path = args->text[OPT_IMAGE];
    if (path == NULL) {
        return fail(EXIT_USAGE, "%s needs a picture: give one with --init-img",
                    args->command->name);
    }
    int code = args_check_stdin(args);
    code = code != 0 ? code : picture_file_read(&change->source, path, true);
    if (code != 0) {
        return code;
    }
    uint32_t width = change->source.width, height = change->source.height;
    picture_file_note(&change->source, path);
    change->factor = enlarged_undo_and_note(&change->source, path);
    if (!picture_file_on_white(&change->source, &change->picture)) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the picture");
    }
    return region_read(&change->mask, args, width, height, change->factor);
}

/* Without a class of its own, a picture that unmask drew stays what it is. */
static int inherit_class(struct args *args, struct change *change) {
    if (args->text[OPT_CLASS] != NULL || args->text[OPT_FROM] != NULL ||
        change->source.unmask == NULL) {
        return 0;
    }
    struct meta *meta = malloc(sizeof *meta);
    if (meta == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory");
    }
    int code = meta_read(meta, change->source.unmask, args->text[OPT_IMAGE]);
    if (code == 0) {
        memcpy(change->class_name, meta->class_name, sizeof change->class_name);
        args->text[OPT_CLASS] = change->class_name;
    }
    free(meta);
    return code;
}

static int run(struct args *args, struct change *change, struct settings *settings,
               struct engine *engine, change_fn complete) {
    int code = read_inputs(change, args);
    code = code != 0 ? code : inherit_class(args, change);
    code = code != 0 ? code : settings_read(settings, args);
    code = code != 0 ? code : engine_open(engine, args);
    if (code != 0) {
        return code;
    }
    settings->source_scale = change->factor;
    change->params.rgb = change->picture.rgb;
    change->params.width = change->picture.width;
    change->params.height = change->picture.height;
    change->params.mask = change->mask;
    code = complete(change, args, engine->info);
    return code != 0 ? code : draw(args, settings, engine, &change->params);
}

int change_run(const struct args *given, change_fn complete) {
    struct args args = *given;
    struct change change = {0};
    struct engine engine = {0};
    struct settings *settings = calloc(1, sizeof *settings);
    if (settings == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory");
    }
    int code = run(&args, &change, settings, &engine, complete);
    settings_free(settings);
    free(settings);
    free(change.mask);
    picture_free(&change.picture);
    picture_file_free(&change.source);
    engine_close(&engine);
    return code;
}
