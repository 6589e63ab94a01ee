/* CONV2D: stride 1, zero padding that keeps the size, kernel 1 or 3. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

enum { STRIP_PIXELS = 16 * UM_TILE_ROWS }; /* output pixels that share a weight panel in cache */

/* in (B, H, W, Ci), weight (Co, k, k, Ci) [+ residual (B, H, W, Co)] -> out (B, H, W, Co) */
void um_reference_conv2d(const struct um_op *op, const struct um_reference_args *args) {
    const int64_t height = op->p.conv2d.height, width = op->p.conv2d.width;
    const int64_t in = op->p.conv2d.in, out = op->p.conv2d.out, kernel = op->p.conv2d.kernel;
    const float *x = args->in;
    for (int64_t pixel = 0; pixel < op->p.conv2d.batch * height * width; pixel++) {
        const int64_t column = pixel % width, row = pixel / width % height;
        for (int64_t o = 0; o < out; o++) {
            double sum = args->bias ? (double)args->bias[o] : 0;
            if (args->residual)
                sum += (double)args->residual[pixel * out + o];
            for (int64_t ky = 0; ky < kernel; ky++)
                for (int64_t kx = 0; kx < kernel; kx++) {
                    const int64_t dy = ky - kernel / 2, dx = kx - kernel / 2;
                    if (row + dy < 0 || row + dy >= height || column + dx < 0 ||
                        column + dx >= width)
                        continue;
                    const float *from = x + (pixel + dy * width + dx) * in;
                    const float *w = args->weight + ((o * kernel + ky) * kernel + kx) * in;
                    for (int64_t i = 0; i < in; i++)
                        sum += (double)from[i] * (double)w[i];
                }
            ((float *)args->out)[pixel * out + o] = (float)sum;
        }
    }
}

struct conv {
    const struct um_cpu_call *call;
    uint32_t height, width, in, out;
    uint32_t strips; /* per image */
    uint32_t panels; /* of output channels */
};

static struct conv layout(const struct um_op *op) {
    struct conv c = {
        .height = op->p.conv2d.height,
        .width = op->p.conv2d.width,
        .in = op->p.conv2d.in,
        .out = op->p.conv2d.out,
    };
    uint32_t rows = c.width < STRIP_PIXELS ? STRIP_PIXELS / c.width : 1;
    c.strips = (c.height + rows - 1) / rows;
    c.panels = (c.out + UM_PANEL - 1) / UM_PANEL;
    return c;
}

struct um_cpu_scratch um_cpu_conv2d_scratch(const struct um_op *op) {
    if (op->p.conv2d.kernel == 1)
        return (struct um_cpu_scratch){0, 0};
    if (um_cpu_winograd_suits(op))
        return um_cpu_winograd_scratch(op);
    const struct conv c = layout(op);
    const size_t rows = (c.height + c.strips - 1) / c.strips;
    return (struct um_cpu_scratch){.own = (rows + 2) * (c.width + 2) * c.in};
}

/* Input rows first - 1 .. after of one image, with a zero pixel at both ends and zero rows outside
 * the picture: (rows + 2, width + 2, in). */
static void pad_strip(const struct conv *c, const float *image, uint32_t first, uint32_t after,
                      float *strip) {
    const size_t pixel = c->in * sizeof(float);
    for (int64_t y = (int64_t)first - 1; y <= after; y++) {
        if (y < 0 || y >= c->height) {
            memset(strip, 0, (c->width + 2) * pixel);
        } else {
            memset(strip, 0, pixel);
            memcpy(strip + c->in, image + (size_t)y * c->width * c->in, c->width * pixel);
            memset(strip + ((size_t)c->width + 1) * c->in, 0, pixel);
        }
        strip += ((size_t)c->width + 2) * c->in;
    }
}

/* Output rows first .. after - 1 of one image, channels of one panel. A pixel's window is nine runs
 * of `in` floats in the padded strip, and the next pixel's are `in` floats further. */
static void conv_panel(const struct conv *c, const float *strip, uint32_t panel, size_t first_pixel,
                       uint32_t rows) {
    const size_t row_floats = ((size_t)c->width + 2) * c->in, column = (size_t)panel * UM_PANEL;
    struct um_gemm job = {
        .rows = c->width,
        .cols = c->out - column < UM_PANEL ? c->out - (uint32_t)column : UM_PANEL,
        .taps = 9,
        .depth = c->in,
        .a_stride = c->in,
        .c_stride = c->out,
        .residual_stride = c->out,
    };
    for (size_t tap = 0; tap < 9; tap++)
        job.tap_offset[tap] = tap / 3 * row_floats + tap % 3 * c->in;
    job.b = um_cpu_panel(c->call->weight, panel, &job.b_stride);
    if (c->call->bias)
        job.bias = c->call->bias->data + column;
    for (size_t y = 0; y < rows; y++) {
        const size_t at = (first_pixel + y * c->width) * c->out + column;
        job.a = strip + y * row_floats;
        job.c = (float *)c->call->out + at;
        if (c->call->residual)
            job.residual = c->call->residual + at;
        c->call->kernels->gemm(&job);
    }
}

/* One unit is one panel of one strip; neighbouring units share the padded strip. */
static void conv_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct conv *c = arg;
    float *strip = c->call->own + worker * c->call->own_stride;
    uint32_t padded = UINT32_MAX;
    for (uint32_t unit = begin; unit < end; unit++) {
        const uint32_t index = unit / c->panels, panel = unit % c->panels;
        const size_t image = index / c->strips;
        const uint32_t s = index % c->strips;
        const uint32_t first = (uint32_t)((uint64_t)c->height * s / c->strips);
        const uint32_t after = (uint32_t)((uint64_t)c->height * (s + 1) / c->strips);
        const size_t pixel = (image * c->height) * c->width;
        if (index != padded)
            pad_strip(c, (const float *)c->call->in + pixel * c->in, first, after, strip);
        padded = index;
        conv_panel(c, strip, panel, pixel + (size_t)first * c->width, after - first);
    }
}

void um_cpu_conv2d(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    if (op->p.conv2d.kernel == 1) {
        um_cpu_matmul(call, op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width,
                      op->p.conv2d.in, op->p.conv2d.out, UM_ACT_NONE);
        return;
    }
    if (um_cpu_winograd_suits(op)) {
        um_cpu_winograd(call);
        return;
    }
    struct conv c = layout(op);
    c.call = call;
    assert(op->p.conv2d.kernel == 3 && call->weight->depth == 9 * c.in);
    assert(call->weight->rows == c.out);
    um_pool_run(call->pool, op->p.conv2d.batch * c.strips * c.panels, conv_units, &c);
}
