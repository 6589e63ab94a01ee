/* What scripts can ask for and set. */
#include "viewer/script.h"

#include "common/setting_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_floats(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* A setting by its name; the steps are the panel's. */
static bool find_number(const char *name, um_setting_id *id) {
    for (int i = UM_SETTING_STEPS + 1; i < UM_SETTING_COUNT; i++) {
        *id = (um_setting_id)i;
        if (setting_is_number(*id) && strcmp(name, um_setting_info(*id)->name) == 0) {
            return true;
        }
    }
    return false;
}

/* The share `q` of the latest frames took at most this long, in ms. */
static double quantile(const float *ms, uint32_t frames, double q) {
    static float sorted[FRAME_TIMES];
    uint32_t count = frames < FRAME_TIMES ? frames : FRAME_TIMES;
    if (count == 0) {
        return 0;
    }
    memcpy(sorted, ms, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_floats);
    return (double)sorted[(uint32_t)(q * (double)(count - 1))];
}

/* FNV-1a of a picture. */
static uint64_t digest_of(const struct take *take, const struct take_frame *frame) {
    uint64_t hash = 0xcbf29ce484222325U;
    size_t bytes = (size_t)take->width * take->height * 3;
    for (size_t i = 0; frame != NULL && frame->rgb != NULL && i < bytes; i++) {
        hash = (hash ^ frame->rgb[i]) * 0x100000001b3U;
    }
    return hash;
}

static uint64_t picture_digest(const struct app *app) {
    return digest_of(&app->take, app_frame(app));
}

/* ------------------------------------------------------------------ what was made */

enum { NOTES = 1024 };

static uint64_t notes[NOTES]; /* digests of pictures that were seen whole */
static size_t note_count;

void script_note(const struct app *app) {
    const struct take_frame *frame = app_frame(app);
    bool whole = app->running == 0 && app->playback.at + 1 == app->take.count;
    if (frame != NULL && frame->rgb != NULL && whole && note_count < NOTES) {
        notes[note_count++] = digest_of(&app->take, frame);
    }
}

static bool holds(const struct take *take, uint64_t digest) {
    const struct take_step *last = take->count > 0 ? take->steps[take->count - 1] : NULL;
    for (uint32_t i = 0; last != NULL && i < last->images; i++) {
        if (last->frames[i].rgb != NULL && digest_of(take, &last->frames[i]) == digest) {
            return true;
        }
    }
    return false;
}

/* How many of the pictures that were noted are nowhere any more. */
static size_t lost_notes(const struct app *app) {
    size_t lost = 0;
    for (size_t n = 0; n < note_count; n++) {
        bool kept = holds(&app->take, notes[n]);
        for (size_t i = 0; i < app->gallery.count && !kept; i++) {
            kept = holds(&app->gallery.takes[i], notes[n]);
        }
        lost += !kept;
    }
    return lost;
}

/* Pixels that differ between the picture and what was there before the edit: where the mask was
 * empty, and elsewhere. */
static uint64_t changed_pixels(const struct app *app) {
    const struct take_frame *frame = app_frame(app);
    const uint8_t *before = take_before(&app->take);
    uint64_t count = 0;
    for (size_t i = 0; frame != NULL && frame->rgb != NULL && before != NULL &&
                       i < (size_t)app->take.width * app->take.height;
         i++) {
        count += memcmp(frame->rgb + 3 * i, before + 3 * i, 3) != 0;
    }
    return count;
}

struct value {
    const char *name;
    double number;
};

/* 0 where the system does not tell. */
static double resident_megabytes(void) {
    unsigned long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%lu %lu", &all, &resident) != 2) {
        resident = 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1048576;
}

static int window_width(const struct app *app) {
    int width = 0, height = 0;
    SDL_GetWindowSize(app->window, &width, &height);
    return width;
}

static bool find_value(const struct value *values, size_t count, const char *name, double *number) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(values[i].name, name) == 0) {
            *number = values[i].number;
            return true;
        }
    }
    return false;
}

