/* Screen and picture coordinates. */
#include "viewer/geometry.h"

#include <math.h>

static const float VISIBLE = 24; /* output pixels of the picture that panning leaves on screen */

bool area_holds(struct area area, struct point at) {
    return at.x >= area.x && at.y >= area.y && at.x < area.x + area.w && at.y < area.y + area.h;
}

struct area area_inset(struct area area, float by) {
    return (struct area){area.x + by, area.y + by, fmaxf(area.w - 2 * by, 0),
                         fmaxf(area.h - 2 * by, 0)};
}

struct point window_to_output(struct point window, float density) {
    /* The middle of the window pixel: with density 2 the corner would favour one side. */
    return (struct point){(window.x + 0.5F) * density, (window.y + 0.5F) * density};
}

static float snap_zoom(float zoom) {
    if (zoom >= 1) {
        return fminf(floorf(zoom), VIEW_ZOOM_MOST);
    }
    return fmaxf(zoom, 1.0F / 64);
}

static void keep_visible(struct view *view) {
    float width = view->width * view->zoom, height = view->height * view->zoom;
    struct area on = view->on;
    view->left = fminf(fmaxf(view->left, on.x + VISIBLE - width), on.x + on.w - VISIBLE);
    view->top = fminf(fmaxf(view->top, on.y + VISIBLE - height), on.y + on.h - VISIBLE);
    view->left = floorf(view->left);
    view->top = floorf(view->top);
}

void view_fit(struct view *view, struct area on, float width, float height, float margin,
              bool exact) {
    float w = fmaxf(on.w - 2 * margin, 1), h = fmaxf(on.h - 2 * margin, 1);
    *view = (struct view){.on = on, .width = width, .height = height};
    float zoom = fminf(w / width, h / height);
    view->zoom = exact ? snap_zoom(zoom) : fminf(fmaxf(zoom, 1.0F / 64), VIEW_ZOOM_MOST);
    view->left = floorf(on.x + (on.w - width * view->zoom) / 2);
    view->top = floorf(on.y + (on.h - height * view->zoom) / 2);
}

void view_place(struct view *view, struct area on) {
    view->left += on.x + on.w / 2 - view->on.x - view->on.w / 2;
    view->top += on.y + on.h / 2 - view->on.y - view->on.h / 2;
    view->on = on;
    keep_visible(view);
}

void view_zoom_at(struct view *view, struct point at, bool closer) {
    struct point fixed = view_to_picture(view, at);
    float zoom = view->zoom;
    if (zoom > 1 || (zoom == 1 && closer)) {
        float by = fmaxf(1, roundf(zoom * 0.2F));
        zoom = closer ? zoom + by : fmaxf(zoom - by, 1);
    } else {
        zoom = closer ? fminf(zoom * 1.25F, 1) : zoom / 1.25F;
    }
    view->zoom = snap_zoom(zoom);
    view->left = roundf(at.x - fixed.x * view->zoom);
    view->top = roundf(at.y - fixed.y * view->zoom);
    keep_visible(view);
}

void view_pan(struct view *view, float dx, float dy) {
    view->left += dx;
    view->top += dy;
    keep_visible(view);
}

struct point view_to_picture(const struct view *view, struct point output) {
    return (struct point){(output.x - view->left) / view->zoom,
                          (output.y - view->top) / view->zoom};
}

struct point view_to_output(const struct view *view, struct point picture) {
    return (struct point){view->left + picture.x * view->zoom, view->top + picture.y * view->zoom};
}

struct area view_area(const struct view *view, float x, float y, float w, float h) {
    struct point corner = view_to_output(view, (struct point){x, y});
    return (struct area){corner.x, corner.y, w * view->zoom, h * view->zoom};
}

bool view_pixel(const struct view *view, struct point output, int32_t *x, int32_t *y) {
    struct point at = view_to_picture(view, output);
    *x = (int32_t)floorf(at.x);
    *y = (int32_t)floorf(at.y);
    return at.x >= 0 && at.y >= 0 && at.x < view->width && at.y < view->height;
}
