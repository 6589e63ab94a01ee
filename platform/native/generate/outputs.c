/* Output files of drawing. */
#include "generate/outputs.h"

#include "common/atomic_file.h"
#include "common/pattern.h"
#include "common/report.h"
#include "common/tokens.h"
#include "common/utf8.h"
#include "generate/outputs_check.h"
#include "generate/outputs_names.h"
#include "generate/sheet.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a frame of the reveal stays, in milliseconds. */
enum { FIRST_FRAME = 500, STEP_FRAME = 160, LAST_FRAME = 2000 };

static int no_memory(void) {
    return fail(UM_ERROR_MEMORY, "not enough memory for the pictures");
}

int outputs_open(struct outputs *outputs, const struct args *args, const struct settings *settings,
                 const struct engine *engine, const struct frame *frame) {
    *outputs =
        (struct outputs){.args = args, .settings = settings, .engine = engine, .frame = *frame};
    outputs->several = settings->several;
    outputs->metadata = args->given[OPT_NO_METADATA] == 0;
    outputs->wants_steps = args->text[OPT_SAVE_STEPS] != NULL || args->text[OPT_SAVE_ANIM] != NULL;
    outputs->pattern = args->text[OPT_OUTPUT];
    if (outputs->pattern == NULL && args->text[OPT_SHEET] == NULL) {
        outputs->pattern = outputs->several ? "out_%03d.png" : "out.png";
    }
    outputs->listing = outputs_use_stdout(outputs) == 0;
    int code = outputs_check(outputs);
    if (code == 0 && args->text[OPT_SHEET] != NULL) {
        code = sheet_open(outputs);
    }
    outputs->records = calloc(settings->image_count, sizeof *outputs->records);
    outputs->changes = calloc(frame->steps, sizeof *outputs->changes);
    bool ok = outputs->records != NULL && outputs->changes != NULL;
    return code != 0 ? code : ok ? 0 : no_memory();
}

/* The two texts of a PNG; `texts` stays empty without metadata. */
struct metadata {
    struct buffer json, parameters;
    struct png_text_pair texts[2];
    size_t count;
};

static bool make_metadata(struct metadata *metadata, const struct outputs *outputs,
                          const struct meta *meta) {
    *metadata = (struct metadata){0};
    if (!outputs->metadata) {
        return true;
    }
    meta_parameters(&metadata->parameters, meta);
    meta_json(&metadata->json, meta);
    bool ok = buffer_append(&metadata->parameters, "", 1) && buffer_append(&metadata->json, "", 1);
    if (ok) {
        metadata->texts[0] =
            (struct png_text_pair){"parameters", (const char *)metadata->parameters.bytes};
        metadata->texts[1] = (struct png_text_pair){"unmask", (const char *)metadata->json.bytes};
        metadata->count = 2;
    }
    return ok;
}

static void free_metadata(struct metadata *metadata) {
    buffer_free(&metadata->json);
    buffer_free(&metadata->parameters);
}

/* Writes a picture with metadata of its kind; meta's size becomes the picture's. */
static int write_picture(const struct outputs *outputs, const struct sink *sink, const char *path,
                         const struct picture *picture, struct meta *meta, const char *kind) {
    struct metadata metadata;
    snprintf(meta->kind, sizeof meta->kind, "%s", kind);
    meta->width = picture->width;
    meta->height = picture->height;
    int code = make_metadata(&metadata, outputs, meta)
                   ? sink_write(sink, path, picture, metadata.texts, metadata.count)
                   : no_memory();
    free_metadata(&metadata);
    return code;
}

static int write_animation(const struct outputs *outputs, const struct apng *animation,
                           const char *path, struct meta *meta) {
    struct metadata metadata;
    struct buffer out = {0};
    snprintf(meta->kind, sizeof meta->kind, "reveal");
    meta->width = outputs->frame.width * outputs->scale;
    meta->height = outputs->frame.height * outputs->scale;
    int code = make_metadata(&metadata, outputs, meta) &&
                       apng_encode(&out, animation, metadata.texts, metadata.count)
                   ? write_file(path, out.bytes, out.size)
                   : no_memory();
    free_metadata(&metadata);
    buffer_free(&out);
    return code;
}

static char *numbered(const struct outputs *outputs, const char *pattern, uint32_t image) {
    return pattern_name(pattern, settings_image_index(outputs->settings, image));
}

static void list_file(const struct outputs *outputs, const char *path) {
    if (outputs->listing) {
        put_path(path);
    }
}

static void free_animations(struct outputs *outputs) {
    for (uint32_t i = 0; outputs->animations != NULL && i < outputs->animation_count; i++) {
        apng_free(&outputs->animations[i]);
    }
    free(outputs->animations);
    outputs->animations = NULL;
}

int outputs_begin_batch(struct outputs *outputs, uint32_t batch) {
    if (outputs->args->text[OPT_SAVE_ANIM] == NULL) {
        return 0;
    }
    free_animations(outputs);
    outputs->animations = calloc(batch, sizeof *outputs->animations);
    outputs->animation_count = batch;
    struct picture covered = {0}, large = {0};
    bool ok = outputs->animations != NULL &&
              picture_make(&covered, outputs->frame.width, outputs->frame.height);
    if (ok) {
        reveal_cover(&covered, &(struct shown){0}, &outputs->frame);
        ok = picture_enlarge(&large, &covered, outputs->scale);
    }
    for (uint32_t i = 0; ok && i < batch; i++) {
        ok = apng_add(&outputs->animations[i], &large, FIRST_FRAME);
    }
    picture_free(&covered);
    picture_free(&large);
    return ok ? 0 : no_memory();
}

