/* The reveal as a picture: what is fixed shows, what is masked is covered. */
#ifndef CLI_GENERATE_REVEAL_H
#define CLI_GENERATE_REVEAL_H

#include "common/picture.h"

/* Covers the cells of `picture` whose token is -1. `tokens`: (grid_height, grid_width), which must
 * divide the picture's size; NULL = all are masked. */
void reveal_cover(struct picture *picture, const int32_t *tokens, uint32_t grid_width,
                  uint32_t grid_height);

#endif
