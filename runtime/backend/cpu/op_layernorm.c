/* LAYERNORM: over the last dimension, of the input plus an optional residual. */
#include <assert.h>
#include <math.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

/* in (R, D) [+ residual (R, D)] -> out (R, D) */
void um_reference_layernorm(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.layernorm.dim;
    for (size_t r = 0; r < op->p.layernorm.rows; r++) {
        const float *x = (const float *)args->in + r * dim;
        const float *residual = args->residual ? args->residual + r * dim : NULL;
        float *y = (float *)args->out + r * dim;
        double mean = 0, variance = 0;
        for (size_t d = 0; d < dim; d++)
            mean += (double)x[d] + (residual ? (double)residual[d] : 0);
        mean /= (double)dim;
        for (size_t d = 0; d < dim; d++) {
            double off = (double)x[d] + (residual ? (double)residual[d] : 0) - mean;
            variance += off * off;
        }
        double scale = 1 / sqrt(variance / (double)dim + (double)op->p.layernorm.epsilon);
        for (size_t d = 0; d < dim; d++) {
            double off = (double)x[d] + (residual ? (double)residual[d] : 0) - mean;
            y[d] = (float)(off * scale * (double)args->weight[d] + (double)args->bias[d]);
        }
    }
}

static void layernorm_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t dim = call->op->p.layernorm.dim;
    (void)worker;
    for (size_t row = begin; row < end; row++)
        call->kernels->layernorm((const float *)call->in + row * dim,
                                 call->residual ? call->residual + row * dim : NULL,
                                 call->weight->data, call->bias->data, dim,
                                 call->op->p.layernorm.epsilon, (float *)call->out + row * dim);
}

void um_cpu_layernorm(const struct um_cpu_call *call) {
    assert(!call->weight->panels && call->weight->rows == call->op->p.layernorm.dim);
    assert(!call->bias->panels && call->bias->rows == call->op->p.layernorm.dim);
    um_pool_run(call->pool, call->op->p.layernorm.rows, layernorm_rows, (void *)(uintptr_t)call);
}
