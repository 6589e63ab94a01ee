/* Covers for masked tokens. */
#include "generate/reveal.h"

/* Light blue-grey tiles with a paler edge: no emoji has that colour, and on white the grid is seen.
 */
static const float tile[] = {0.80F, 0.83F, 0.88F}, edge[] = {0.89F, 0.91F, 0.94F};

static void cover_cell(struct picture *picture, uint32_t left, uint32_t top, uint32_t width,
                       uint32_t height) {
    for (uint32_t y = 0; y < height && top + y < picture->height; y++) {
        for (uint32_t x = 0; x < width && left + x < picture->width; x++) {
            const float *colour = x + 1 == width || y + 1 == height ? edge : tile;
            float *pixel = picture->rgb + 3 * ((size_t)(top + y) * picture->width + left + x);
            for (int c = 0; c < 3; c++) {
                pixel[c] = colour[c];
            }
        }
    }
}

void reveal_cover(struct picture *picture, const int32_t *tokens, const struct frame *frame) {
    for (uint32_t row = 0; row < frame->grid_height; row++) {
        for (uint32_t column = 0; column < frame->grid_width; column++) {
            if (tokens == NULL || tokens[(size_t)row * frame->grid_width + column] < 0) {
                cover_cell(picture, column * frame->cell_width, row * frame->cell_height,
                           frame->cell_width, frame->cell_height);
            }
        }
    }
}
