/* CONV2D: stride 1, zero padding that keeps the size, kernel 1 or 3. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum { STRIP_PIXELS = 16 * UM_TILE_ROWS }; /* output pixels that share a weight panel in cache */

/* in (B, H, W, Ci), weight (Co, k, k, Ci) [+ residual (B, H, W, Co)] -> out (B, H, W, Co) */
void um_reference_conv2d(const struct um_op *op, const struct um_reference_args *args) {
    const int64_t height = op->p.conv2d.height, width = op->p.conv2d.width;
    const int64_t in = op->p.conv2d.in, out = op->p.conv2d.out, kernel = op->p.conv2d.kernel;
    const float *x = args->in[UM_IN_X], *residual = args->in[UM_IN_RESIDUAL];
    for (int64_t pixel = 0; pixel < op->p.conv2d.batch * height * width; pixel++) {
        const int64_t column = pixel % width, row = pixel / width % height;
        for (int64_t o = 0; o < out; o++) {
            double sum = args->weights[UM_BIAS] ? (double)args->weights[UM_BIAS][o] : 0;
            if (residual)
                sum += (double)residual[pixel * out + o];
            for (int64_t ky = 0; ky < kernel; ky++)
                for (int64_t kx = 0; kx < kernel; kx++) {
                    const int64_t dy = ky - kernel / 2, dx = kx - kernel / 2;
                    if (row + dy < 0 || row + dy >= height || column + dx < 0 ||
                        column + dx >= width)
                        continue;
                    const float *from = x + (pixel + dy * width + dx) * in;
                    const float *w =
                        args->weights[UM_WEIGHT] + ((o * kernel + ky) * kernel + kx) * in;
                    for (int64_t i = 0; i < in; i++)
                        sum += (double)from[i] * (double)w[i];
                }
            ((float *)args->out)[pixel * out + o] = (float)sum;
        }
    }
}

struct conv {
    const struct um_cpu_call *call;
    const struct um_cpu_band *band;
    uint32_t width, in, out;
    uint32_t strips; /* of the band */
    uint32_t panels; /* of output channels */
};

static uint32_t strip_rows(const struct um_op *op) {
    return op->p.conv2d.width < STRIP_PIXELS ? STRIP_PIXELS / op->p.conv2d.width : 1;
}

static size_t padded_floats(const struct um_op *op) {
    return ((size_t)strip_rows(op) + 2) * ((size_t)op->p.conv2d.width + 2) * op->p.conv2d.in;
}

/* A padded strip, and what is added to one row of one panel. */
static struct um_cpu_scratch scratch_conv2d(const struct um_op *op) {
    if (op->p.conv2d.kernel == 1)
        return (struct um_cpu_scratch){0};
    if (um_cpu_winograd_suits(op))
        return um_cpu_winograd_scratch(op);
    return (struct um_cpu_scratch){
        .own = padded_floats(op) + (size_t)op->p.conv2d.width * UM_PANEL,
    };
}

/* Input rows first - 1 .. after of the band's picture, with a zero pixel at both ends and zero rows
 * outside the picture: (rows + 2, width + 2, in). */
static void pad_strip(const struct conv *c, uint32_t first, uint32_t after, float *strip) {
    const size_t pixel = c->in * sizeof(float);
    for (int64_t y = (int64_t)first - 1; y <= after; y++) {
        if (y < 0 || y >= c->call->op->p.conv2d.height) {
            memset(strip, 0, (c->width + 2) * pixel);
        } else {
            memset(strip, 0, pixel);
            memcpy(strip + c->in, c->band->in + (size_t)(y - c->band->top) * c->width * c->in,
                   c->width * pixel);
            memset(strip + ((size_t)c->width + 1) * c->in, 0, pixel);
        }
        strip += ((size_t)c->width + 2) * c->in;
    }
}

/* gemm writes its sums before it adds, so what it adds may not lie there: then the panel's columns
 * of the row are copied, (width, UM_PANEL). */
static void set_added(const struct conv *c, size_t at, float *copy, struct um_gemm *job) {
    const float *from = (const float *)c->call->in[UM_IN_RESIDUAL] + at;
    job->residual = from;
    job->residual_stride = c->out;
    if (c->call->in[UM_IN_RESIDUAL] != c->call->out)
        return;
    for (size_t x = 0; x < c->width; x++)
        memcpy(copy + x * UM_PANEL, from + x * c->out, job->cols * sizeof *copy);
    job->residual = copy;
    job->residual_stride = UM_PANEL;
}

