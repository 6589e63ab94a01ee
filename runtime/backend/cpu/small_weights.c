/* Weight matrices that keep the type they have in the file: F16, and Q8_0 where the products are
 * taken in float. Ops read them panel by panel, widened into memory of the thread that multiplies:
 * a panel meets dozens to hundreds of rows, so widening it costs little, and the products have the
 * bits that they would have with the whole matrix widened. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/small_weights.h"
#include "base/half.h"

enum { FILE_BLOCK = 2 + UM_Q8_BLOCK }; /* bytes of a block in the file, and per column of a panel */

static uint32_t panel_width(uint32_t rows, uint32_t p) {
    return rows - p * UM_PANEL <= UM_LANES ? UM_LANES : UM_PANEL;
}

/* Bytes of `rows` rows, in the file and in panels. */
static size_t row_bytes(const struct um_cpu_tensor *tensor, size_t rows) {
    return tensor->small_type == UM_F16 ? rows * tensor->depth * sizeof(uint16_t)
                                        : rows * (tensor->depth / UM_Q8_BLOCK) * FILE_BLOCK;
}

size_t um_cpu_small_bytes(const struct um_cpu_tensor *tensor) {
    return row_bytes(tensor, (tensor->rows + UM_LANES - 1) / UM_LANES * UM_LANES);
}

static void fill_half_panel(uint16_t *panel, size_t width, const uint16_t *rows, size_t count,
                            size_t depth) {
    memset(panel, 0, width * depth * sizeof *panel);
    for (size_t k = 0; k < depth; k++)
        for (size_t r = 0; r < count; r++)
            panel[k * width + r] = rows[r * depth + k];
}

static void fill_q8_panel(unsigned char *panel, size_t width, const unsigned char *rows,
                          size_t count, size_t blocks) {
    memset(panel, 0, width * blocks * FILE_BLOCK);
    for (size_t b = 0; b < blocks; b++, panel += width * FILE_BLOCK)
        for (size_t r = 0; r < count; r++) {
            const unsigned char *block = rows + (r * blocks + b) * FILE_BLOCK;
            memcpy(panel + 2 * r, block, 2);
            for (size_t i = 0; i < UM_Q8_BLOCK; i++)
                panel[2 * width + i * width + r] = block[2 + i];
        }
}

void um_cpu_small_fill(struct um_cpu_tensor *to, const struct um_tensor *from) {
    for (uint32_t p = 0; p * UM_PANEL < to->rows; p++) {
        const uint32_t first = p * UM_PANEL, left = to->rows - first;
        const uint32_t count = left < UM_PANEL ? left : UM_PANEL;
        const unsigned char *rows = (const unsigned char *)from->data + row_bytes(to, first);
        unsigned char *panel = to->small + row_bytes(to, first);
        if (to->small_type == UM_F16)
            fill_half_panel((uint16_t *)(void *)panel, panel_width(to->rows, p),
                            (const uint16_t *)(const void *)rows, count, to->depth);
        else
            fill_q8_panel(panel, panel_width(to->rows, p), rows, count, to->depth / UM_Q8_BLOCK);
    }
}

const void *um_cpu_small_source(const struct um_cpu_tensor *tensor, uint32_t p, size_t *bytes) {
    *bytes = row_bytes(tensor, panel_width(tensor->rows, p));
    return tensor->small + row_bytes(tensor, (size_t)p * UM_PANEL);
}

void um_cpu_small_panel(const struct um_cpu_tensor *tensor, uint32_t p, uint32_t first,
                        uint32_t count, const struct um_cpu_kernels *kernels, float *out) {
    const unsigned char *panel = tensor->small + row_bytes(tensor, (size_t)p * UM_PANEL);
    const uint32_t width = panel_width(tensor->rows, p);
    assert(p * UM_PANEL < tensor->rows);
    if (tensor->small_type == UM_F16)
        kernels->half_to_float((const uint16_t *)(const void *)panel + (size_t)width * first,
                               (size_t)width * count, out);
    else
        kernels->q8_to_float(panel + (size_t)width * (first / UM_Q8_BLOCK) * FILE_BLOCK, width,
                             count / UM_Q8_BLOCK, out);
}

void um_cpu_small_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out) {
    const size_t column = row % UM_PANEL, width = panel_width(tensor->rows, row / UM_PANEL);
    const unsigned char *panel = tensor->small + row_bytes(tensor, row - column);
    uint16_t half;
    for (size_t k = 0; k < tensor->depth; k++) {
        if (tensor->small_type == UM_F16) {
            memcpy(&half, panel + (k * width + column) * sizeof half, sizeof half);
            out[k] = um_half_to_float(half);
        } else {
            const unsigned char *block = panel + k / UM_Q8_BLOCK * width * FILE_BLOCK;
            memcpy(&half, block + 2 * column, sizeof half);
            const unsigned char q = block[(2 + k % UM_Q8_BLOCK) * width + column];
            out[k] = um_half_to_float(half) * (float)(int8_t)q;
        }
    }
}
