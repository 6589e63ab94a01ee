/* AVGPOOL: mean of 2x2 pixels. */
#include <assert.h>

#include "backend/cpu/cpu.h"

/* in (B, H, W, C) -> out (B, H / 2, W / 2, C) */
void um_reference_avgpool(const struct um_op *op, const struct um_reference_args *args) {
    const size_t height = op->p.resize.height, width = op->p.resize.width;
    const size_t channels = op->p.resize.channels;
    float *out = args->out;
    for (size_t b = 0; b < op->p.resize.batch; b++)
        for (size_t y = 0; y < height / 2; y++)
            for (size_t x = 0; x < width / 2; x++)
                for (size_t c = 0; c < channels; c++) {
                    double sum = 0;
                    for (size_t i = 0; i < 4; i++) {
                        size_t row = b * height + 2 * y + i / 2, column = 2 * x + i % 2;
                        sum +=
                            (double)((const float *)
                                         args->in[UM_IN_X])[(row * width + column) * channels + c];
                    }
                    *out++ = (float)(sum / 4);
                }
}

/* Output rows of all images, counted through. */
static void avgpool_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const size_t width = call->op->p.resize.width, channels = call->op->p.resize.channels;
    (void)worker;
    for (size_t y = begin; y < end; y++)
        for (size_t x = 0; x < width / 2; x++) {
            const float *a = (const float *)call->in[UM_IN_X] + (2 * y * width + 2 * x) * channels;
            const float *b = a + width * channels;
            float *out = (float *)call->out + (y * (width / 2) + x) * channels;
            for (size_t c = 0; c < channels; c++)
                out[c] = 0.25f * ((a[c] + a[c + channels]) + (b[c] + b[c + channels]));
        }
}

static void run_avgpool(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    assert(op->p.resize.width % 2 == 0 && op->p.resize.height % 2 == 0);
    um_pool_run(call->pool, op->p.resize.batch * (op->p.resize.height / 2), avgpool_rows,
                (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_avgpool = {run_avgpool, NULL};
