/* Painting masks: strokes, boxes, sizes, panning, and dragging an edge outwards. */
#include "viewer/app.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float BRUSH_LEAST = 1;

/* ------------------------------------------------------------------ how the mask looks */

/* Inside: a hatch of two tones, so that it shows on every colour; its border: solid. */
static void mask_pixels(const struct mask *mask, const struct mask_area *area, SDL_Color color,
                        uint8_t *out) {
    for (uint32_t y = area->top; y < area->bottom; y++) {
        const uint8_t *row = mask->cells + (size_t)y * mask->width;
        for (uint32_t x = area->left; x < area->right; x++, out += 4) {
            bool dark = ((x + y) / 2) % 2 == 0;
            out[0] = dark ? (uint8_t)(color.r * 3 / 5) : color.r;
            out[1] = dark ? (uint8_t)(color.g * 3 / 5) : color.g;
            out[2] = dark ? (uint8_t)(color.b * 3 / 5) : color.b;
            out[3] = row[x] != 0 ? (dark ? 150 : 165) : 0;
        }
    }
}

static bool make_texture(struct app *app) {
    struct canvas *canvas = &app->canvas;
    int width = (int)canvas->mask.width, height = (int)canvas->mask.height;
    if (canvas->mask_texture != NULL && canvas->mask_width == width &&
        canvas->mask_height == height) {
        return true;
    }
    SDL_DestroyTexture(canvas->mask_texture);
    canvas->mask_texture = SDL_CreateTexture(app->ui.draw.renderer, SDL_PIXELFORMAT_RGBA32,
                                             SDL_TEXTUREACCESS_STREAMING, width, height);
    canvas->mask_width = width;
    canvas->mask_height = height;
    canvas->mask_version = 0;
    if (canvas->mask_texture == NULL) {
        return false;
    }
    SDL_SetTextureBlendMode(canvas->mask_texture, SDL_BLENDMODE_BLEND);
    SDL_SetTextureScaleMode(canvas->mask_texture, SDL_ScaleModeNearest);
    return true;
}

/* Only where the mask has changed: on a photo the whole would take longer than a frame. */
static bool update_texture(struct app *app) {
    struct canvas *canvas = &app->canvas;
    struct mask *mask = &canvas->mask;
    if (!make_texture(app)) {
        return false;
    }
    if (canvas->mask_version == mask->version) {
        return true;
    }
    struct mask_area area = mask_take_changes(mask);
    if (canvas->mask_version == 0) {
        area = (struct mask_area){0, 0, mask->width, mask->height};
    }
    int width = (int)(area.right - area.left), height = (int)(area.bottom - area.top);
    uint8_t *pixels = malloc((size_t)width * (size_t)height * 4 + 1);
    if (pixels == NULL) {
        canvas->mask_version = 0; /* the whole, next time */
        return false;
    }
    if (width > 0) {
        mask_pixels(mask, &area, app->ui.theme->mask, pixels);
        SDL_Rect on = {(int)area.left, (int)area.top, width, height};
        SDL_UpdateTexture(canvas->mask_texture, &on, pixels, width * 4);
    }
    free(pixels);
    canvas->mask_version = mask->version;
    return true;
}

/* Runs of border between masked and other pixels, one horizontal and one vertical sweep. */
static void draw_border(struct app *app, bool across) {
    const struct mask *mask = &app->canvas.mask;
    const struct view *view = &app->canvas.view;
    uint32_t lines = across ? mask->height : mask->width;
    uint32_t length = across ? mask->width : mask->height;
    size_t step = across ? 1 : mask->width, skip = across ? mask->width : 1;
    float t = fmaxf(1, roundf(app->ui.scale * 1.5F));
    for (uint32_t line = 0; line <= lines; line++) {
        for (uint32_t i = 0; i < length; i++) {
            uint32_t first = i;
            while (i < length) {
                size_t at = line * skip + i * step;
                bool a = line > 0 && mask->cells[at - skip] != 0;
                bool b = line < lines && mask->cells[at] != 0;
                if (a == b) {
                    break;
                }
                i++;
            }
            if (i > first) {
                float l = (float)line, f = (float)first, n = (float)(i - first);
                struct area edge =
                    across ? view_area(view, f, l, n, 0) : view_area(view, l, f, 0, n);
                edge.w = across ? edge.w : t;
                edge.h = across ? t : edge.h;
                draw_rect(&app->ui.draw, edge, (SDL_Color){255, 255, 255, 230});
            }
        }
    }
}

