/* CODEBOOK: rows of the codebook by index. */
#include <assert.h>

#include "backend/cpu/cpu.h"

/* ids (R), weight (K, E) -> out (R, E) */
void um_reference_codebook(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.codebook.dim;
    for (size_t r = 0; r < op->p.codebook.rows; r++)
        for (size_t e = 0; e < dim; e++)
            ((float *)args->out)[r * dim + e] =
                args->weights[UM_WEIGHT][(size_t)((const int32_t *)args->in[UM_IN_X])[r] * dim + e];
}

static void codebook_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    (void)worker;
    for (size_t row = begin; row < end; row++) {
        int32_t id = ((const int32_t *)call->in[UM_IN_X])[row];
        assert(id >= 0 && (uint32_t)id < call->op->p.codebook.codes);
        um_cpu_row(call->weights[UM_WEIGHT], (uint32_t)id,
                   (float *)call->out + row * call->op->p.codebook.dim);
    }
}

static void run_codebook(const struct um_cpu_call *call) {
    assert(call->weights[UM_WEIGHT]->depth == call->op->p.codebook.dim);
    um_pool_run(call->pool, call->op->p.codebook.rows, codebook_rows, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_codebook = {run_codebook, NULL};