/* Output rows of the band's picture, channels of one panel. A pixel's window is nine runs of `in`
 * floats in the padded strip, and the next pixel's are `in` floats further. */
static void conv_panel(const struct conv *c, float *strip, uint32_t panel, uint32_t first,
                       uint32_t after, uint32_t worker) {
    const size_t row_floats = ((size_t)c->width + 2) * c->in, column = (size_t)panel * UM_PANEL;
    float *copy = strip + padded_floats(c->call->op);
    struct um_gemm job = {
        .rows = c->width,
        .cols = c->out - column < UM_PANEL ? c->out - (uint32_t)column : UM_PANEL,
        .taps = 9,
        .depth = c->in,
        .a_stride = c->in,
        .c_stride = c->out,
    };
    for (size_t tap = 0; tap < 9; tap++)
        job.tap_offset[tap] = tap / 3 * row_floats + tap % 3 * c->in;
    job.b = um_cpu_panel(c->call, panel, worker, &job.b_stride);
    if (c->call->weights[UM_BIAS])
        job.bias = c->call->weights[UM_BIAS]->data + column;
    for (size_t y = first; y < after; y++) {
        const size_t line = (size_t)c->band->image * c->call->op->p.conv2d.height + y;
        const size_t at = line * c->width * c->out + column;
        job.a = strip + (y - first) * row_floats;
        job.c = (float *)c->call->out + at;
        if (c->call->in[UM_IN_RESIDUAL])
            set_added(c, at, copy, &job);
        c->call->kernels->gemm(&job);
    }
}

/* One unit is one panel of one strip; neighbouring units share the padded strip. */
static void conv_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct conv *c = arg;
    const struct um_cpu_band *band = c->band;
    const uint32_t rows = band->after - band->first;
    float *strip = c->call->own + worker * c->call->own_stride;
    uint32_t padded = UINT32_MAX;
    for (uint32_t unit = begin; unit < end; unit++) {
        const uint32_t s = unit / c->panels, panel = unit % c->panels;
        const uint32_t first = band->first + (uint32_t)((uint64_t)rows * s / c->strips);
        const uint32_t after = band->first + (uint32_t)((uint64_t)rows * (s + 1) / c->strips);
        if (s != padded)
            pad_strip(c, first, after, strip);
        padded = s;
        conv_panel(c, strip, panel, first, after, worker);
    }
}

static void conv_band(const struct um_cpu_call *call, const struct um_cpu_band *band) {
    const struct um_op *op = call->op;
    const uint32_t rows = strip_rows(op);
    struct conv c = {
        .call = call,
        .band = band,
        .width = op->p.conv2d.width,
        .in = op->p.conv2d.in,
        .out = op->p.conv2d.out,
        .strips = (band->after - band->first + rows - 1) / rows,
    };
    c.panels = (c.out + UM_PANEL - 1) / UM_PANEL;
    um_pool_run(call->pool, c.strips * c.panels, conv_units, &c);
}

static void whole_pictures(const struct um_cpu_call *call, um_cpu_band_fn conv) {
    const struct um_op *op = call->op;
    const size_t picture = (size_t)op->p.conv2d.height * op->p.conv2d.width * op->p.conv2d.in;
    struct um_cpu_band band = {.after = op->p.conv2d.height, .in = call->in[UM_IN_X]};
    for (; band.image < op->p.conv2d.batch; band.image++, band.in += picture) {
        conv(call, &band);
        band.again = true;
    }
}

static void run_conv2d(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    if (op->p.conv2d.kernel == 1) {
        um_cpu_matmul(call, op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width,
                      op->p.conv2d.in, op->p.conv2d.out, UM_ACT_NONE);
        return;
    }
    assert(op->p.conv2d.kernel == 3 && call->weights[UM_WEIGHT]->depth == 9 * op->p.conv2d.in);
    assert(call->weights[UM_WEIGHT]->rows == op->p.conv2d.out);
    const um_cpu_band_fn conv = um_cpu_winograd_suits(op) ? um_cpu_winograd : conv_band;
    if (call->source)
        um_cpu_strips(call, conv);
    else
        whole_pictures(call, conv);
}

const struct um_cpu_op um_cpu_op_conv2d = {run_conv2d, scratch_conv2d};
