/* Saving what is shown. */
#include "common/setting_text.h"
#include "viewer/app.h"

#include "common/png_io.h"
#include "common/utf8.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ANIMATION_MS = 180, LAST_MS = 1600, ANIMATION_SIDE = 256 };

/* "grinning-face" of a class, the own name of a file that was opened and holds no settings. */
static void name_of(const struct app *app, char *name, size_t size) {
    const char *from = "picture";
    int32_t index = app->take.options.class_index;
    if (app->take.name[0] != '\0') {
        utf8_copy(name, size, app->take.name);
        return;
    }
    if (app->catalog != NULL && index >= 0 && (uint32_t)index < app->catalog->class_count) {
        from = app->catalog->names[index];
    }
    size_t length = 0;
    for (; *from != '\0' && length < 60 && length + 1 < size; from++) {
        bool plain = isalnum((unsigned char)*from) != 0;
        if (plain) {
            name[length++] = (char)tolower((unsigned char)*from);
        } else if (length > 0 && name[length - 1] != '-') {
            name[length++] = '-';
        }
    }
    while (length > 0 && name[length - 1] == '-') {
        length--;
    }
    name[length] = '\0';
    if (length == 0) {
        snprintf(name, size, "class");
    }
}

/* "grinning-face-42.png", with -2, -3, ... where that exists. A picture that was only opened has a
 * seed if it came with its settings. */
bool app_free_name(struct app *app, const char *end, char *path, size_t size) {
    char name[100], seed[24] = "";
    name_of(app, name, sizeof name);
    if (strcmp(app->take.command, "read") != 0 || app->take.name[0] == '\0') {
        snprintf(seed, sizeof seed, "-%llu", (unsigned long long)app->take.options.seed);
    }
    for (int number = 1; number < 100000; number++) {
        char suffix[16] = "";
        if (number > 1) {
            snprintf(suffix, sizeof suffix, "-%d", number);
        }
        int length = snprintf(path, size, "%s/%s%s%s%s", app->output, name, seed, suffix, end);
        struct stat status;
        if (length < 0 || (size_t)length >= size) {
            break;
        }
        if (lstat(path, &status) != 0) {
            return true;
        }
    }
    app_say(app, true, "There is no free name for the file.");
    return false;
}

static void fill_meta(const struct app *app, struct meta *meta, const char *kind) {
    const struct draw_options *options = &app->take.options;
    const struct catalog *catalog = app->catalog;
    memset(meta, 0, sizeof *meta);
    snprintf(meta->kind, sizeof meta->kind, "%s", kind);
    snprintf(meta->classes, sizeof meta->classes, "%d", options->class_index);
    snprintf(meta->command, sizeof meta->command, "%s", app->take.command);
    meta->seed = options->seed;
    meta->first_image = options->first_image + (app->sheet ? 0 : app->image);
    meta->count = app->sheet ? app->take.steps[0]->images : 1;
    meta->sampling = options->sampling;
    meta->scale = 1;
    char text[SETTING_TEXT];
    snprintf(meta->schedule, sizeof meta->schedule, "%s",
             setting_text(text, UM_SETTING_SCHEDULE, &options->sampling));
    snprintf(meta->version, sizeof meta->version, "%s", um_version());
    if (catalog != NULL) {
        if ((uint32_t)options->class_index < catalog->class_count) {
            utf8_copy(meta->class_name, sizeof meta->class_name,
                      catalog->names[options->class_index]);
        }
        snprintf(meta->model, sizeof meta->model, "%s", catalog->name);
        snprintf(meta->model_sha256, sizeof meta->model_sha256, "%s", catalog->sha256);
        utf8_copy(meta->device, sizeof meta->device, catalog->device.name);
        snprintf(meta->backend, sizeof meta->backend, "%s", catalog->device.backend);
    }
}

/* The document (picture or sheet) at one step, enlarged by a whole factor; white between. */
static uint8_t *compose(const struct app *app, size_t at, uint32_t factor) {
    uint32_t width, height;
    app_document(app, &width, &height);
    size_t row = (size_t)width * factor * 3;
    uint8_t *out = malloc(row * height * factor);
    if (out == NULL) {
        return NULL;
    }
    memset(out, 255, row * height * factor);
    uint32_t first = app->sheet ? 0 : app->image;
    uint32_t last = app->sheet ? app->take.steps[at]->images : first + 1;
    for (uint32_t i = first; i < last; i++) {
        const struct take_frame *frame = take_frame_at(&app->take, at, i);
        uint32_t left = 0, top = 0;
        if (app->sheet) {
            app_image_corner(app, i, &left, &top);
        }
        for (uint32_t y = 0; y < app->take.height * factor; y++) {
            uint8_t *to = out + row * (top * factor + y) + (size_t)left * factor * 3;
            for (uint32_t x = 0; x < app->take.width * factor; x++) {
                size_t from = ((size_t)(y / factor) * app->take.width + x / factor) * 3;
                if (frame->rgb != NULL) {
                    memcpy(to + (size_t)x * 3, frame->rgb + from, 3);
                } else {
                    memset(to + (size_t)x * 3, 128, 3);
                }
            }
        }
    }
    return out;
}

