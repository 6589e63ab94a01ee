/* How the pixels of windows and of the source are mixed. Pure functions on plain arrays. */
#ifndef UM_EDIT_BLEND_H
#define UM_EDIT_BLEND_H

#include "edit/canvas.h"
#include "edit/windows.h"

/* `weight` (height, width of the canvas) receives the weight of the model's pixels: the marked
 * patches of `cells`, blurred by a Gaussian of standard deviation patch - 1 (cut off at three
 * standard deviations, edge pixels repeated), times 3/2, at most 1. The factor makes the weight
 * exactly 1 at all masked pixels, because the marked cells extend one patch beyond the mask. It is
 * exactly 0 farther than 3 (patch - 1) pixels from every marked patch. False if memory has run out.
 */
bool um_blend_weight(const struct um_canvas *canvas, const uint8_t *cells, float *weight);

/* `share` (um_axis_count, window * patch) receives the weight of each window at each pixel along
 * one axis. It falls linearly from a window's middle to its ends, and the weights at a pixel add up
 * to 1. Where only one window covers a pixel it is exactly 1. */
void um_blend_shares(struct um_axis axis, uint32_t patch, float *share);

#endif
