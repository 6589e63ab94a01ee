/* The Halton order of a grid (arXiv 2503.17076): each cell lies far from those just before it. */
#ifndef UM_SAMPLER_HALTON_H
#define UM_SAMPLER_HALTON_H

#include <stdbool.h>
#include <stdint.h>

/* `order` (width * height) receives every cell index once, in the order in which the points of the
 * Halton sequence (base 2 for rows, base 3 for columns, from point 1) first hit the cells. Cells
 * that are not hit by the first 64 * width * height points come last, in ascending order. False if
 * memory has run out. */
bool um_halton_order(uint32_t width, uint32_t height, uint32_t *order);

#endif
