/* Weights on the CPU: expanded to float once, matrices in the panels that gemm reads. The packed
 * form is the only copy; gathering a row from it costs a stride, which no op but the lookups pays.
 */
#include "backend/cpu/cpu.h"

#include <assert.h>

#include "base/half.h"
#include "base/mem.h"

static uint32_t panel_width(uint32_t rows, uint32_t p) {
    return rows - p * UM_PANEL <= UM_LANES ? UM_LANES : UM_PANEL;
}

const float *um_cpu_panel(const struct um_cpu_tensor *tensor, uint32_t p, size_t *stride) {
    assert(tensor->panels && p * UM_PANEL < tensor->rows);
    *stride = panel_width(tensor->rows, p);
    return tensor->data + (size_t)p * UM_PANEL * tensor->depth;
}

void um_cpu_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out) {
    assert(row < tensor->rows);
    size_t stride;
    const float *panel = um_cpu_panel(tensor, row / UM_PANEL, &stride) + row % UM_PANEL;
    for (size_t k = 0; k < tensor->depth; k++)
        out[k] = panel[k * stride];
}

static bool allocate(struct um_cpu_tensor *to, const struct um_tensor *from) {
    to->rows = from->dims[0];
    to->depth = (uint32_t)(um_tensor_elements(from) / from->dims[0]);
    to->panels = from->n_dims > 1;
    size_t rows = to->rows;
    if (to->panels)
        rows = (rows + UM_LANES - 1) / UM_LANES * UM_LANES;
    to->data = um_alloc(rows, to->depth * sizeof(float));
    return to->data;
}

/* `row` is scratch of `depth` floats. */
static void fill(struct um_cpu_tensor *to, const struct um_tensor *from, float *row) {
    if (!to->panels) {
        um_tensor_to_float(from, 0, to->rows, to->data);
        return;
    }
    for (uint32_t r = 0; r < to->rows; r++) {
        um_tensor_to_float(from, (size_t)r * to->depth, to->depth, row);
        uint32_t p = r / UM_PANEL;
        size_t stride = panel_width(to->rows, p);
        float *column = to->data + (size_t)p * UM_PANEL * to->depth + r % UM_PANEL;
        for (size_t k = 0; k < to->depth; k++)
            column[k * stride] = row[k];
    }
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
        bytes += um_tensor_elements(&tensors[i]) * sizeof(float);
        if (!allocate(&weights->tensors[i], &tensors[i]))
            goto no_memory;
        if (weights->tensors[i].depth > longest)
            longest = weights->tensors[i].depth;
    }
    struct pack_job job = {.weights = weights, .sources = tensors, .row_stride = longest};
    job.rows = um_alloc(um_pool_size(device->pool), longest * sizeof(float));
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
    for (uint32_t i = 0; i < weights->count; i++)
        um_free(weights->tensors[i].data);
    um_free(weights);
}
