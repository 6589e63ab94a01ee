/* The mask that is painted over a picture: one byte per pixel, 1 = repaint. Pure data. */
#ifndef VIEWER_MASK_H
#define VIEWER_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pixels from (left, top) up to, not including, (right, bottom); none where right is 0. */
struct mask_area {
    uint32_t left, top, right, bottom;
};

struct mask {
    uint32_t width, height;
    uint8_t *cells;           /* (height, width), 0 or 1; owned */
    uint64_t count;           /* of ones */
    uint64_t version;         /* grows with every change */
    struct mask_area changed; /* since mask_take_changes() */
};

/* Empty. False when memory has run out; then the mask is of size 0. */
bool mask_make(struct mask *mask, uint32_t width, uint32_t height);
void mask_free(struct mask *mask);

/* Sets every pixel whose middle is at most `radius` away from the segment, and the pixels under
 * both of its ends. Points may lie outside: a stroke across the edge is cut, not lost. */
void mask_stroke(struct mask *mask, float x0, float y0, float x1, float y1, float radius,
                 uint8_t value);

/* Sets the pixels of a rectangle given by two corner pixels, both included. */
void mask_box(struct mask *mask, int32_t x0, int32_t y0, int32_t x1, int32_t y1, uint8_t value);

void mask_invert(struct mask *mask);
void mask_fill(struct mask *mask, uint8_t value);

/* The same marks on a picture of another size, their corner at (left, top); what lies beyond is
 * cut. False when memory has run out: the mask is then as before. */
bool mask_move(struct mask *mask, uint32_t width, uint32_t height, uint32_t left, uint32_t top);

/* Where it has changed since the last call. */
struct mask_area mask_take_changes(struct mask *mask);

/* To be called after cells and count were written by others. */
void mask_changed(struct mask *mask);

/* Replaces the content. `cells` has the mask's size. */
void mask_set(struct mask *mask, const uint8_t *cells);

#endif
