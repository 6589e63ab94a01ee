/* CONV2D_STRIDE2: kernel 3, stride 2, zeros right of and below the map only. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum { STRIP_PIXELS = 16 * UM_TILE_ROWS }; /* output pixels that share a weight panel in cache */

/* in (B, H, W, Ci), weight (Co, 3, 3, Ci) -> out (B, H/2, W/2, Co) */
void um_reference_conv2d_stride2(const struct um_op *op, const struct um_reference_args *args) {
    const size_t height = op->p.conv2d.height, width = op->p.conv2d.width;
    const size_t in = op->p.conv2d.in, out = op->p.conv2d.out;
    const size_t pixels = op->p.conv2d.batch * (height / 2) * (width / 2);
    for (size_t pixel = 0; pixel < pixels; pixel++) {
        const size_t column = pixel % (width / 2) * 2, line = pixel / (width / 2) * 2;
        for (size_t o = 0; o < out; o++) {
            double sum = args->weights[UM_BIAS] ? (double)args->weights[UM_BIAS][o] : 0;
            for (size_t tap = 0; tap < 9; tap++) {
                const size_t y = line % height + tap / 3, x = column + tap % 3;
                if (y >= height || x >= width)
                    continue;
                const float *from = (const float *)args->in[UM_IN_X] +
                                    ((line / height * height + y) * width + x) * in;
                const float *w = args->weights[UM_WEIGHT] + (o * 9 + tap) * in;
                for (size_t i = 0; i < in; i++)
                    sum += (double)from[i] * (double)w[i];
            }
            ((float *)args->out)[pixel * out + o] = (float)sum;
        }
    }
}

struct conv {
    const struct um_cpu_call *call;
    uint32_t height, width; /* of the result */
    uint32_t in, out;
    uint32_t strips; /* per image */
    uint32_t panels; /* of output channels */
};

static struct conv layout(const struct um_op *op) {
    struct conv c = {
        .height = op->p.conv2d.height / 2,
        .width = op->p.conv2d.width / 2,
        .in = op->p.conv2d.in,
        .out = op->p.conv2d.out,
    };
    uint32_t rows = c.width < STRIP_PIXELS ? STRIP_PIXELS / c.width : 1;
    c.strips = (c.height + rows - 1) / rows;
    c.panels = (c.out + UM_PANEL - 1) / UM_PANEL;
    return c;
}

static size_t line_floats(const struct conv *c) {
    return (2 * (size_t)c->width + 1) * c->in;
}

static struct um_cpu_scratch scratch_conv2d_stride2(const struct um_op *op) {
    const struct conv c = layout(op);
    const size_t rows = (c.height + c.strips - 1) / c.strips;
    return (struct um_cpu_scratch){.own = (2 * rows + 1) * line_floats(&c)};
}

/* The input lines of output rows first .. after - 1, with a zero pixel behind each, and zeros below
 * the picture: (2 rows + 1, 2 width + 1, in). */
static void pad_strip(const struct conv *c, const float *image, uint32_t first, uint32_t after,
                      float *strip) {
    const size_t line = line_floats(c);
    for (uint32_t y = 2 * first; y <= 2 * after; y++, strip += line) {
        if (y == 2 * c->height) {
            memset(strip, 0, line * sizeof *strip);
            continue;
        }
        memcpy(strip, image + y * (line - c->in), (line - c->in) * sizeof *strip);
        memset(strip + line - c->in, 0, c->in * sizeof *strip);
    }
}

/* Output rows, channels of one panel. A pixel's window is nine runs of `in` floats in the padded
 * strip; the next pixel's are two input pixels further. */
static void conv_panel(const struct conv *c, const float *strip, uint32_t panel, size_t first_pixel,
                       uint32_t rows, uint32_t worker) {
    const size_t line = line_floats(c), column = (size_t)panel * UM_PANEL;
    struct um_gemm job = {
        .rows = c->width,
        .cols = c->out - column < UM_PANEL ? c->out - (uint32_t)column : UM_PANEL,
        .taps = 9,
        .depth = c->in,
        .a_stride = 2 * (size_t)c->in,
        .c_stride = c->out,
    };
    for (size_t tap = 0; tap < 9; tap++)
        job.tap_offset[tap] = tap / 3 * line + tap % 3 * c->in;
    job.b = um_cpu_panel(c->call, panel, worker, &job.b_stride);
    if (c->call->weights[UM_BIAS])
        job.bias = c->call->weights[UM_BIAS]->data + column;
    for (size_t y = 0; y < rows; y++) {
        job.a = strip + 2 * y * line;
        job.c = (float *)c->call->out + (first_pixel + y * c->width) * c->out + column;
        c->call->kernels->gemm(&job);
    }
}

/* One unit is one panel of one strip; neighbouring units share the padded strip. */
static void conv_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct conv *c = arg;
    float *strip = c->call->own + worker * c->call->own_stride;
    uint32_t padded = UINT32_MAX;
    for (uint32_t unit = begin; unit < end; unit++) {
        const uint32_t index = unit / c->panels, s = index % c->strips;
        const uint32_t first = (uint32_t)((uint64_t)c->height * s / c->strips);
        const uint32_t after = (uint32_t)((uint64_t)c->height * (s + 1) / c->strips);
        const size_t pixel = (size_t)(index / c->strips) * c->height * c->width;
        if (index != padded)
            pad_strip(c, (const float *)c->call->in[UM_IN_X] + 4 * pixel * c->in, first, after,
                      strip);
        padded = index;
        conv_panel(c, strip, unit % c->panels, pixel + (size_t)first * c->width, after - first,
                   worker);
    }
}

static void run_conv2d_stride2(const struct um_cpu_call *call) {
    struct conv c = layout(call->op);
    c.call = call;
    assert(call->weights[UM_WEIGHT]->depth == 9 * c.in && call->weights[UM_WEIGHT]->rows == c.out);
    um_pool_run(call->pool, call->op->p.conv2d.batch * c.strips * c.panels, conv_units, &c);
}

const struct um_cpu_op um_cpu_op_conv2d_stride2 = {run_conv2d_stride2, scratch_conv2d_stride2};