void canvas_draw_mask(struct app *app, struct area at) {
    const struct mask *mask = &app->canvas.mask;
    if (mask->count == 0 || !update_texture(app)) {
        return;
    }
    SDL_FRect to = {at.x, at.y, at.w, at.h};
    bool bordered = app->canvas.view.zoom >= 2 && mask->width <= 1024 && mask->height <= 1024;
    bool drawn = app->canvas.mask_drawn == mask->version; /* the result is what one wants to see */
    SDL_SetTextureAlphaMod(app->canvas.mask_texture, drawn ? 60 : 255);
    if (!drawn || !bordered) {
        SDL_RenderCopyF(app->ui.draw.renderer, app->canvas.mask_texture, NULL, &to);
    }
    if (bordered) {
        draw_border(app, true);
        draw_border(app, false);
    }
}

/* ------------------------------------------------------------------ gestures */

static void stroke(struct app *app, struct point to, bool first) {
    struct canvas *canvas = &app->canvas;
    struct gesture *gesture = &canvas->gesture;
    struct point from = first ? to : gesture->last;
    uint8_t value = gesture->kind == GESTURE_STROKE ? 1 : 0;
    mask_stroke(&canvas->mask, from.x, from.y, to.x, to.y, canvas->brush / 2, value);
    gesture->last = to;
}

bool canvas_near_edge(const struct app *app, struct point mouse, enum side *side) {
    const struct view *view = &app->canvas.view;
    const uint32_t *extend = app->canvas.extend;
    struct area at = view_area(view, 0, 0, view->width, view->height);
    float reach = ui_px(&app->ui, 12), long_ = ui_px(&app->ui, 30);
    float mx = at.x + at.w / 2, my = at.y + at.h / 2, z = view->zoom;
    struct point handles[SIDES] = {{at.x - (float)extend[SIDE_LEFT] * z - reach, my},
                                   {at.x + at.w + (float)extend[SIDE_RIGHT] * z + reach, my},
                                   {mx, at.y - (float)extend[SIDE_TOP] * z - reach},
                                   {mx, at.y + at.h + (float)extend[SIDE_BOTTOM] * z + reach}};
    for (int i = 0; i < SIDES; i++) {
        bool upright = i == SIDE_LEFT || i == SIDE_RIGHT;
        float dx = fabsf(mouse.x - handles[i].x), dy = fabsf(mouse.y - handles[i].y);
        if (dx <= (upright ? reach : long_) && dy <= (upright ? long_ : reach)) {
            *side = (enum side)i;
            return true;
        }
    }
    return false;
}

static void begin(struct app *app, struct point mouse) {
    struct canvas *canvas = &app->canvas;
    struct ui_input *in = &app->ui.input;
    struct gesture *gesture = &canvas->gesture;
    struct point at = view_to_picture(&canvas->view, mouse);
    bool paintable = app_can_paint(app) && !canvas->comparing;
    enum side side;
    *gesture = (struct gesture){.last = mouse};
    if (in->pressed[UI_MIDDLE] || (in->pressed[UI_LEFT] && canvas->space_down) ||
        (in->pressed[UI_LEFT] && canvas->tool == TOOL_HAND)) {
        gesture->kind = GESTURE_PAN;
        canvas->space_used = true;
    } else if (in->pressed[UI_LEFT] && paintable && canvas_near_edge(app, mouse, &side)) {
        gesture->kind = GESTURE_EXTEND;
        gesture->side = side;
        gesture->start = (float)canvas->extend[side];
    } else if ((in->pressed[UI_LEFT] || in->pressed[UI_RIGHT]) && paintable) {
        bool erase = in->pressed[UI_RIGHT] || canvas->tool == TOOL_ERASER;
        gesture->kind = erase ? GESTURE_ERASE : GESTURE_STROKE;
        if (canvas->tool == TOOL_BOX && !in->pressed[UI_RIGHT]) {
            gesture->kind = GESTURE_BOX;
            int32_t x = (int32_t)floorf(at.x), y = (int32_t)floorf(at.y);
            memcpy(gesture->box, (int32_t[4]){x, y, x, y}, sizeof gesture->box);
        } else {
            stroke(app, at, true);
        }
    }
    bool sheet = app->sheet && app->take.count > 0; /* there are pictures on it */
    if (sheet && in->pressed[UI_LEFT] && gesture->kind == GESTURE_NONE) {
        uint32_t columns = app_sheet_columns(app);
        int32_t x, y;
        if (view_pixel(&canvas->view, mouse, &x, &y)) {
            uint32_t column = (uint32_t)x / (app->take.width + SHEET_GAP);
            uint32_t row = (uint32_t)y / (app->take.height + SHEET_GAP);
            if (row * columns + column < app->take.steps[0]->images) {
                app_toggle_sheet(app, row * columns + column);
            }
        }
    } else if (!app->sheet && in->doubled && canvas->tool == TOOL_HAND) {
        app_toggle_sheet(app, app->image);
    }
}