/* What was drawn, and with which settings. */
static bool take_value(struct app *app, const char *name, double *number) {
    const struct take_frame *frame = app_frame(app);
    const struct value values[] = {
        {"steps_done",
         (double)(app->take.count > 0 ? app->take.steps[app->take.count - 1]->index : 0)},
        {"total", app->take.total},
        {"shown", (double)(app->take.count > 0 ? app->take.steps[app->playback.at]->index : 0)},
        {"masked", frame != NULL ? frame->masked : 0},
        {"images", app->take.count > 0 ? app->take.steps[0]->images : 0},
        {"width", app->take.width},
        {"height", app->take.height},
        {"running", app->running != 0},
        {"paused", app->paused},
        {"sheet", app->sheet},
        {"image", app->image},
        {"class", app->panel.options.class_index},
        {"drawn_class", app->take.options.class_index},
        {"seed", (double)app->panel.options.seed},
        {"locked", app->panel.seed_locked},
        {"steps", (double)app->panel.steps},
        {"made", (double)app->gallery.count},
        {"pace", app->outlook.pace},
        {"windows", app->take.windows},
        {"window", app->outlook.window},
    };
    return find_value(values, sizeof values / sizeof values[0], name, number);
}

/* What is being edited. */
static bool canvas_value(struct app *app, const char *name, double *number) {
    const struct canvas *canvas = &app->canvas;
    const struct value values[] = {
        {"mask_pixels", (double)canvas->mask.count},
        {"undo", (double)canvas->history.current},
        {"brush", (double)canvas->brush},
        {"tool", canvas->tool},
        {"zoom", (double)canvas->view.zoom},
        {"can_paint", app_can_paint(app)},
        {"can_resume", app_can_resume(app)},
        {"changed", (double)changed_pixels(app)},
        {"redo",
         (double)(canvas->history.count > 0 ? canvas->history.count - 1 - canvas->history.current
                                            : 0)},
        {"comparing", canvas->comparing},
        {"mask_drawn", canvas->mask_drawn == canvas->mask.version},
        {"extend_left", canvas->extend[SIDE_LEFT]},
        {"extend_right", canvas->extend[SIDE_RIGHT]},
        {"extend_top", canvas->extend[SIDE_TOP]},
        {"extend_bottom", canvas->extend[SIDE_BOTTOM]},
    };
    return find_value(values, sizeof values / sizeof values[0], name, number);
}

/* The window, its speed and its memory. */
static bool window_value(struct app *app, const char *name, double *number) {
    const struct value values[] = {
        {"scale", (double)app->ui.scale},
        {"noted", (double)note_count},
        {"devices", app->devices != NULL ? (double)app->devices->count : -1},
        {"loaded", app->catalog != NULL},
        {"window_width", window_width(app)},
        {"memory", resident_megabytes()},
        {"kept", (double)(gallery_bytes(&app->gallery) + take_size(&app->take)) / 1048576},
        {"legend", legend_lines(app)},
        {"help", app->help},
        {"dark", app->dark},
        {"frames", app->times.count},
        {"frame_p50", quantile(app->times.ms, app->times.count, 0.5)},
        {"frame_p99", quantile(app->times.ms, app->times.count, 0.99)},
        {"cpu_p50", quantile(app->times.cpu, app->times.count, 0.5)},
        {"cpu_p99", quantile(app->times.cpu, app->times.count, 0.99)},
        {"cancel_ms", app->times.cancel_ms},
    };
    return find_value(values, sizeof values / sizeof values[0], name, number);
}

static bool number_value(struct app *app, const char *name, double *number) {
    um_setting_id id;
    if (take_value(app, name, number) || canvas_value(app, name, number) ||
        window_value(app, name, number)) {
        return true;
    }
    if (!find_number(name, &id)) {
        return false;
    }
    *number = setting_number(id, &app->panel.options.sampling);
    return true;
}

static bool at_pixel(struct app *app, const char *name, char *text, size_t size) {
    unsigned x, y;
    const struct take_frame *frame = app_frame(app);
    if (sscanf(name, "mask %u %u", &x, &y) == 2 && x < app->canvas.mask.width &&
        y < app->canvas.mask.height) {
        snprintf(text, size, "%d", app->canvas.mask.cells[y * app->canvas.mask.width + x]);
        return true;
    }
    if (sscanf(name, "pixel %u %u", &x, &y) == 2 && frame != NULL && frame->rgb != NULL &&
        x < app->take.width && y < app->take.height) {
        const uint8_t *rgb = frame->rgb + ((size_t)y * app->take.width + x) * 3;
        snprintf(text, size, "%d,%d,%d", rgb[0], rgb[1], rgb[2]);
        return true;
    }
    return false;
}

