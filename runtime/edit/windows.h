/* Windows of the model's size on a larger token grid: where they lie and in which order they are
 * drawn. Pure functions of the grid. */
#ifndef UM_EDIT_WINDOWS_H
#define UM_EDIT_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

/* One direction of the lattice of windows, overlapping by half, in which pictures are encoded and
 * decoded. The offsets are 0, window / 2, window, ... and cells - window. */
struct um_axis {
    uint32_t cells, window; /* cells >= window >= 1 */
};

uint32_t um_axis_count(struct um_axis axis);
uint32_t um_axis_offset(struct um_axis axis, uint32_t index);

/* The window in which `cell` is most central; the first one if two are equal. */
uint32_t um_axis_owner(struct um_axis axis, uint32_t cell);

/* Top left cell of a window to draw. */
struct um_window {
    uint32_t left, top;
};

/* Plans which windows to draw, and in which order, so that every nonzero cell of `unknown`
 * (across.cells x down.cells) is in one of them. Where the grid allows it, half of a window's cells
 * are known, from the start or drawn by an earlier window, and the window contains the known cells
 * close to those that it draws. `known_before[k]` tells whether window k contains any known cell.
 * The caller frees both arrays (um_free). False, and NULL arrays, if memory has run out. */
bool um_windows_plan(const uint8_t *unknown, struct um_axis across, struct um_axis down,
                     struct um_window **windows, bool **known_before, uint32_t *count);

#endif
