/* RMSNORM, optionally modulated, and QK_NORM: rows divided by the root of their mean square. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu.h"

static double reference_inverse(const float *x, size_t dim, float epsilon) {
    double sum = 0;
    for (size_t d = 0; d < dim; d++)
        sum += (double)x[d] * (double)x[d];
    return 1 / sqrt(sum / (double)dim + (double)epsilon);
}

/* in (R, D) [, modulation (R / tokens, width)] -> out (R, D) */
void um_reference_rmsnorm(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.rmsnorm.dim;
    const float *modulation = args->in[UM_IN_MODULATION];
    for (size_t r = 0; r < op->p.rmsnorm.rows; r++) {
        const float *x = (const float *)args->in[UM_IN_X] + r * dim;
        const double inverse = reference_inverse(x, dim, op->p.rmsnorm.epsilon);
        for (size_t d = 0; d < dim; d++) {
            double y = (double)x[d] * inverse;
            if (args->weights[UM_WEIGHT])
                y *= (double)args->weights[UM_WEIGHT][d];
            if (args->weights[UM_BIAS])
                y += (double)args->weights[UM_BIAS][d];
            if (modulation) {
                const float *m = modulation + r / op->p.rmsnorm.length * op->p.rmsnorm.width;
                y = y * (1 + (double)m[op->p.rmsnorm.scale + d]) +
                    (double)m[op->p.rmsnorm.shift + d];
            }
            ((float *)args->out)[r * dim + d] = (float)y;
        }
    }
}

/* qkv (R, 3D) -> out (R, 3D) */
void um_reference_qk_norm(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.qk_norm.dim;
    for (size_t part = 0; part < 3 * (size_t)op->p.qk_norm.rows; part++) {
        const float *x = (const float *)args->in[UM_IN_X] + part * dim;
        const double inverse = part % 3 == 2 ? 1 : reference_inverse(x, dim, op->p.qk_norm.epsilon);
        for (size_t d = 0; d < dim; d++)
            ((float *)args->out)[part * dim + d] = (float)((double)x[d] * inverse);
    }
}

/* The square sum is that of channel_square about zero over 16 columns, folded, then the rest in
 * order: the same bits on every level. */
static float inverse_rms(const struct um_cpu_kernels *kernels, const float *x, uint32_t dim,
                         float epsilon) {
    static const float zeros[UM_LANES] = {0};
    float lane[UM_LANES] = {0}, sum;
    const uint32_t whole = dim / UM_LANES;
    if (whole)
        kernels->channel_square(x, zeros, whole, UM_LANES, lane);
    for (uint32_t half = UM_LANES / 2; half; half /= 2)
        for (uint32_t i = 0; i < half; i++)
            lane[i] += lane[i + half];
    sum = lane[0];
    for (uint32_t d = whole * UM_LANES; d < dim; d++)
        sum += x[d] * x[d];
    return 1.0f / sqrtf(sum / (float)dim + epsilon);
}

static void rmsnorm_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const struct um_op *op = call->op;
    const uint32_t dim = op->p.rmsnorm.dim;
    const float *weight = call->weights[UM_WEIGHT] ? call->weights[UM_WEIGHT]->data : NULL;
    const float *modulation = call->in[UM_IN_MODULATION];
    const float *bias = call->weights[UM_BIAS] ? call->weights[UM_BIAS]->data : NULL;
    (void)worker;
    for (uint32_t row = begin; row < end; row++) {
        const float *x = (const float *)call->in[UM_IN_X] + (size_t)row * dim;
        float *y = (float *)call->out + (size_t)row * dim;
        const float inverse = inverse_rms(call->kernels, x, dim, op->p.rmsnorm.epsilon);
        for (uint32_t d = 0; d < dim; d++)
            y[d] = x[d] * inverse * (weight ? weight[d] : 1.0f) + (bias ? bias[d] : 0.0f);
        if (!modulation)
            continue;
        const float *m = modulation + (size_t)(row / op->p.rmsnorm.length) * op->p.rmsnorm.width;
        const float *scale = m + op->p.rmsnorm.scale, *shift = m + op->p.rmsnorm.shift;
        for (uint32_t d = 0; d < dim; d++)
            y[d] = y[d] * (1.0f + scale[d]) + shift[d];
    }
}

static void run_rmsnorm(const struct um_cpu_call *call) {
    assert(!call->weights[UM_WEIGHT] || call->weights[UM_WEIGHT]->rows == call->op->p.rmsnorm.dim);
    assert(!call->weights[UM_BIAS] || call->weights[UM_BIAS]->rows == call->op->p.rmsnorm.dim);
    um_pool_run(call->pool, call->op->p.rmsnorm.rows, rmsnorm_rows, (void *)(uintptr_t)call);
}

static void qk_norm_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t dim = call->op->p.qk_norm.dim;
    (void)worker;
    for (uint32_t row = begin; row < end; row++) {
        const float *x = (const float *)call->in[UM_IN_X] + (size_t)row * 3 * dim;
        float *y = (float *)call->out + (size_t)row * 3 * dim;
        for (int part = 0; part < 2; part++, x += dim, y += dim) {
            const float inverse = inverse_rms(call->kernels, x, dim, call->op->p.qk_norm.epsilon);
            for (uint32_t d = 0; d < dim; d++)
                y[d] = x[d] * inverse;
        }
        memcpy(y, x, dim * sizeof *y);
    }
}

static void run_qk_norm(const struct um_cpu_call *call) {
    um_pool_run(call->pool, call->op->p.qk_norm.rows, qk_norm_rows, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_rmsnorm = {run_rmsnorm, NULL};

const struct um_cpu_op um_cpu_op_qk_norm = {run_qk_norm, NULL};
