/* From pixels to the token grid. */
#include "edit/canvas.h"

#include "base/mem.h"
#include <string.h>

/* `position` on the canvas as one of the source, the nearest where there is none. */
static uint32_t nearest(uint32_t position, uint32_t start, uint32_t size) {
    if (position < start)
        return 0;
    return position - start < size ? position - start : size - 1;
}

void um_canvas_window(const struct um_canvas *canvas, const float *source, uint32_t x, uint32_t y,
                      uint32_t columns, uint32_t rows, float *out) {
    for (uint32_t py = 0; py < rows * canvas->patch; py++) {
        uint32_t sy = nearest(y * canvas->patch + py, canvas->top, canvas->source_height);
        const float *line = source + (size_t)sy * canvas->source_width * 3;
        for (uint32_t px = 0; px < columns * canvas->patch; px++, out += 3) {
            uint32_t sx = nearest(x * canvas->patch + px, canvas->left, canvas->source_width);
            memcpy(out, line + (size_t)sx * 3, 3 * sizeof *out);
        }
    }
}

/* The maximum over each token's patch: one marked pixel is enough. */
static void reduce(const struct um_canvas *canvas, const uint8_t *mask, uint8_t *cells) {
    for (uint32_t y = 0; y < canvas->height; y++) {
        uint8_t *row = cells + (size_t)(y / canvas->patch) * canvas->grid_width;
        bool beside = y < canvas->top || y - canvas->top >= canvas->source_height;
        const uint8_t *line =
            mask && !beside ? mask + (size_t)(y - canvas->top) * canvas->source_width : NULL;
        for (uint32_t x = 0; x < canvas->width; x++) {
            bool inside = !beside && x >= canvas->left && x - canvas->left < canvas->source_width;
            if (!inside || (line && line[x - canvas->left]))
                row[x / canvas->patch] = 1;
        }
    }
}

/* Grows what is marked by one cell: first along the rows, then along the columns. */
static void grow(uint32_t width, uint32_t height, const uint8_t *cells, uint8_t *rows,
                 uint8_t *grown) {
    for (uint32_t y = 0; y < height; y++) {
        const uint8_t *in = cells + (size_t)y * width;
        for (uint32_t x = 0; x < width; x++)
            rows[(size_t)y * width + x] =
                in[x] | (x > 0 ? in[x - 1] : 0) | (x + 1 < width ? in[x + 1] : 0);
    }
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            const uint8_t *at = rows + (size_t)y * width + x;
            grown[(size_t)y * width + x] =
                at[0] | (y > 0 ? *(at - width) : 0) | (y + 1 < height ? at[width] : 0);
        }
    }
}

bool um_canvas_region(const struct um_canvas *canvas, const uint8_t *mask, uint8_t *cells,
                      uint32_t *count) {
    size_t size = (size_t)canvas->grid_width * canvas->grid_height;
    uint8_t *marked = um_alloc(size, 1), *rows = um_alloc(size, 1);
    bool ok = marked && rows;
    if (ok) {
        reduce(canvas, mask, marked);
        grow(canvas->grid_width, canvas->grid_height, marked, rows, cells);
        *count = 0;
        for (size_t i = 0; i < size; i++)
            *count += cells[i];
    }
    um_free(marked);
    um_free(rows);
    return ok;
}
