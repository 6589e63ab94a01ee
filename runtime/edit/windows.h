/* Windows of the model's size on a larger token grid: where they lie and in which order they are
 * drawn. Pure functions of the grid. */
#ifndef UM_EDIT_WINDOWS_H
#define UM_EDIT_WINDOWS_H

#include <stdbool.h>
#include <stdint.h>

/* One direction of the lattice of half-overlapping windows that pictures are encoded and decoded
 * in: offsets 0, window / 2, window, ... and cells - window. */
struct um_axis {
    uint32_t cells, window; /* cells >= window >= 1 */
};

uint32_t um_axis_count(struct um_axis axis);
uint32_t um_axis_offset(struct um_axis axis, uint32_t index);

/* The window in which `cell` lies most central; the first of two that are equal. */
uint32_t um_axis_owner(struct um_axis axis, uint32_t cell);

/* Top left cell of a window to draw. */
struct um_window {
    uint32_t left, top;
};

/* Plans which windows to draw, in which order, so that afterwards every nonzero cell of `unknown`
 * (across.cells x down.cells) was in one. Each has, where the grid allows it, half a window of
 * cells that were known before or drawn by an earlier window, and shows to the cells that it draws
 * what is known around them. `known_before[k]` says whether window k has any such cell. The arrays
 * are the caller's (um_free); false and NULL if memory has run out. */
bool um_windows_plan(const uint8_t *unknown, struct um_axis across, struct um_axis down,
                     struct um_window **windows, bool **known_before, uint32_t *count);

#endif
