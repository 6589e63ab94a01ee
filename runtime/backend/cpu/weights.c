/* Weights on the CPU: matrices in the panels that gemm reads, in the type that the file has. The
 * packed form is the only copy; gathering a row from it costs a stride, which no op but the lookups
 * pays. */
#include "backend/cpu/cpu.h"

#include <assert.h>
#include <string.h>

#include "backend/cpu/small_weights.h"
#include "base/half.h"
#include "base/mem.h"

static uint32_t panel_width(uint32_t rows, uint32_t p) {
    return rows - p * UM_PANEL <= UM_LANES ? UM_LANES : UM_PANEL;
}

const float *um_cpu_panel_part(const struct um_cpu_call *call, uint32_t p, uint32_t first,
                               uint32_t count, uint32_t worker, size_t *stride) {
    const struct um_cpu_tensor *tensor = call->weights[UM_WEIGHT];
    assert(tensor->panels && (tensor->data || tensor->small) && p * UM_PANEL < tensor->rows);
    assert(!tensor->bf16 && first + count <= tensor->depth);
    *stride = panel_width(tensor->rows, p);
    if (tensor->data)
        return tensor->data + (size_t)p * UM_PANEL * tensor->depth + first * *stride;
    float *panel = call->panels + worker * call->panel_stride;
    assert(*stride * count <= call->panel_stride);
    um_cpu_small_panel(tensor, p, first, count, call->kernels, panel);
    return panel;
}

const float *um_cpu_panel(const struct um_cpu_call *call, uint32_t p, uint32_t worker,
                          size_t *stride) {
    return um_cpu_panel_part(call, p, 0, call->weights[UM_WEIGHT]->depth, worker, stride);
}

const void *um_cpu_panel_source(const struct um_cpu_tensor *tensor, uint32_t p, size_t *bytes) {
    if (tensor->small)
        return um_cpu_small_source(tensor, p, bytes);
    const size_t words = tensor->bf16 ? ((size_t)tensor->depth + 1) / 2 : tensor->depth;
    *bytes = panel_width(tensor->rows, p) * words * sizeof(float);
    return tensor->data + (size_t)p * UM_PANEL * words;
}

enum { Q8_FILE_BLOCK = 2 + UM_Q8_BLOCK }; /* bytes of a block in the file: half scale, weights */

/* Bytes of a block of one panel, per column: scale and weights. */
enum { Q8_COLUMN = 4 + UM_Q8_BLOCK };

const unsigned char *um_cpu_q8_panel(const struct um_cpu_tensor *tensor, uint32_t p,
                                     uint32_t *width) {
    assert(tensor->q8 && p * UM_PANEL < tensor->rows);
    *width = panel_width(tensor->rows, p);
    return tensor->q8 + (size_t)p * UM_PANEL * (tensor->depth / UM_Q8_BLOCK) * Q8_COLUMN;
}

/* Where weight i of a block stands in its panel's (width, group) bytes. */
static size_t q8_place(const struct um_cpu_tensor *tensor, uint32_t width, uint32_t column,
                       uint32_t i) {
    const uint32_t group = tensor->q8_kernels->group;
    return 4 * (size_t)width + ((size_t)(i / group) * width + column) * group + i % group;
}

static void q8_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out) {
    uint32_t width, column = row % UM_PANEL;
    const unsigned char *block = um_cpu_q8_panel(tensor, row / UM_PANEL, &width);
    for (uint32_t k = 0; k < tensor->depth; k += UM_Q8_BLOCK) {
        const float scale = ((const float *)(const void *)block)[column];
        for (uint32_t i = 0; i < UM_Q8_BLOCK; i++) {
            unsigned byte = block[q8_place(tensor, width, column, i)] - tensor->q8_kernels->offset;
            out[k + i] = scale * (float)(int8_t)byte;
        }
        block += (size_t)width * Q8_COLUMN;
    }
}

/* `from`: the row's blocks as in the file; NULL = zeros, for columns beyond the matrix. */
static void q8_fill_row(struct um_cpu_tensor *tensor, uint32_t row, const unsigned char *from) {
    const uint32_t column = row % UM_PANEL;
    const uint32_t group = tensor->q8_kernels->group, offset = tensor->q8_kernels->offset;
    const uint32_t width = panel_width(tensor->rows, row / UM_PANEL);
    unsigned char *block =
        tensor->q8 + (size_t)(row - column) * (tensor->depth / UM_Q8_BLOCK) * Q8_COLUMN;
    for (uint32_t k = 0; k < tensor->depth; k += UM_Q8_BLOCK) {
        unsigned char source[Q8_FILE_BLOCK] = {0};
        uint16_t half;
        if (from)
            memcpy(source, from + k / UM_Q8_BLOCK * Q8_FILE_BLOCK, sizeof source);
        memcpy(&half, source, sizeof half);
        ((float *)(void *)block)[column] = um_half_to_float(half);
        unsigned char *to = block + q8_place(tensor, width, column, 0);
        for (uint32_t i = 0; i < UM_Q8_BLOCK; i += group, to += (size_t)width * group)
            for (uint32_t j = 0; j < group; j++)
                to[j] = (unsigned char)(source[2 + i + j] + offset);
        block += (size_t)width * Q8_COLUMN;
    }
}

void um_cpu_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out) {
    assert(row < tensor->rows);
    if (tensor->q8) {
        q8_row(tensor, row, out);
        return;
    }
    if (tensor->small) {
        um_cpu_small_row(tensor, row, out);
        return;
    }
    if (tensor->bf16) {
        um_cpu_bf16_row(tensor, row, out);
        return;
    }
    const uint32_t column = row % UM_PANEL;
    const size_t width = panel_width(tensor->rows, row / UM_PANEL);
    const float *panel = tensor->data + (size_t)(row - column) * tensor->depth + column;
    for (size_t k = 0; k < tensor->depth; k++)
        out[k] = panel[k * width];
}

