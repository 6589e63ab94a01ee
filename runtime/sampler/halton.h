/* The Halton order of a grid (arXiv 2503.17076): each cell comes far from those just before it. */
#ifndef UM_SAMPLER_HALTON_H
#define UM_SAMPLER_HALTON_H

#include <stdbool.h>
#include <stdint.h>

/* order (width * height): every cell index once, as the points of the Halton sequence with base 2
 * for rows and base 3 for columns, from point 1 on, first reach it; cells that the first 64 points
 * per cell do not reach come last, ascending. False if memory has run out. */
bool um_halton_order(uint32_t width, uint32_t height, uint32_t *order);

#endif
