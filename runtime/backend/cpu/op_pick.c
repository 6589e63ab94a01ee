/* PICK: chosen rows of the input, or of the weight. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

/* in (R0, D) or weight (T, D), rows (1 + R) -> out (R, D) */
void um_reference_pick(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.pick.dim;
    const float *in = args->in[UM_IN_X];
    const int32_t *rows = args->in[UM_IN_ROWS];
    float *out = args->out;
    for (size_t r = 0; r < op->p.pick.rows; r++) {
        const size_t row = (size_t)rows[1 + r];
        for (size_t d = 0; d < dim; d++)
            out[r * dim + d] = in ? in[row * dim + d]
                                  : args->weights[UM_WEIGHT][row % op->p.pick.length * dim + d];
    }
}

static void pick_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t dim = call->op->p.pick.dim;
    const int32_t *rows = call->in[UM_IN_ROWS];
    (void)worker;
    for (uint32_t r = begin; r < end; r++) {
        const uint32_t row = (uint32_t)rows[1 + r];
        float *out = (float *)call->out + (size_t)r * dim;
        if (call->in[UM_IN_X]) {
            assert(row < call->op->p.pick.in_rows);
            memcpy(out, (const float *)call->in[UM_IN_X] + (size_t)row * dim, dim * sizeof *out);
        } else {
            um_cpu_row(call->weights[UM_WEIGHT], row % call->op->p.pick.length, out);
        }
    }
}

static void run_pick(const struct um_cpu_call *call) {
    assert(call->in[UM_IN_ROWS]);
    assert(call->in[UM_IN_X] || (call->weights[UM_WEIGHT]->depth == call->op->p.pick.dim &&
                                 call->weights[UM_WEIGHT]->rows >= call->op->p.pick.length));
    um_pool_run(call->pool, call->op->p.pick.rows, pick_rows, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_pick = {run_pick, NULL};