void outputs_count(struct outputs *outputs, uint32_t step, const uint8_t *change) {
    size_t cells = (size_t)outputs->frame.grid_width * outputs->frame.grid_height;
    for (size_t i = 0; i < cells; i++) {
        outputs->changes[step - 1].count[change[i]]++;
    }
}

int outputs_step(struct outputs *outputs, uint32_t start, uint32_t image, uint32_t step,
                 const struct shown *shown, struct picture *picture) {
    const char *folder = outputs->args->text[OPT_SAVE_STEPS];
    struct picture large;
    int code = 0;
    if (step < outputs->frame.steps) { // the last picture is shown as it is
        reveal_cover(picture, shown, &outputs->frame);
    }
    if (!picture_enlarge(&large, picture, outputs->scale)) {
        return no_memory();
    }
    if (outputs->animations != NULL) {
        bool last = step == outputs->frame.steps;
        code = apng_add(&outputs->animations[image], &large, last ? LAST_FRAME : STEP_FRAME)
                   ? 0
                   : no_memory();
    }
    if (code == 0 && folder != NULL) {
        struct meta *meta = malloc(sizeof *meta);
        char *path = outputs_step_path(outputs, start + image, step);
        if (meta != NULL && path != NULL) {
            settings_picture_meta(outputs->settings, outputs->engine, start + image, meta);
            meta->step = step;
            meta->scale = outputs->scale;
            code = write_picture(outputs, sink_for(path, "save-steps"), path, &large, meta, "step");
        } else {
            code = no_memory();
        }
        free(path);
        free(meta);
    }
    picture_free(&large);
    return code;
}

static int write_tokens(struct outputs *outputs, uint32_t image, const int32_t *tokens) {
    struct buffer text = {0};
    char *path = numbered(outputs, outputs->args->text[OPT_TOKENS_OUT], image);
    int code = path != NULL && tokens_format(&text, tokens, outputs->frame.grid_width,
                                             outputs->frame.grid_height)
                   ? write_file(path, text.bytes, text.size)
                   : no_memory();
    if (code == 0) {
        list_file(outputs, path);
    }
    buffer_free(&text);
    free(path);
    return code;
}

static int write_large(struct outputs *outputs, uint32_t image, const struct picture *large,
                       struct meta *meta) {
    char *path = numbered(outputs, outputs->pattern, image);
    if (path == NULL) {
        return no_memory();
    }
    int code = write_picture(outputs, outputs->sink, path, large, meta, "picture");
    if (code == 0 && outputs->sink->is_file) {
        list_file(outputs, path);
        outputs->records[image].file = path;
    } else {
        free(path);
    }
    return code;
}

static int finish_animation(struct outputs *outputs, uint32_t start, uint32_t image,
                            struct meta *meta) {
    char *path = numbered(outputs, outputs->args->text[OPT_SAVE_ANIM], start + image);
    int code = path != NULL ? write_animation(outputs, &outputs->animations[image], path, meta)
                            : no_memory();
    if (code == 0) {
        list_file(outputs, path);
    }
    apng_free(&outputs->animations[image]);
    free(path);
    return code;
}

int outputs_picture(struct outputs *outputs, uint32_t start, uint32_t image, const int32_t *tokens,
                    const struct picture *picture) {
    uint32_t number = start + image;
    struct picture large = {0};
    int code = 0;
    struct meta *meta = malloc(sizeof *meta);
    if (meta == NULL || !picture_enlarge(&large, picture, outputs->scale)) {
        free(meta);
        return no_memory();
    }
    settings_picture_meta(outputs->settings, outputs->engine, number, meta);
    meta->scale = outputs->scale;
    outputs->records[number].hash = picture_hash(picture);
    if (outputs->pattern != NULL) {
        code = write_large(outputs, number, &large, meta);
    }
    if (code == 0 && outputs->animations != NULL) {
        code = finish_animation(outputs, start, image, meta);
    }
    if (code == 0 && outputs->args->text[OPT_TOKENS_OUT] != NULL) {
        code = write_tokens(outputs, number, tokens);
    }
    if (code == 0 && outputs->args->text[OPT_SHEET] != NULL) {
        code = sheet_add(outputs, number, picture) ? 0 : no_memory();
    }
    picture_free(&large);
    free(meta);
    return code;
}

int outputs_finish(struct outputs *outputs) {
    const char *path = outputs->args->text[OPT_SHEET];
    if (path == NULL) {
        return 0;
    }
    struct meta *meta = malloc(sizeof *meta);
    if (meta == NULL) {
        return no_memory();
    }
    *meta = outputs->settings->meta;
    meta->scale = outputs->sheet_scale;
    utf8_copy(meta->class_name, sizeof meta->class_name,
              um_model_class_name(outputs->engine->model, outputs->settings->classes[0]));
    int code =
        write_picture(outputs, sink_for(path, "sheet"), path, &outputs->sheet, meta, "sheet");
    if (code == 0) {
        list_file(outputs, path);
    }
    free(meta);
    return code;
}

void outputs_close(struct outputs *outputs) {
    for (uint32_t i = 0; outputs->records != NULL && i < outputs->settings->image_count; i++) {
        free(outputs->records[i].file);
    }
    free(outputs->records);
    free(outputs->changes);
    if (outputs->folder_made) {
        system_remove_folder(outputs->args->text[OPT_SAVE_STEPS]); // only if it is empty
    }
    free_animations(outputs);
    picture_free(&outputs->sheet);
    outputs->records = NULL;
    outputs->changes = NULL;
}
