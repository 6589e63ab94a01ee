/* AVGPOOL: mean of 2x2 pixels. Bound by memory, so the readable loop is also the fast one. */
#include <assert.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

/* in (B, H, W, C) -> out (B, H / 2, W / 2, C) */
void um_reference_avgpool(const struct um_op *op, const struct um_reference_args *args) {
    const size_t width = op->p.resize.width, channels = op->p.resize.channels;
    const size_t rows = (size_t)op->p.resize.batch * op->p.resize.height / 2;
    for (size_t y = 0; y < rows; y++)
        for (size_t x = 0; x < width / 2; x++) {
            const float *a = (const float *)args->in + (2 * y * width + 2 * x) * channels;
            const float *b = a + width * channels;
            float *out = (float *)args->out + (y * (width / 2) + x) * channels;
            for (size_t c = 0; c < channels; c++)
                out[c] = 0.25f * ((a[c] + a[c + channels]) + (b[c] + b[c + channels]));
        }
}

static void avgpool_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const size_t row = (size_t)call->op->p.resize.width * call->op->p.resize.channels;
    (void)worker;
    struct um_op part = *call->op;
    part.p.resize.batch = end - begin;
    part.p.resize.height = 2;
    um_reference_avgpool(
        &part, &(struct um_reference_args){.in = (const float *)call->in + begin * 2 * row,
                                           .out = (float *)call->out + begin * (row / 2)});
}

void um_cpu_avgpool(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    assert(op->p.resize.width % 2 == 0 && op->p.resize.height % 2 == 0);
    um_pool_run(call->pool, op->p.resize.batch * (op->p.resize.height / 2), avgpool_rows,
                (void *)(uintptr_t)call);
}
