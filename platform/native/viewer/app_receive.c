/* What the worker sends. */
#include "viewer/app.h"

#include "common/utf8.h"
#include "viewer/places.h"
#include "viewer/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The class that was named at the start. */
static void find_wanted(struct app *app) {
    const struct catalog *c = app->catalog;
    int32_t found;
    if (app->class_wanted == NULL) {
        return;
    }
    if (search_classes(app->class_wanted, c->names, c->symbols, c->class_count, &found, 1) == 1) {
        app_set_class(app, found);
    } else if (!app->class_remembered) {
        char text[300];
        snprintf(text, sizeof text, "The model has no class '%.*s'.",
                 (int)utf8_fit(app->class_wanted, 200), app->class_wanted);
        app_say(app, true, text);
    }
    app->class_wanted = NULL;
}

void app_use_defaults(struct app *app) {
    const struct catalog *catalog = app->catalog;
    struct draw_options *options = &app->panel.options;
    const uint32_t steps = options->sampling.steps;
    app->panel.steps = (float)catalog->defaults.steps;
    options->sampling = catalog->defaults;
    options->sampling.steps = steps;
    if (!catalog->has_null_class) {
        um_setting_set(UM_SETTING_CFG_SCALE, &options->sampling, 0);
    }
}

static void take_model(struct app *app, struct message *message) {
    bool first = app->catalog == NULL;
    app->outlook = (struct outlook){0}; /* another device has another pace */
    struct draw_options *options = &app->panel.options;
    catalog_free(app->catalog);
    struct catalog *catalog = app->catalog = message->catalog;
    message->catalog = NULL;
    bool same = app->panel.steps > 0 && !first && options->class_index >= 0 &&
                (uint32_t)options->class_index < catalog->class_count &&
                strcmp(catalog->names[options->class_index], app->panel.class_text) == 0;
    if (!same) {
        uint32_t steps = options->sampling.steps;
        float wanted = app->panel.steps;
        app_use_defaults(app);
        app->panel.steps = steps != 0 ? wanted : app->panel.steps;
        bool known =
            options->class_index >= 0 && (uint32_t)options->class_index < catalog->class_count;
        app_set_class(app, known ? options->class_index : 0);
    }
    find_wanted(app);
    if (!catalog->has_null_class) {
        um_setting_set(UM_SETTING_CFG_SCALE, &options->sampling, 0);
    }
    snprintf(app->panel.matched, sizeof app->panel.matched, "\1");
    if (app->draw_when_loaded) {
        app->draw_when_loaded = false;
        app_draw(app);
    }
}

/* The picture that is edited, on a canvas of the new size; NULL when memory has run out. */
static uint8_t *source_on_canvas(const struct canvas *canvas, const struct message *message) {
    size_t bytes = (size_t)message->width * message->height * 3;
    size_t row = (size_t)canvas->source_width * 3;
    uint8_t *made = canvas->source != NULL ? malloc(bytes) : NULL;
    if (made == NULL) {
        return NULL;
    }
    memset(made, 128, bytes);
    for (uint32_t y = 0; y < canvas->source_height; y++) {
        memcpy(made + ((size_t)(y + message->top) * message->width + message->left) * 3,
               canvas->source + row * y, row);
    }
    return made;
}

static void take_begun(struct app *app, const struct message *message) {
    struct take *take = &app->take;
    bool resumed = strcmp(take->command, "resume") == 0, edit = take->edited && !resumed;
    take->width = message->width;
    take->height = message->height;
    take->grid_width = message->grid_width;
    take->grid_height = message->grid_height;
    take->total = message->total;
    take->windows = message->windows;
    app->outlook.window = app->outlook.rounds = 0;
    playback_start(&app->playback, app->now);
    if (edit) {
        uint8_t *source = source_on_canvas(&app->canvas, message);
        take_drop_steps(take);
        take_add_start(take, source);
        free(source);
        app_carry_mask(app, message->left, message->top);
        return;
    }
    if (!resumed) {
        take_add_start(take, NULL);
    } else {
        app->playback.at = app->playback.from = take->count - 1;
    }
    app_fit_mask(app);
}

static void take_ended(struct app *app) {
    app->running = 0;
    app->paused = false;
    app->take.ended = true;
    if (app->times.cancel_asked > 0) {
        app->times.cancel_ms = (app->now - app->times.cancel_asked) * 1000;
        app->times.cancel_asked = 0;
    }
    if (!gallery_knows(&app->gallery, app->take.id)) {
        app_show_again(app); /* nothing came of it */
    }
}

static void use_settings(struct app *app, const struct meta *meta) {
    struct draw_options *options = &app->panel.options;
    um_sampling sampling = meta->sampling;
    if (sampling.schedule == UM_SCHEDULE_TABLE) {
        sampling.schedule = options->sampling.schedule; /* the panel has no lists */
        sampling.schedule_power = options->sampling.schedule_power;
    }
    options->sampling = sampling;
    app_set_seed(app, meta->seed);
    app->panel.opened_seed = meta->seed;
    app->panel.opened_image = meta->first_image;
    app->panel.steps = (float)meta->sampling.steps;
    long class_index = strtol(meta->classes, NULL, 10);
    bool known = app->catalog != NULL && class_index >= 0 &&
                 (unsigned long)class_index < app->catalog->class_count;
    if (known) {
        app_set_class(app, (int32_t)class_index);
    }
    app->panel.seed_locked = true;
}