/* Its path is yet to be set. */
static struct job *save_job(struct app *app, const char *kind, uint32_t factor) {
    struct job *job = job_make(JOB_SAVE);
    if (job == NULL) {
        return NULL;
    }
    app_document(app, &job->width, &job->height);
    job->width *= factor;
    job->height *= factor;
    fill_meta(app, &job->meta, kind);
    job->meta.scale = factor;
    job->meta.width = job->width;
    job->meta.height = job->height;
    job->frame_ms = ANIMATION_MS;
    job->last_ms = LAST_MS;
    return job;
}

struct job *app_picture_job(struct app *app) {
    const struct take_frame *frame = app_frame(app);
    if (frame == NULL || frame->rgb == NULL) {
        app_say(app, true, "There is no picture to save yet.");
        return NULL;
    }
    bool whole = app->playback.at + 1 == app->take.count && app->take.ended;
    const char *kind = app->sheet ? "sheet" : whole ? "picture" : "step";
    uint32_t width, height, factor = app->take.scale > 1 ? app->take.scale : 1;
    app_document(app, &width, &height);
    if ((uint64_t)(width > height ? width : height) * factor > PNG_SIDE_LIMIT) {
        factor = 1;
    }
    struct job *job = save_job(app, kind, factor);
    if (job != NULL) {
        uint32_t images = app->take.steps[0]->images;
        job->id = app->take.id;
        job->saved = !whole ? 0 : app->sheet ? (1U << images) - 1 : 1U << app->image;
        job->meta.step = whole ? 0 : app->take.steps[app->playback.at]->index;
        job->frames = calloc(1, sizeof *job->frames);
    }
    if (job != NULL && job->frames != NULL) {
        job->frames[0] = compose(app, app->playback.at, factor);
        job->frame_count = 1;
    }
    if (job == NULL || job->frame_count == 0 || job->frames[0] == NULL) {
        job_free(job);
        app_say(app, true, "Out of memory.");
        return NULL;
    }
    return job;
}

void app_save_job(struct app *app, struct job *job, const char *path) {
    size_t size = strlen(path) + 1;
    job->path = malloc(size);
    if (job->path == NULL) {
        job_free(job);
        app_say(app, true, "Out of memory.");
        return;
    }
    memcpy(job->path, path, size);
    worker_post(app->worker, job);
}

void app_save_png(struct app *app) {
    char path[sizeof app->output + 300];
    struct job *job = app_picture_job(app);
    if (job == NULL) {
        return;
    }
    if (app_free_name(app, ".png", path, sizeof path)) {
        app_save_job(app, job, path);
    } else {
        job_free(job);
    }
}

void app_copy_picture(struct app *app) {
    struct job *job = app_picture_job(app);
    if (job != NULL) {
        job->clipboard = true;
        job->saved = 0;
        worker_post(app->worker, job);
    }
}

void app_save_animation(struct app *app) {
    char path[sizeof app->output + 300];
    uint32_t width, height, factor;
    if (app->take.count < 2) {
        app_say(app, true, "There is no reveal to save yet.");
        return;
    }
    app_document(app, &width, &height);
    factor = ANIMATION_SIDE / (width > height ? width : height);
    factor = factor > 1 ? factor : 1;
    if (!app_free_name(app, "-reveal.png", path, sizeof path)) {
        return;
    }
    struct job *job = save_job(app, "reveal", factor);
    bool ok = job != NULL;
    if (ok) {
        job->frames = calloc(app->take.count, sizeof *job->frames);
        ok = job->frames != NULL;
    }
    for (size_t i = 0; ok && i < app->take.count; i++) {
        job->frames[i] = compose(app, i, factor);
        ok = job->frames[i] != NULL;
        job->frame_count = (uint32_t)i + 1;
    }
    if (!ok) {
        job_free(job);
        app_say(app, true, "Out of memory.");
        return;
    }
    app_save_job(app, job, path);
}

/* The command line that draws the same, with the options that its sampler uses. */
static void write_command(struct buffer *command, const struct draw_options *o) {
    const um_sampling *s = &o->sampling;
    char text[SETTING_TEXT];
    buffer_format(command, "unmask generate -c %d -s %llu -b %u", o->class_index,
                  (unsigned long long)o->seed, o->images);
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        um_setting_id id = (um_setting_id)i;
        if (um_setting_used(id, s->sampler)) {
            buffer_format(command, " --%s %s", um_setting_info(id)->option,
                          setting_text(text, id, s));
        }
    }
    buffer_text(command, " -o picture_%03d.png");
    buffer_append(command, "", 1);
}

void app_copy_command(struct app *app) {
    struct buffer command = {0};
    write_command(&command, &app->take.options);
    if (app->take.edited) {
        app_say(app, true, "An edited picture has no command line of its own.");
    } else if (!command.failed && SDL_SetClipboardText((const char *)command.bytes) == 0) {
        app_say(app, false, "Copied the command line that draws this picture.");
    }
    buffer_free(&command);
}
