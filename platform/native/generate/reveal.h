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

/* What is known of a picture's tokens after a step; both (grid_height, grid_width). */
struct shown {
    const int32_t *tokens; /* -1 = masked; NULL = all are */
    const uint8_t *change; /* um_change; NULL = nothing was revised */
};

/* Covers the cells of `picture` that are masked, those masked again in another colour, and tints
 * those whose token was revised. */
void reveal_cover(struct picture *picture, const struct shown *shown, const struct frame *frame);

#endif