/* What can be done with a picture that was opened, and what had to be done to it. */
static void say_opened(struct app *app, const struct message *message) {
    char text[600];
    const char *next = "Paint over what to draw anew, or drag an edge outwards.";
    if (message->has_settings) {
        next = strcmp(message->settings.command, "generate") == 0
                   ? "Its settings are in the panel now; R draws it again."
                   : "Its settings are in the panel now; it was made from another picture.";
    }
    snprintf(text, sizeof text, "%s%s%s", next, message->remark[0] != '\0' ? " " : "",
             message->remark);
    app_say(app, false, text);
}

/* Whether the model cannot edit the picture; says so. */
static bool too_small(struct app *app, const struct message *message) {
    const struct catalog *catalog = app->catalog;
    char text[300];
    if (catalog == NULL ||
        (message->width >= catalog->image_width && message->height >= catalog->image_height)) {
        return false;
    }
    snprintf(text, sizeof text, "That picture is %u x %u pixels; editing needs at least %u x %u.",
             message->width, message->height, catalog->image_width, catalog->image_height);
    app_say(app, true, text);
    return true;
}

static void take_picture(struct app *app, struct message *message) {
    uint32_t patch_w = 1, patch_h = 1;
    if (too_small(app, message)) {
        return;
    }
    if (app->catalog != NULL) {
        patch_w = app->catalog->image_width / app->catalog->grid_width;
        patch_h = app->catalog->image_height / app->catalog->grid_height;
    }
    uint32_t gw = (message->width + patch_w - 1) / patch_w;
    uint32_t gh = (message->height + patch_h - 1) / patch_h;
    struct take_step *step = take_step_make(0, 1, (size_t)gw * gh, 0);
    if (step == NULL) {
        app_say(app, true, "Out of memory.");
        return;
    }
    app_cancel(app);
    app->running = 0;
    app_put_away(app);
    for (size_t i = 0; i < (size_t)gw * gh; i++) {
        step->frames[0].fixed_step[i] = 0;
    }
    step->frames[0].masked = 0;
    step->frames[0].rgb = message->pixels;
    message->pixels = NULL;
    if (message->has_settings) {
        use_settings(app, &message->settings);
    }
    app->take = (struct take){.id = ++app->last_id,
                              .options = app->panel.options,
                              .width = message->width,
                              .height = message->height,
                              .grid_width = gw,
                              .grid_height = gh,
                              .command = "read",
                              .scale = message->scale,
                              .ended = true,
                              .edited = true,
                              .saved = 1};
    take_add(&app->take, step);
    if (!message->has_settings) {
        path_stem(app->take.name, sizeof app->take.name, message->text);
    }
    app->image = 0;
    app->sheet = false;
    playback_start(&app->playback, app->now);
    app_fit_mask(app);
    app_made(app);
    say_opened(app, message);
}

/* With the first step of a drawing there is something to come back to. */
static void take_step_in(struct app *app, struct message *message) {
    take_add(&app->take, message->step);
    message->step = NULL;
    if (!gallery_knows(&app->gallery, app->take.id)) {
        app_made(app);
    }
}

static void mark_saved(struct app *app, const struct message *message) {
    struct take *take =
        message->id == app->take.id ? &app->take : gallery_find(&app->gallery, message->id);
    if (take != NULL) {
        take->saved |= message->saved;
    }
}

static void receive(struct app *app, struct message *message) {
    bool current = message->id != 0 && message->id == app->running;
    switch (message->kind) {
    case MSG_BUSY:
        utf8_copy(app->busy, sizeof app->busy, message->text);
        break;
    case MSG_DEVICES:
        device_list_free(app->devices);
        app->devices = message->devices;
        message->devices = NULL;
        break;
    case MSG_MODEL:
        take_model(app, message);
        break;
    case MSG_BEGUN:
        if (current) {
            take_begun(app, message);
        }
        break;
    case MSG_PLAN:
        app->outlook.known = message->id;
        app->outlook.windows = message->windows;
        app->outlook.steps = message->total;
        break;
    case MSG_STEP:
        if (current) {
            app_note_pace(app, message);
            take_step_in(app, message);
        }
        break;
    case MSG_ENDED:
        if (current) {
            take_ended(app);
        }
        break;
    case MSG_PICTURE:
        take_picture(app, message);
        break;
    case MSG_NOTE:
    case MSG_ERROR:
        if (message->kind == MSG_ERROR && app->catalog == NULL && app->device_remembered) {
            app->device_remembered = false;
            app->device[0] = '\0';
            app_open(app, app->model_wanted, "");
            break;
        }
        app_say(app, message->kind == MSG_ERROR, message->text);
        mark_saved(app, message);
        break;
    }
}

void app_receive(struct app *app) {
    struct message *message;
    while (app->worker != NULL && (message = worker_poll(app->worker)) != NULL) {
        receive(app, message);
        message_free(message);
        app->dirty = true;
    }
}
