/* GATE, SWIGLU and SCALE: ops that look at one element at a time. */
#include "backend/cpu/cpu.h"

/* in (R, D), residual (R, D), modulation (R / tokens, width) -> out (R, D) */
void um_reference_gate(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.gate.dim;
    const float *x = args->in[UM_IN_X], *residual = args->in[UM_IN_RESIDUAL];
    const float *modulation = args->in[UM_IN_MODULATION];
    for (size_t r = 0; r < op->p.gate.rows; r++) {
        const float *gate = modulation + r / op->p.gate.length * op->p.gate.width + op->p.gate.gate;
        for (size_t d = 0; d < dim; d++)
            ((float *)args->out)[r * dim + d] =
                (float)((double)residual[r * dim + d] + (double)gate[d] * (double)x[r * dim + d]);
    }
}

/* in (R, 2F) -> out (R, F) */
void um_reference_swiglu(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.swiglu.dim;
    for (size_t r = 0; r < op->p.swiglu.rows; r++) {
        const float *x = (const float *)args->in[UM_IN_X] + r * 2 * dim;
        for (size_t d = 0; d < dim; d++)
            ((float *)args->out)[r * dim + d] =
                (float)(um_reference_activate((double)x[d], UM_ACT_SILU) * (double)x[dim + d]);
    }
}

/* in (R) -> out (R) */
void um_reference_scale(const struct um_op *op, const struct um_reference_args *args) {
    for (size_t i = 0; i < op->p.scale.rows; i++) {
        double x = (double)((const float *)args->in[UM_IN_X])[i];
        x = x * (double)op->p.scale.scale + (double)op->p.scale.shift;
        ((float *)args->out)[i] = (float)um_reference_activate(x, op->p.scale.activation);
    }
}

static void gate_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const struct um_op *op = call->op;
    const uint32_t dim = op->p.gate.dim;
    (void)worker;
    for (uint32_t row = begin; row < end; row++) {
        const float *gate = (const float *)call->in[UM_IN_MODULATION] +
                            (size_t)(row / op->p.gate.length) * op->p.gate.width + op->p.gate.gate;
        const float *x = (const float *)call->in[UM_IN_X] + (size_t)row * dim;
        const float *residual = (const float *)call->in[UM_IN_RESIDUAL] + (size_t)row * dim;
        float *y = (float *)call->out + (size_t)row * dim;
        for (uint32_t d = 0; d < dim; d++)
            y[d] = residual[d] + gate[d] * x[d];
    }
}

static void run_gate(const struct um_cpu_call *call) {
    um_pool_run(call->pool, call->op->p.gate.rows, gate_rows, (void *)(uintptr_t)call);
}

enum { SPAN = 256 }; /* elements that share one call of the kernel */

/* y = act(x scale + shift): the per-channel kernel with the same numbers in every channel. */
static void apply(const struct um_cpu_kernels *kernels, const float *x, size_t count, float scale,
                  float shift, enum um_activation activation, float *y) {
    float affine[3 * SPAN];
    for (size_t i = 0; i < count; i += SPAN) {
        const size_t span = count - i < SPAN ? count - i : SPAN;
        if (i == 0 || span < SPAN)
            for (size_t k = 0; k < span; k++) {
                affine[k] = 0;
                affine[span + k] = scale;
                affine[2 * span + k] = shift;
            }
        kernels->channel_affine(x + i, affine, 1, (uint32_t)span, activation, y + i);
    }
}

static void swiglu_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t dim = call->op->p.swiglu.dim;
    (void)worker;
    for (uint32_t row = begin; row < end; row++) {
        const float *x = (const float *)call->in[UM_IN_X] + (size_t)row * 2 * dim;
        float *y = (float *)call->out + (size_t)row * dim;
        apply(call->kernels, x, dim, 1, 0, UM_ACT_SILU, y);
        for (uint32_t d = 0; d < dim; d++)
            y[d] *= x[dim + d];
    }
}

static void run_swiglu(const struct um_cpu_call *call) {
    um_pool_run(call->pool, call->op->p.swiglu.rows, swiglu_rows, (void *)(uintptr_t)call);
}

enum { CHUNK = 64 * SPAN };

static void scale_chunks(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const struct um_op *op = call->op;
    (void)worker;
    for (size_t chunk = begin; chunk < end; chunk++) {
        const size_t first = chunk * CHUNK, left = op->p.scale.rows - first;
        apply(call->kernels, (const float *)call->in[UM_IN_X] + first, left < CHUNK ? left : CHUNK,
              op->p.scale.scale, op->p.scale.shift, op->p.scale.activation,
              (float *)call->out + first);
    }
}

static void run_scale(const struct um_cpu_call *call) {
    const uint32_t rows = call->op->p.scale.rows;
    um_pool_run(call->pool, rows / CHUNK + (rows % CHUNK != 0), scale_chunks,
                (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_gate = {run_gate, NULL};

const struct um_cpu_op um_cpu_op_swiglu = {run_swiglu, NULL};

const struct um_cpu_op um_cpu_op_scale = {run_scale, NULL};
