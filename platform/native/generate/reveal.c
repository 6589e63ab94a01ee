/* Covers for masked tokens. */
#include "generate/reveal.h"

#include <unmask/unmask.h>

/* A cell's colours. `share`: how much of them covers the picture. */
struct tile {
    float middle[3], edge[3], share;
};

/* Light blue-grey tiles with a paler edge: no emoji has that colour, and on white the grid is seen.
 * What is revised is violet. */
static const struct tile masked = {{0.80F, 0.83F, 0.88F}, {0.89F, 0.91F, 0.94F}, 1.0F};
static const struct tile remasked = {{0.77F, 0.68F, 0.92F}, {0.87F, 0.82F, 0.96F}, 1.0F};
static const struct tile revised = {{0.49F, 0.23F, 0.93F}, {0.49F, 0.23F, 0.93F}, 0.5F};

static const struct tile *choose_tile(const struct shown *shown, size_t cell) {
    int change = shown->change != NULL ? shown->change[cell] : UM_CHANGE_KEPT;
    if (shown->tokens == NULL || shown->tokens[cell] == -1) {
        return change == UM_CHANGE_REMASKED ? &remasked : &masked;
    }
    return change == UM_CHANGE_REVISED ? &revised : NULL;
}

static void cover_cell(struct picture *picture, const struct frame *frame, size_t cell,
                       const struct tile *tile) {
    uint32_t left = (uint32_t)(cell % frame->grid_width) * frame->cell_width;
    uint32_t top = (uint32_t)(cell / frame->grid_width) * frame->cell_height;
    for (uint32_t y = 0; y < frame->cell_height && top + y < picture->height; y++) {
        for (uint32_t x = 0; x < frame->cell_width && left + x < picture->width; x++) {
            bool at_edge = x + 1 == frame->cell_width || y + 1 == frame->cell_height;
            const float *colour = at_edge ? tile->edge : tile->middle;
            float *pixel = picture->rgb + 3 * ((size_t)(top + y) * picture->width + left + x);
            for (int c = 0; c < 3; c++) {
                pixel[c] += (colour[c] - pixel[c]) * tile->share;
            }
        }
    }
}

void reveal_cover(struct picture *picture, const struct shown *shown, const struct frame *frame) {
    size_t cells = (size_t)frame->grid_width * frame->grid_height;
    for (size_t cell = 0; cell < cells; cell++) {
        const struct tile *tile = choose_tile(shown, cell);
        if (tile != NULL) {
            cover_cell(picture, frame, cell, tile);
        }
    }
}
