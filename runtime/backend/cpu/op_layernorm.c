/* LAYERNORM: over the last dimension, of the input plus an optional residual. */
#include <assert.h>
#include <math.h>

#include "backend/cpu/cpu.h"

/* in (R, D) [+ residual (R, D)] -> out (R, D) */
void um_reference_layernorm(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.layernorm.dim;
    for (size_t r = 0; r < op->p.layernorm.rows; r++) {
        const float *x = (const float *)args->in[UM_IN_X] + r * dim;
        const float *residual = args->in[UM_IN_RESIDUAL];
        residual = residual ? residual + r * dim : NULL;
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
            y[d] = (float)(off * scale * (double)args->weights[UM_WEIGHT][d] +
                           (double)args->weights[UM_BIAS][d]);
        }
    }
}

static void layernorm_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t dim = call->op->p.layernorm.dim;
    const float *x = call->in[UM_IN_X], *residual = call->in[UM_IN_RESIDUAL];
    (void)worker;
    for (size_t row = begin; row < end; row++)
        call->kernels->layernorm(x + row * dim, residual ? residual + row * dim : NULL,
                                 call->weights[UM_WEIGHT]->data, call->weights[UM_BIAS]->data, dim,
                                 call->op->p.layernorm.epsilon, (float *)call->out + row * dim);
}

static void run_layernorm(const struct um_cpu_call *call) {
    assert(!call->weights[UM_WEIGHT]->panels &&
           call->weights[UM_WEIGHT]->rows == call->op->p.layernorm.dim);
    assert(!call->weights[UM_BIAS]->panels &&
           call->weights[UM_BIAS]->rows == call->op->p.layernorm.dim);
    um_pool_run(call->pool, call->op->p.layernorm.rows, layernorm_rows, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_layernorm = {run_layernorm, NULL};
