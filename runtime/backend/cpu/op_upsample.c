/* UPSAMPLE: every pixel becomes 2x2. Bound by memory, so the readable loop is also the fast one. */
#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

/* in (B, H, W, C) -> out (B, 2H, 2W, C) */
void um_reference_upsample(const struct um_op *op, const struct um_reference_args *args) {
    const size_t width = op->p.resize.width, channels = op->p.resize.channels;
    const size_t rows = (size_t)op->p.resize.batch * op->p.resize.height;
    for (size_t y = 0; y < 2 * rows; y++)
        for (size_t x = 0; x < 2 * width; x++) {
            const float *in = (const float *)args->in + (y / 2 * width + x / 2) * channels;
            float *out = (float *)args->out + (y * 2 * width + x) * channels;
            for (size_t c = 0; c < channels; c++)
                out[c] = in[c];
        }
}

static void upsample_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const size_t row = (size_t)call->op->p.resize.width * call->op->p.resize.channels;
    (void)worker;
    struct um_op part = *call->op;
    part.p.resize.batch = end - begin;
    part.p.resize.height = 1;
    um_reference_upsample(&part,
                          &(struct um_reference_args){.in = (const float *)call->in + begin * row,
                                                      .out = (float *)call->out + begin * 4 * row});
}

void um_cpu_upsample(const struct um_cpu_call *call) {
    um_pool_run(call->pool, call->op->p.resize.batch * call->op->p.resize.height, upsample_rows,
                (void *)(uintptr_t)call);
}
