/* The canvas of an edit: a source picture with sides added, and the token grid that covers it. Pure
 * functions on plain arrays. */
#ifndef UM_EDIT_CANVAS_H
#define UM_EDIT_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

struct um_canvas {
    uint32_t width, height;               /* pixels */
    uint32_t left, top;                   /* where the source lies */
    uint32_t source_width, source_height; /* pixels */
    uint32_t patch;                       /* pixels per token, in both directions */
    uint32_t grid_width, grid_height;     /* tokens; the last ones may extend beyond the canvas */
};

/* Copies the pixels of the window of `columns` x `rows` tokens at token (x, y) to `out`
 * (rows * patch, columns * patch, 3). Pixels outside the source repeat its nearest one. */
void um_canvas_window(const struct um_canvas *canvas, const float *source, uint32_t x, uint32_t y,
                      uint32_t columns, uint32_t rows, float *out);

/* Marks in `cells` (grid_height, grid_width) the tokens to draw: those whose patch contains a pixel
 * that is marked in `mask` (source size, NULL = no pixel) or lies outside the source, and their
 * eight neighbours. Writes their number to *count; 0 if nothing is marked. False if memory has run
 * out. */
bool um_canvas_region(const struct um_canvas *canvas, const uint8_t *mask, uint8_t *cells,
                      uint32_t *count);

#endif
