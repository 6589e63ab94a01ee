/* What is shown: frames, the contact sheet, and whether it can be painted on. */
#include "viewer/app.h"

#include <math.h>
#include <string.h>

const struct take_frame *app_frame(const struct app *app) {
    return take_frame_at(&app->take, app->playback.at, app->image);
}

uint32_t app_images(const struct app *app) {
    return app->take.count > 0 ? app->take.steps[0]->images : 1;
}

uint32_t app_sheet_columns(const struct app *app) {
    return (uint32_t)ceil(sqrt((double)app_images(app)));
}

void app_image_corner(const struct app *app, uint32_t image, uint32_t *x, uint32_t *y) {
    uint32_t columns = app_sheet_columns(app);
    *x = image % columns * (app->take.width + SHEET_GAP);
    *y = image / columns * (app->take.height + SHEET_GAP);
}

void app_document(const struct app *app, uint32_t *width, uint32_t *height) {
    *width = app->take.width > 0 ? app->take.width : 64;
    *height = app->take.height > 0 ? app->take.height : 64;
    if (app->sheet) {
        uint32_t columns = app_sheet_columns(app), rows = (app_images(app) + columns - 1) / columns;
        *width = columns * (*width + SHEET_GAP) - SHEET_GAP;
        *height = rows * (*height + SHEET_GAP) - SHEET_GAP;
    }
}

bool app_can_paint(const struct app *app) {
    const struct take_frame *frame = app_frame(app);
    return app->running == 0 && !app->sheet && frame != NULL && frame->rgb != NULL &&
           frame->masked == 0 && app->playback.at + 1 == app->take.count;
}

bool app_can_resume(const struct app *app) {
    const struct take *take = &app->take;
    size_t at = app->playback.at;
    bool model_grid = app->catalog != NULL && take->grid_width == app->catalog->grid_width &&
                      take->grid_height == app->catalog->grid_height && take_before(take) == NULL;
    return app->running == 0 && model_grid && at > 0 && at + 1 < take->count &&
           take->steps[at]->frames[0].masked > 0;
}

float app_brush_most(const struct app *app) {
    uint32_t side = app->take.width > app->take.height ? app->take.width : app->take.height;
    return fmaxf((float)side, 64);
}

void app_fit_brush(struct app *app) {
    struct canvas *canvas = &app->canvas;
    float side = app_brush_most(app);
    float from = canvas->brush_for > 0 ? canvas->brush_for : 64;
    canvas->brush = fmaxf(canvas->brush * side / from, 1);
    canvas->brush_for = side;
}

void app_fit_mask(struct app *app) {
    struct canvas *canvas = &app->canvas;
    uint32_t width = app->take.width, height = app->take.height;
    if (canvas->mask.width != width || canvas->mask.height != height) {
        if (!mask_make(&canvas->mask, width, height)) {
            app_say(app, true, "Out of memory.");
        }
    } else if (canvas->mask.count > 0) {
        mask_fill(&canvas->mask, 0);
    }
    app_fit_brush(app);
    canvas->mask_drawn = 0;
    memset(canvas->extend, 0, sizeof canvas->extend);
    canvas->fitted = true;
    canvas->placed = false;
}

void app_carry_mask(struct app *app, uint32_t left, uint32_t top) {
    struct canvas *canvas = &app->canvas;
    if (!mask_move(&canvas->mask, app->take.width, app->take.height, left, top)) {
        app_fit_mask(app);
        app_say(app, true, "Out of memory.");
        return;
    }
    app_fit_brush(app);
    canvas->mask_drawn = canvas->mask.version;
    memset(canvas->extend, 0, sizeof canvas->extend);
    canvas->fitted = true;
    canvas->placed = false;
}

bool app_is_part(const struct app *app) {
    return !app->sheet && app_images(app) > 1;
}
