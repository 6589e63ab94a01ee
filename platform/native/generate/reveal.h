/* The reveal as a picture: what is fixed shows, what is masked is covered. */
#ifndef CLI_GENERATE_REVEAL_H
#define CLI_GENERATE_REVEAL_H

#include "common/picture.h"

/* What the pictures of one run have in common. The grid covers the picture and may stick out at the
 * right and at the bottom. */
struct frame {
    uint32_t width, height;           /* pixels */
    uint32_t grid_width, grid_height; /* tokens */
    uint32_t cell_width, cell_height; /* pixels per token */
    uint32_t steps;                   /* until a picture is finished */
};

/* Covers the cells of `picture` whose token is -1. `tokens`: (grid_height, grid_width); NULL = all
 * are masked. */
void reveal_cover(struct picture *picture, const int32_t *tokens, const struct frame *frame);

#endif
