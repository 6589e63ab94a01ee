/* NEAREST_CODE: index of the closest codebook row. */
#include <assert.h>

#include "backend/cpu/cpu.h"

/* in (R, E), weight (K, E) -> ids (R) */
void um_reference_nearest_code(const struct um_op *op, const struct um_reference_args *args) {
    const size_t codes = op->p.codebook.codes, dim = op->p.codebook.dim;
    for (size_t r = 0; r < op->p.codebook.rows; r++) {
        const float *x = (const float *)args->in[UM_IN_X] + r * dim;
        double best = 0;
        for (size_t k = 0; k < codes; k++) {
            double distance = 0;
            for (size_t e = 0; e < dim; e++) {
                double off = (double)x[e] - (double)args->weights[UM_WEIGHT][k * dim + e];
                distance += off * off;
            }
            if (k == 0 || distance < best) {
                best = distance;
                ((int32_t *)args->out)[r] = (int32_t)k;
            }
        }
    }
}

static int32_t nearest(const struct um_cpu_call *call, const float *x, uint32_t worker) {
    const uint32_t codes = call->op->p.codebook.codes, dim = call->op->p.codebook.dim;
    float best = 0;
    int32_t id = 0;
    for (uint32_t first = 0; first < codes; first += UM_PANEL) {
        float distance[UM_PANEL];
        size_t stride;
        const float *panel = um_cpu_panel(call, first / UM_PANEL, worker, &stride);
        uint32_t cols = codes - first < UM_PANEL ? codes - first : UM_PANEL;
        call->kernels->distance(x, dim, panel, stride, cols, distance);
        for (uint32_t i = 0; i < cols; i++) {
            if (first + i && !(distance[i] < best))
                continue;
            best = distance[i];
            id = (int32_t)(first + i);
        }
    }
    return id;
}

static void nearest_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    for (size_t row = begin; row < end; row++)
        ((int32_t *)call->out)[row] = nearest(
            call, (const float *)call->in[UM_IN_X] + row * call->op->p.codebook.dim, worker);
}

static void run_nearest_code(const struct um_cpu_call *call) {
    assert(call->weights[UM_WEIGHT]->depth == call->op->p.codebook.dim);
    assert(call->weights[UM_WEIGHT]->rows >= call->op->p.codebook.codes);
    um_pool_run(call->pool, call->op->p.codebook.rows, nearest_rows, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_nearest_code = {run_nearest_code, NULL};
