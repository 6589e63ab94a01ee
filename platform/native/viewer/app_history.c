/* Nothing that was made is lost: undo and redo, and going back to what was made before. */
#include "viewer/app.h"

#include <string.h>

static const struct gallery_limits LIMITS = {.reveals = (size_t)256 << 20,
                                             .pictures = (size_t)1 << 30};

static struct scene scene_now(const struct app *app) {
    const struct canvas *canvas = &app->canvas;
    struct scene scene = {.take = app->take.id,
                          .image = app->image,
                          .sheet = app->sheet,
                          .drawn = canvas->mask_drawn == canvas->mask.version};
    memcpy(scene.extend, canvas->extend, sizeof scene.extend);
    return scene;
}

void app_remember(struct app *app) {
    struct scene scene = scene_now(app);
    if (gallery_knows(&app->gallery, scene.take) &&
        !history_add(&app->canvas.history, &scene, &app->canvas.mask)) {
        app_say(app, true, "Out of memory.");
    }
}

void app_made(struct app *app) {
    uint64_t gone;
    if (!gallery_open(&app->gallery, app->take.id)) {
        app_say(app, true, "Out of memory.");
    }
    app_remember(app);
    while ((gone = gallery_trim(&app->gallery, &LIMITS)) != 0) {
        history_forget(&app->canvas.history, gone);
    }
}

void app_put_away(struct app *app) {
    app->take.ended = true;
    gallery_put(&app->gallery, &app->take);
}

/* What was drawn by then stays as it is. */
static void leave_running(struct app *app) {
    app_cancel(app);
    app->running = 0;
    app->take.ended = true;
}

static void change_take(struct app *app, uint64_t id) {
    app_put_away(app);
    gallery_take(&app->gallery, id, &app->take);
    const struct draw_options *options = &app->take.options;
    if (app->catalog == NULL || (uint32_t)options->class_index < app->catalog->class_count) {
        app_set_class(app, options->class_index);
    }
    app_set_seed(app, options->seed);
    playback_start(&app->playback, app->now);
}

static void show(struct app *app, const struct scene *scene) {
    struct canvas *canvas = &app->canvas;
    uint32_t width, height, new_width, new_height;
    app_document(app, &width, &height);
    leave_running(app);
    if (scene->take != app->take.id) {
        change_take(app, scene->take);
    }
    app->image = scene->image;
    app->sheet = scene->sheet;
    memcpy(canvas->extend, scene->extend, sizeof canvas->extend);
    canvas->mask_drawn = scene->drawn ? canvas->mask.version : 0;
    canvas->gesture.kind = GESTURE_NONE;
    canvas->comparing = false;
    playback_seek(&app->playback, app->take.count > 0 ? app->take.count - 1 : 0, app->now);
    app_document(app, &new_width, &new_height);
    app_fit_brush(app);
    if (new_width != width || new_height != height) {
        canvas->fitted = true;
        canvas->placed = false;
    }
    app->dirty = true;
}

void app_show_again(struct app *app) {
    struct scene scene;
    if (history_again(&app->canvas.history, &scene, &app->canvas.mask)) {
        show(app, &scene);
    }
}

void app_undo(struct app *app) {
    struct scene scene;
    if (app->running != 0 && !gallery_knows(&app->gallery, app->take.id)) {
        app_show_again(app); /* nothing came of it yet */
    } else if (history_undo(&app->canvas.history, &scene, &app->canvas.mask)) {
        show(app, &scene);
    }
}

void app_redo(struct app *app) {
    struct scene scene;
    if (app->running == 0 && history_redo(&app->canvas.history, &scene, &app->canvas.mask)) {
        show(app, &scene);
    }
}

bool app_can_undo(const struct app *app) {
    return app->canvas.history.current > 0 || (app->running != 0 && app->canvas.history.count > 0);
}

bool app_can_redo(const struct app *app) {
    return app->running == 0 && app->canvas.history.current + 1 < app->canvas.history.count;
}

void app_toggle_sheet(struct app *app, uint32_t image) {
    if (app_images(app) > 1) {
        app->sheet = !app->sheet;
        app->image = image < app_images(app) ? image : 0;
        app->canvas.fitted = true;
        app->canvas.placed = false;
        app->dirty = true;
        app_remember(app);
    }
}

void app_back(struct app *app) {
    struct scene scene;
    if (app->running != 0 && !gallery_knows(&app->gallery, app->take.id)) {
        app_show_again(app);
    } else if (app_is_part(app)) {
        app_toggle_sheet(app, app->image);
    } else if (history_back(&app->canvas.history, &scene, &app->canvas.mask)) {
        show(app, &scene);
    }
}

bool app_can_go_back(const struct app *app) {
    return app_is_part(app) || history_can_go_back(&app->canvas.history) ||
           (app->running != 0 && app->canvas.history.count > 0);
}

void app_show_made(struct app *app, uint64_t id) {
    struct scene scene;
    const struct take *take = gallery_find(&app->gallery, id);
    if (take == NULL || id == app->take.id) {
        return;
    }
    if (!history_find(&app->canvas.history, id, &scene, &app->canvas.mask)) {
        scene = (struct scene){.take = id, .sheet = take->steps[0]->images > 1};
        mask_make(&app->canvas.mask, take->width, take->height);
    }
    show(app, &scene);
    app_remember(app);
}
