/* Screen and picture coordinates. Pure functions.
 *
 * Window coordinates are what the mouse reports; output coordinates are the renderer's pixels
 * (window times density); picture coordinates count picture pixels from the top left corner, pixel
 * (x, y) covering [x, x + 1) x [y, y + 1). */
#ifndef VIEWER_GEOMETRY_H
#define VIEWER_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

struct point {
    float x, y;
};

struct area {
    float x, y, w, h;
};

/* Which part of the picture an area of the output shows. The picture's corner always lies on a
 * whole output pixel; where one paints, a zoom above 1 is a whole number, so that picture pixels
 * have equal sizes. */
struct view {
    struct area on;      /* output */
    float left, top;     /* output position of the picture's corner, whole numbers */
    float zoom;          /* output pixels per picture pixel */
    float width, height; /* picture */
};

enum { VIEW_ZOOM_MOST = 128 };

bool area_holds(struct area area, struct point at);
struct area area_inset(struct area area, float by);

/* Window coordinates to output coordinates. */
struct point window_to_output(struct point window, float density);

/* Centres the whole picture with at least `margin` output pixels around it. `exact`: with a zoom
 * above 1 that is a whole number; else with the largest that fits. */
void view_fit(struct view *view, struct area on, float width, float height, float margin,
              bool exact);

/* Moves the picture to a changed area, keeping zoom and the point in the middle. */
void view_place(struct view *view, struct area on);

/* Zooms so that the picture point under `at` stays there (to within a pixel of the output). */
void view_zoom_at(struct view *view, struct point at, bool closer);

/* A part of the picture stays visible, however far one pans. */
void view_pan(struct view *view, float dx, float dy);

struct point view_to_picture(const struct view *view, struct point output);
struct point view_to_output(const struct view *view, struct point picture);

/* The output area of a rectangle of picture pixels. */
struct area view_area(const struct view *view, float x, float y, float w, float h);

/* The picture pixel under `output`. False outside the picture. */
bool view_pixel(const struct view *view, struct point output, int32_t *x, int32_t *y);

#endif
