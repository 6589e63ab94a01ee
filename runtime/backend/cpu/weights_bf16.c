/* Matrices as pairs of bf16 numbers, for devices that compute in them. */
#include "backend/cpu/cpu.h"

#include <assert.h>
#include <string.h>

#include "base/half.h"

static size_t panel_width(uint32_t rows, uint32_t p) {
    return rows - p * UM_PANEL <= UM_LANES ? UM_LANES : UM_PANEL;
}

static size_t pairs_of(const struct um_cpu_tensor *tensor) {
    return ((size_t)tensor->depth + 1) / 2;
}

const float *um_cpu_bf16_panel(const struct um_cpu_tensor *tensor, uint32_t p, size_t *stride) {
    assert(tensor->bf16 && p * UM_PANEL < tensor->rows);
    *stride = panel_width(tensor->rows, p);
    return tensor->data + (size_t)p * UM_PANEL * pairs_of(tensor);
}

void um_cpu_bf16_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out) {
    size_t stride;
    const float *panel = um_cpu_bf16_panel(tensor, row / UM_PANEL, &stride) + row % UM_PANEL;
    for (size_t k = 0; k < tensor->depth; k++) {
        uint32_t pair;
        memcpy(&pair, panel + k / 2 * stride, sizeof pair);
        out[k] = um_bf16_to_float((uint16_t)(k % 2 ? pair >> 16 : pair & 0xffffu));
    }
}

void um_cpu_bf16_fill_panel(struct um_cpu_tensor *to, const struct um_tensor *from, uint32_t p,
                            float *rows) {
    const size_t depth = to->depth, width = panel_width(to->rows, p), first = (size_t)p * UM_PANEL;
    const size_t count = to->rows - first < width ? to->rows - first : width;
    um_tensor_to_float(from, first * depth, count * depth, rows);
    float *panel = to->data + first * pairs_of(to);
    for (size_t k = 0; k < depth; k += 2)
        for (size_t r = 0; r < width; r++) {
            uint32_t pair = 0;
            if (r < count)
                pair = um_float_to_bf16(rows[r * depth + k]);
            if (r < count && k + 1 < depth)
                pair |= (uint32_t)um_float_to_bf16(rows[r * depth + k + 1]) << 16;
            memcpy(panel + k / 2 * width + r, &pair, sizeof pair);
        }
}