static bool allocate(struct um_cpu_tensor *to, const struct um_tensor *from,
                     const struct um_cpu_device *device) {
    to->rows = from->dims[0];
    to->depth = (uint32_t)(um_tensor_elements(from) / from->dims[0]);
    to->panels = from->n_dims > 1;
    size_t rows = to->rows;
    if (to->panels)
        rows = (rows + UM_LANES - 1) / UM_LANES * UM_LANES;
    if (from->dtype == UM_Q8_0 && from->n_dims == 2) {
        to->q8_kernels = device->kernels->q8;
        to->q8 = um_alloc_unset(rows, (size_t)to->depth / UM_Q8_BLOCK * Q8_COLUMN);
        return to->q8;
    }
    size_t floats = to->depth;
    if (from->n_dims == 2 && !from->exact && device->bf16) {
        to->bf16 = device->bf16;
        floats = (floats + 1) / 2;
    } else if (to->panels && from->dtype != UM_F32) {
        to->small_type = from->dtype;
        to->small = um_alloc_unset(um_cpu_small_bytes(to), 1);
        return to->small;
    }
    to->data = um_alloc_unset(rows, floats * sizeof(float));
    return to->data;
}

/* Transposes one panel; `rows` is scratch of UM_PANEL * depth floats. */
static void fill_panel(struct um_cpu_tensor *to, const struct um_tensor *from, uint32_t p,
                       float *rows) {
    const size_t depth = to->depth, width = panel_width(to->rows, p), first = (size_t)p * UM_PANEL;
    const size_t count = to->rows - first < width ? to->rows - first : width;
    um_tensor_to_float(from, first * depth, count * depth, rows);
    memset(rows + count * depth, 0, (width - count) * depth * sizeof(float));
    float *panel = to->data + first * depth;
    for (size_t k = 0; k < depth; k++)
        for (size_t r = 0; r < width; r++)
            panel[k * width + r] = rows[r * depth + k];
}

static void fill_q8(struct um_cpu_tensor *to, const struct um_tensor *from) {
    const size_t row_bytes = (size_t)to->depth / UM_Q8_BLOCK * Q8_FILE_BLOCK;
    const uint32_t padded = (to->rows + UM_LANES - 1) / UM_LANES * UM_LANES;
    for (uint32_t r = 0; r < to->rows; r++)
        q8_fill_row(to, r, (const unsigned char *)from->data + r * row_bytes);
    for (uint32_t r = to->rows; r < padded; r++)
        q8_fill_row(to, r, NULL);
}

/* `rows` is scratch of UM_PANEL * depth floats. */
static void fill(struct um_cpu_tensor *to, const struct um_tensor *from, float *rows) {
    if (to->q8)
        fill_q8(to, from);
    else if (to->small)
        um_cpu_small_fill(to, from);
    else if (!to->panels)
        um_tensor_to_float(from, 0, to->rows, to->data);
    else
        for (uint32_t p = 0; p * UM_PANEL < to->rows; p++)
            (to->bf16 ? um_cpu_bf16_fill_panel : fill_panel)(to, from, p, rows);
    if (from->disposable)
        um_discard((void *)(uintptr_t)from->data, from->bytes);
}

struct pack_job {
    struct um_cpu_weights *weights;
    const struct um_tensor *sources;
    float *rows;
    size_t row_stride;
};

static void pack(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct pack_job *job = arg;
    for (uint32_t i = begin; i < end; i++)
        fill(&job->weights->tensors[i], &job->sources[i], job->rows + worker * job->row_stride);
}

um_status um_cpu_weights_create(void **out, void *device_handle, const struct um_tensor *tensors,
                                uint32_t count) {
    struct um_cpu_device *device = device_handle;
    *out = NULL;
    struct um_cpu_weights *weights =
        um_alloc(1, sizeof *weights + count * sizeof(struct um_cpu_tensor));
    void *handle = weights;
    size_t longest = 0;
    uint64_t bytes = 0;
    if (!weights)
        goto no_memory;
    weights->device = device;
    weights->count = count;
    for (uint32_t i = 0; i < count; i++) {
        bytes += tensors[i].bytes;
        if (!allocate(&weights->tensors[i], &tensors[i], device))
            goto no_memory;
        weights->has_q8 |= weights->tensors[i].q8 != NULL;
        if (weights->tensors[i].panels && weights->tensors[i].data &&
            weights->tensors[i].depth > longest / UM_PANEL)
            longest = (size_t)weights->tensors[i].depth * UM_PANEL;
    }
    struct pack_job job = {.weights = weights, .sources = tensors, .row_stride = longest};
    job.rows = um_alloc_unset(um_pool_size(device->pool), longest * sizeof(float));
    if (!job.rows)
        goto no_memory;
    um_pool_run(device->pool, count, pack, &job);
    um_free(job.rows);
    *out = weights;
    return UM_OK;
no_memory:
    um_cpu_weights_destroy(&handle);
    return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory for weights: at least %llu bytes",
                   (unsigned long long)bytes);
}

void um_cpu_weights_destroy(void **handle) {
    struct um_cpu_weights *weights = *handle;
    *handle = NULL;
    if (!weights)
        return;
    for (uint32_t i = 0; i < weights->count; i++) {
        um_free(weights->tensors[i].data);
        um_free(weights->tensors[i].q8);
        um_free(weights->tensors[i].small);
    }
    um_free(weights);
}
