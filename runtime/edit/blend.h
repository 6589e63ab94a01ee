/* How the pixels of windows and of the source are mixed. Pure functions on plain arrays. */
#ifndef UM_EDIT_BLEND_H
#define UM_EDIT_BLEND_H

#include "edit/canvas.h"
#include "edit/windows.h"

/* Share of the model's pixels, `weight` (height, width) of the canvas: the marked patches of
 * `cells`, blurred by a Gaussian of standard deviation patch - 1 (cut at three of them, the border
 * continued), times 3/2, at most 1. The factor makes it exactly 1 wherever the reduced mask, which
 * lies a patch inside the marked cells, was set; it is exactly 0 further than 3 (patch - 1) from
 * every marked patch. False if memory has run out. */
bool um_blend_weight(const struct um_canvas *canvas, const uint8_t *cells, float *weight);

/* Share of each window in each pixel along one axis, `share` (um_axis_count, window * patch): it
 * falls linearly from a window's middle to its ends, and the shares of a pixel add up to 1. Where
 * one window alone covers a pixel it is exactly 1. */
void um_blend_shares(struct um_axis axis, uint32_t patch, float *share);

#endif