bool script_value(struct app *app, const char *name, char *text, size_t size) {
    double number;
    if (strcmp(name, "lost") == 0) {
        snprintf(text, size, "%zu", lost_notes(app));
    } else if (number_value(app, name, &number)) {
        snprintf(text, size, "%.10g", number);
    } else if (strcmp(name, "message") == 0) {
        bool shown = app->toast.since > 0;
        snprintf(text, size, "%s", shown ? app->toast.text : "");
    } else if (strcmp(name, "plan") == 0) {
        app_plan_text(app, text, size);
    } else if (strcmp(name, "left") == 0) {
        app_left_text(app, text, size);
    } else if (strcmp(name, "tip") == 0) {
        snprintf(text, size, "%s", app->ui.tip);
    } else if (strcmp(name, "class_name") == 0) {
        snprintf(text, size, "%s", app->panel.class_text);
    } else if (strcmp(name, "device") == 0) {
        snprintf(text, size, "%s", app->catalog != NULL ? app->catalog->device.backend : "");
    } else if (strcmp(name, "model") == 0) {
        snprintf(text, size, "%s", app->catalog != NULL ? app->catalog->name : "");
    } else if (strcmp(name, "sampler") == 0) {
        snprintf(text, size, "%s", um_sampler_name(app->panel.options.sampling.sampler));
    } else if (strcmp(name, "digest") == 0) {
        snprintf(text, size, "%016llx", (unsigned long long)picture_digest(app));
    } else {
        return at_pixel(app, name, text, size);
    }
    return true;
}

static bool set_zoom(struct app *app, float zoom) {
    struct view *view = &app->canvas.view;
    struct area on = view->on;
    view->zoom = zoom >= 1 ? floorf(zoom) : zoom;
    view->left = floorf(on.x + (on.w - view->width * view->zoom) / 2);
    view->top = floorf(on.y + (on.h - view->height * view->zoom) / 2);
    app->canvas.fitted = false;
    return zoom > 0 && zoom <= VIEW_ZOOM_MOST;
}

static bool set_schedule(struct app *app, const char *value) {
    float table[8];
    size_t size = 0;
    return um_schedule_parse(value, &app->panel.options.sampling.schedule,
                             &app->panel.options.sampling.schedule_power, table, 8, &size) == UM_OK;
}

bool script_set(struct app *app, const char *name, const char *value) {
    struct draw_options *options = &app->panel.options;
    float number = strtof(value, NULL);
    struct {
        const char *name;
        float *target;
    } floats[] = {{"steps", &app->panel.steps},
                  {"images", &app->panel.images},
                  {"brush", &app->canvas.brush},
                  {"vary_share", &app->panel.vary_share},
                  {"scroll", &app->panel.scroll}};
    struct {
        const char *name;
        bool *target;
    } bools[] = {{"lock", &app->panel.seed_locked}, {"smooth", &app->canvas.smooth},
                 {"veil", &app->canvas.veil},       {"dark", &app->dark},
                 {"grid", &app->canvas.grid},       {"order", &app->canvas.order},
                 {"heat", &app->canvas.heat},       {"revised", &app->canvas.revised}};
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        if (strcmp(name, floats[i].name) == 0) {
            *floats[i].target = number;
            return true;
        }
    }
    for (size_t i = 0; i < sizeof bools / sizeof bools[0]; i++) {
        if (strcmp(name, bools[i].name) == 0) {
            *bools[i].target = number > 0;
            return true;
        }
    }
    um_setting_id id;
    if (find_number(name, &id)) {
        return um_setting_set(id, &options->sampling, strtod(value, NULL)) == UM_OK;
    }
    if (strcmp(name, "class") == 0) {
        app_set_class(app, (int32_t)number);
    } else if (strcmp(name, "seed") == 0) {
        app_set_seed(app, strtoull(value, NULL, 10));
    } else if (strcmp(name, "shown") == 0) {
        playback_seek(&app->playback, take_nearest(&app->take, (double)number), app->now);
    } else if (strcmp(name, "zoom") == 0) {
        return set_zoom(app, number);
    } else if (strcmp(name, "schedule") == 0) {
        return set_schedule(app, value);
    } else if (strcmp(name, "sampler") == 0) {
        return um_sampler_parse(value, &options->sampling.sampler) == UM_OK;
    } else {
        return false;
    }
    return true;
}
