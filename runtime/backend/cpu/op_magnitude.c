/* MAGNITUDE: the size of every element, times a factor. */
#include <math.h>

#include "backend/cpu/cpu.h"

/* in (R) -> out (R) */
static void reference_magnitude(const struct um_op *op, const struct um_reference_args *args) {
    const float *x = args->in[UM_IN_X];
    for (size_t i = 0; i < op->p.magnitude.rows; i++)
        ((float *)args->out)[i] = fabsf(x[i]) * op->p.magnitude.factor;
}

enum { CHUNK = 4096 };

static void magnitude_chunks(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const float *x = call->in[UM_IN_X];
    float *y = call->out;
    const uint32_t count = call->op->p.magnitude.rows;
    (void)worker;
    for (uint32_t i = begin * CHUNK; i < end * CHUNK && i < count; i++)
        y[i] = fabsf(x[i]) * call->op->p.magnitude.factor;
}

static void run_magnitude(const struct um_cpu_call *call) {
    um_pool_run(call->pool, (call->op->p.magnitude.rows + CHUNK - 1) / CHUNK, magnitude_chunks,
                (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_magnitude = {run_magnitude, NULL, reference_magnitude};
