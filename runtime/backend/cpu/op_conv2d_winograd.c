/* CONV2D with kernel 3 by Winograd's F(4x4, 3x3), see winograd_template.h: a quarter of the
 * multiplications.
 *
 * Kernels are transformed anew for every run, which costs little beside a large picture and keeps
 * the weights at their size. Then blocks of tiles are transformed, multiplied and transformed back
 * while they are in the cache. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum {
    NUMBERS = 36,          /* per tile and channel */
    SIDE = UM_BAND_ROWS,   /* pixels of a tile; its input reaches one further on all sides */
    MIN_PIXELS = 1024,     /* below, transforming the kernels takes longer than it saves */
    MIN_CHANNELS = 16,     /* below, the transforms of the input do */
    MAX_KERNELS = 1 << 17, /* above, transformed kernels take more memory than they are worth */
    BLOCK_FLOATS = 160000, /* of transformed input: what the second cache holds */
    MIN_BLOCK = 2 * UM_TILE_ROWS,
    MAX_BLOCK = 8 * UM_TILE_ROWS
};

struct winograd {
    const struct um_cpu_call *call;
    const struct um_cpu_band *band;
    uint32_t height, width, in, out;
    uint32_t across;       /* tiles in a row */
    uint32_t tiles, block; /* of the band; those that are worked on together */
    uint32_t panels;       /* of output channels */
    size_t number_stride;  /* floats of one of the 36 transformed matrices */
};

bool um_cpu_winograd_suits(const struct um_op *op) {
    return op->p.conv2d.kernel == 3 && op->p.conv2d.in >= MIN_CHANNELS &&
           (uint64_t)op->p.conv2d.in * op->p.conv2d.out <= MAX_KERNELS &&
           (uint64_t)op->p.conv2d.height * op->p.conv2d.width >= MIN_PIXELS;
}

static struct winograd layout(const struct um_op *op) {
    struct winograd w = {
        .height = op->p.conv2d.height,
        .width = op->p.conv2d.width,
        .in = op->p.conv2d.in,
        .out = op->p.conv2d.out,
    };
    w.across = (w.width + SIDE - 1) / SIDE;
    w.block = BLOCK_FLOATS / (NUMBERS * w.in) / UM_TILE_ROWS * UM_TILE_ROWS;
    if (w.block < MIN_BLOCK)
        w.block = MIN_BLOCK;
    if (w.block > MAX_BLOCK)
        w.block = MAX_BLOCK;
    w.panels = (w.out + UM_PANEL - 1) / UM_PANEL;
    w.number_stride = (w.out + UM_LANES - 1) / UM_LANES * UM_LANES * (size_t)w.in;
    return w;
}

struct um_cpu_scratch um_cpu_winograd_scratch(const struct um_op *op) {
    const struct winograd w = layout(op);
    return (struct um_cpu_scratch){
        .shared = NUMBERS * w.number_stride,
        .own = (size_t)NUMBERS * w.in + (size_t)NUMBERS * w.block * (w.in + UM_PANEL),
    };
}

static void kernel_panels(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct winograd *w = arg;
    for (uint32_t p = begin; p < end; p++) {
        size_t width;
        const float *panel = um_cpu_panel(w->call, p, worker, &width);
        w->call->kernels->winograd_kernel(
            panel, width, w->in, w->call->shared + (size_t)p * UM_PANEL * w->in, w->number_stride);
    }
}

/* A tile's first pixel. */
struct place {
    uint32_t y, x;
};

static struct place place_of(const struct winograd *w, uint32_t tile) {
    return (struct place){w->band->first + tile / w->across * SIDE, tile % w->across * SIDE};
}

static const float *input_at(const struct winograd *w, uint32_t row, uint32_t column) {
    return w->band->in + ((size_t)(row - w->band->top) * w->width + column) * w->in;
}

/* Copies the 6x6 pixels of a tile at the picture's edge, zeros beyond it. */
static void copy_patch(const struct winograd *w, struct place at, float *patch) {
    const size_t bytes = w->in * sizeof(float);
    for (uint32_t y = 0; y < SIDE + 2; y++)
        for (uint32_t x = 0; x < SIDE + 2; x++, patch += w->in) {
            const uint32_t row = at.y + y - 1, column = at.x + x - 1; /* -1 wraps: outside */
            if (row < w->height && column < w->width)
                memcpy(patch, input_at(w, row, column), bytes);
            else
                memset(patch, 0, bytes);
        }
}

