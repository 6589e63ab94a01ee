/* Blend weights. A mask on the token grid is constant over each patch, so blurring its pixels means
 * weighting a few cells by how much of the kernel falls on each: the same for all pixels at equal
 * places in their patches. */
#include "edit/blend.h"

#include "base/mem.h"
#include <math.h>
#include <string.h>

struct kernel {
    uint32_t reach; // cells to each side
    double *taps;   // (patch, 2 * reach + 1)
};

static bool make_kernel(struct kernel *kernel, uint32_t patch) {
    int64_t deviation = (int64_t)patch - 1, radius = 3 * deviation, side = (int64_t)patch;
    kernel->reach = (uint32_t)((radius + side - 1) / side);
    size_t width = 2 * kernel->reach + 1;
    kernel->taps = um_alloc((size_t)patch * width, sizeof *kernel->taps);
    if (!kernel->taps)
        return false;
    double sum = 0.0;
    for (int64_t d = -radius; d <= radius; d++) {
        double z = deviation ? (double)d / (double)deviation : 0.0;
        sum += exp(-0.5 * z * z);
    }
    for (int64_t phase = 0; phase < side; phase++) {
        double *taps = kernel->taps + (size_t)phase * width;
        for (int64_t d = -radius; d <= radius; d++) {
            double z = deviation ? (double)d / (double)deviation : 0.0;
            int64_t cell = (phase + d + side * kernel->reach) / side; // counted from -reach
            taps[cell] += exp(-0.5 * z * z) / sum;
        }
    }
    return true;
}

static uint32_t clamped(uint32_t cell, uint32_t tap, uint32_t reach, uint32_t cells) {
    uint32_t shifted = cell + tap;
    if (shifted < reach)
        return 0;
    return shifted - reach < cells ? shifted - reach : cells - 1;
}

/* Blurs along the rows: `cells` (grid_height, grid_width) to `rows` (grid_height, width). */
static void blur_rows(const struct um_canvas *c, const struct kernel *k, const uint8_t *cells,
                      double *rows) {
    for (uint32_t y = 0; y < c->grid_height; y++) {
        const uint8_t *in = cells + (size_t)y * c->grid_width;
        for (uint32_t x = 0; x < c->width; x++) {
            const double *taps = k->taps + (size_t)(x % c->patch) * (2 * k->reach + 1);
            double sum = 0.0;
            for (uint32_t t = 0; t <= 2 * k->reach; t++)
                sum += in[clamped(x / c->patch, t, k->reach, c->grid_width)] ? taps[t] : 0.0;
            rows[(size_t)y * c->width + x] = sum;
        }
    }
}

bool um_blend_weight(const struct um_canvas *c, const uint8_t *cells, float *weight) {
    struct kernel kernel = {0};
    double *rows = um_alloc((size_t)c->grid_height * c->width, sizeof *rows);
    double *line = um_alloc(c->width, sizeof *line);
    bool ok = rows && line && make_kernel(&kernel, c->patch);
    if (ok)
        blur_rows(c, &kernel, cells, rows);
    for (uint32_t y = 0; ok && y < c->height; y++) {
        const double *taps = kernel.taps + (size_t)(y % c->patch) * (2 * kernel.reach + 1);
        memset(line, 0, c->width * sizeof *line);
        for (uint32_t t = 0; t <= 2 * kernel.reach; t++) {
            uint32_t cell = clamped(y / c->patch, t, kernel.reach, c->grid_height);
            const double *in = rows + (size_t)cell * c->width;
            for (uint32_t x = 0; x < c->width; x++)
                line[x] += taps[t] * in[x];
        }
        for (uint32_t x = 0; x < c->width; x++) {
            double share = 1.5 * line[x];
            weight[(size_t)y * c->width + x] = share < 1.0 ? (float)share : 1.0f;
        }
    }
    um_free(kernel.taps);
    um_free(rows);
    um_free(line);
    return ok;
}

void um_blend_shares(struct um_axis axis, uint32_t patch, float *share) {
    uint32_t size = axis.window * patch, count = um_axis_count(axis);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t start = um_axis_offset(axis, i) * patch;
        for (uint32_t p = 0; p < size; p++) {
            double own = 0.0, sum = 0.0;
            for (uint32_t j = i > 4 ? i - 4 : 0; j <= i + 4 && j < count; j++) {
                uint32_t other = um_axis_offset(axis, j) * patch;
                if (start + p < other || start + p - other >= size)
                    continue;
                uint32_t at = start + p - other, ends = at < size - 1 - at ? at : size - 1 - at;
                double ramp = (double)ends + 0.5;
                sum += ramp;
                own = j == i ? ramp : own;
            }
            share[(size_t)i * size + p] = (float)(own / sum);
        }
    }
}