static void extend(struct app *app, struct point mouse) {
    struct canvas *canvas = &app->canvas;
    struct gesture *gesture = &canvas->gesture;
    float dx = (mouse.x - gesture->last.x) / canvas->view.zoom;
    float dy = (mouse.y - gesture->last.y) / canvas->view.zoom;
    float by = gesture->side == SIDE_LEFT    ? -dx
               : gesture->side == SIDE_RIGHT ? dx
               : gesture->side == SIDE_TOP   ? -dy
                                             : dy;
    bool wide = gesture->side <= SIDE_RIGHT;
    uint32_t size = wide ? app->take.width : app->take.height;
    uint32_t grid = wide ? app->take.grid_width : app->take.grid_height;
    float patch = (float)((size + grid - 1) / grid);
    float pixels = roundf((gesture->start + by) / patch) * patch;
    canvas->extend[gesture->side] = (uint32_t)fminf(fmaxf(pixels, 0), (float)(8 * size));
}

void canvas_motion(struct app *app, struct point mouse) {
    struct canvas *canvas = &app->canvas;
    struct gesture *gesture = &canvas->gesture;
    struct point at = view_to_picture(&canvas->view, mouse);
    switch (gesture->kind) {
    case GESTURE_STROKE:
    case GESTURE_ERASE:
        stroke(app, at, false);
        break;
    case GESTURE_BOX:
        gesture->box[2] = (int32_t)floorf(at.x);
        gesture->box[3] = (int32_t)floorf(at.y);
        break;
    case GESTURE_PAN:
        view_pan(&canvas->view, mouse.x - gesture->last.x, mouse.y - gesture->last.y);
        canvas->fitted = false;
        gesture->last = mouse;
        break;
    case GESTURE_EXTEND:
        extend(app, mouse);
        break;
    default:
        break;
    }
}

void canvas_end_gesture(struct app *app) {
    struct canvas *canvas = &app->canvas;
    struct gesture *gesture = &canvas->gesture;
    if (gesture->kind == GESTURE_BOX) {
        const int32_t *b = gesture->box;
        mask_box(&canvas->mask, b[0], b[1], b[2], b[3], 1);
    }
    if (gesture->kind == GESTURE_BOX || gesture->kind == GESTURE_STROKE ||
        gesture->kind == GESTURE_ERASE || gesture->kind == GESTURE_EXTEND) {
        app_remember(app);
    }
    gesture->kind = GESTURE_NONE;
}

static void wheel(struct app *app, float by) {
    struct canvas *canvas = &app->canvas;
    if ((app->ui.input.mod & KMOD_CTRL) != 0) {
        float brush = canvas->brush * (by > 0 ? 1.2F : 1 / 1.2F);
        brush = by > 0 ? ceilf(brush) : floorf(brush);
        canvas->brush = fminf(fmaxf(brush, BRUSH_LEAST), app_brush_most(app));
        return;
    }
    view_zoom_at(&canvas->view, app->ui.input.mouse, by > 0);
    canvas->fitted = false;
}

void canvas_mouse(struct app *app, struct area area) {
    struct canvas *canvas = &app->canvas;
    struct ui_input *in = &app->ui.input;
    bool over = area_holds(area, in->mouse) && ui_mouse_free(&app->ui) && !app->help;
    if (canvas->gesture.kind != GESTURE_NONE) {
        canvas_motion(app, in->mouse);
        if (in->released[UI_LEFT] || in->released[UI_MIDDLE] || in->released[UI_RIGHT]) {
            canvas_end_gesture(app);
        }
    } else if (over && (in->pressed[UI_LEFT] || in->pressed[UI_MIDDLE] || in->pressed[UI_RIGHT])) {
        begin(app, in->mouse);
        if (canvas->gesture.kind != GESTURE_NONE && !in->down[UI_LEFT] && !in->down[UI_MIDDLE] &&
            !in->down[UI_RIGHT]) {
            canvas_end_gesture(app); /* pressed and released between two frames */
        }
    }
    if (over && (in->wheel > 0 || in->wheel < 0)) {
        wheel(app, in->wheel);
    }
}