static void transform_inputs(const struct winograd *w, uint32_t first, uint32_t count, float *patch,
                             float *v) {
    const size_t v_stride = (size_t)count * w->in;
    for (uint32_t t = 0; t < count; t++) {
        const struct place at = place_of(w, first + t);
        size_t row_stride = (size_t)w->width * w->in;
        const float *from = patch;
        if (at.y && at.x && at.y + SIDE < w->height && at.x + SIDE < w->width) {
            from = input_at(w, at.y - 1, at.x - 1);
        } else {
            copy_patch(w, at, patch);
            row_stride = (size_t)(SIDE + 2) * w->in;
        }
        w->call->kernels->winograd_input(from, row_stride, w->in, v + (size_t)t * w->in, v_stride);
    }
}

static void multiply(const struct winograd *w, uint32_t panel, uint32_t count, const float *v,
                     float *m) {
    const size_t column = (size_t)panel * UM_PANEL;
    const uint32_t left = w->out - (uint32_t)column;
    struct um_gemm job = {
        .rows = count,
        .cols = left <= UM_LANES ? UM_LANES : UM_PANEL,
        .taps = 1,
        .depth = w->in,
        .a_stride = w->in,
        .b_stride = left <= UM_LANES ? UM_LANES : UM_PANEL,
        .c_stride = UM_PANEL,
    };
    for (size_t i = 0; i < NUMBERS; i++) {
        job.a = v + i * count * w->in;
        job.b = w->call->shared + i * w->number_stride + column * w->in;
        job.c = m + i * count * UM_PANEL;
        w->call->kernels->gemm(&job);
    }
}

static void transform_outputs(const struct winograd *w, uint32_t panel, uint32_t first,
                              uint32_t count, const float *m) {
    const uint32_t column = panel * UM_PANEL, left = w->out - column;
    const float *residual = w->call->in[UM_IN_RESIDUAL];
    struct um_winograd_output job = {
        .m_stride = (size_t)count * UM_PANEL,
        .cols = left < UM_PANEL ? left : UM_PANEL,
        .bias = w->call->weights[UM_BIAS] ? w->call->weights[UM_BIAS]->data + column : NULL,
        .pixel_stride = w->out,
        .row_stride = (size_t)w->width * w->out,
    };
    for (uint32_t t = 0; t < count; t++) {
        const struct place place = place_of(w, first + t);
        const size_t line = (size_t)w->band->image * w->height + place.y;
        const size_t pixel = line * w->width + place.x;
        const size_t at = pixel * w->out + column;
        job.m = m + (size_t)t * UM_PANEL;
        job.height = w->height - place.y < SIDE ? w->height - place.y : SIDE;
        job.width = w->width - place.x < SIDE ? w->width - place.x : SIDE;
        job.c = (float *)w->call->out + at;
        job.residual = residual ? residual + at : NULL;
        w->call->kernels->winograd_output(&job);
    }
}

static void tile_blocks(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct winograd *w = arg;
    float *patch = w->call->own + worker * w->call->own_stride;
    float *v = patch + (size_t)NUMBERS * w->in;
    float *m = v + (size_t)NUMBERS * w->block * w->in;
    for (uint32_t b = begin; b < end; b++) {
        const uint32_t first = b * w->block, left = w->tiles - first;
        const uint32_t count = left < w->block ? left : w->block;
        transform_inputs(w, first, count, patch, v);
        for (uint32_t p = 0; p < w->panels; p++) {
            multiply(w, p, count, v, m);
            transform_outputs(w, p, first, count, m);
        }
    }
}

void um_cpu_winograd(const struct um_cpu_call *call, const struct um_cpu_band *band) {
    struct winograd w = layout(call->op);
    w.call = call;
    w.band = band;
    w.tiles = w.across * ((band->after - band->first + SIDE - 1) / SIDE);
    assert(call->weights[UM_WEIGHT]->depth == 9 * w.in && call->weights[UM_WEIGHT]->rows == w.out);
    if (!band->again)
        um_pool_run(call->pool, w.panels, kernel_panels, &w);
    um_pool_run(call->pool, (w.tiles + w.block - 1) / w.block, tile_blocks, &w);
}
