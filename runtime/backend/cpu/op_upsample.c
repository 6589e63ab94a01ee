/* UPSAMPLE: every pixel becomes 2x2. */
#include <string.h>

#include "backend/cpu/cpu.h"

/* in (B, H, W, C) -> out (B, 2H, 2W, C) */
void um_reference_upsample(const struct um_op *op, const struct um_reference_args *args) {
    const size_t height = op->p.resize.height, width = op->p.resize.width;
    const size_t channels = op->p.resize.channels;
    float *out = args->out;
    for (size_t b = 0; b < op->p.resize.batch; b++)
        for (size_t y = 0; y < 2 * height; y++)
            for (size_t x = 0; x < 2 * width; x++)
                for (size_t c = 0; c < channels; c++)
                    *out++ =
                        ((const float *)args
                             ->in[UM_IN_X])[((b * height + y / 2) * width + x / 2) * channels + c];
}

/* Input rows of all images, counted through. */
static void upsample_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const size_t width = call->op->p.resize.width;
    const size_t pixel = call->op->p.resize.channels * sizeof(float), row = 2 * width * pixel;
    (void)worker;
    for (size_t y = begin; y < end; y++) {
        const char *in = (const char *)call->in[UM_IN_X] + y * width * pixel;
        char *out = (char *)call->out + 2 * y * row;
        for (size_t x = 0; x < width; x++) {
            memcpy(out + 2 * x * pixel, in + x * pixel, pixel);
            memcpy(out + (2 * x + 1) * pixel, in + x * pixel, pixel);
        }
        memcpy(out + row, out, row);
    }
}

static void run_upsample(const struct um_cpu_call *call) {
    if (call->out_strips)
        return;
    um_pool_run(call->pool, call->op->p.resize.batch * call->op->p.resize.height, upsample_rows,
                (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_upsample = {run_upsample, NULL};
