/* The cases of every kernel in um_cpu_kernels. */
#include "ops/kernel_case.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- buffers */

static void *take(struct kernel_case *c, size_t bytes, bool at_end, bool private) {
    c->private[c->count] = private;
    c->buffers[c->count] = guarded_take(bytes, at_end);
    return c->buffers[c->count++].data;
}

static float *input(struct kernel_case *c, struct test_rand *r, size_t count, bool at_end) {
    float *values = take(c, count * sizeof *values, at_end, false);
    test_rand_fill(r, values, count, 0, 1);
    return values;
}

/* Not a number wherever no kernel writes. */
static float *output(struct kernel_case *c, size_t count, bool at_end) {
    float *values = take(c, count * sizeof *values, at_end, false);
    memset(values, 0xff, count * sizeof *values);
    return values;
}

static uint32_t up_to(struct test_rand *r, uint32_t limit) {
    return 1 + test_rand_below(r, limit);
}

static size_t whole_vectors(size_t columns) {
    return (columns + UM_LANES - 1) / UM_LANES * UM_LANES;
}

/* ---------------------------------------------------------------- products */

static void call_gemm(struct kernel_case *c) {
    c->kernels->gemm(&c->p.gemm);
}

/* A has `taps` runs of depth + gap floats per row, as a convolution's window has. */
static void build_gemm(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    struct um_gemm *job = &c->p.gemm;
    job->rows = large ? 257 : up_to(r, 40);
    job->cols = large ? UM_PANEL : up_to(r, UM_PANEL);
    job->taps = large || test_rand_below(r, 2) ? 1 : 9;
    job->depth = large ? 768 : up_to(r, 100);
    const size_t gap = large ? 0 : test_rand_below(r, 3), run = job->depth + gap;
    job->a_stride = run * (test_rand_below(r, 2) ? 1 : job->taps);
    for (size_t tap = 0; tap < job->taps; tap++)
        job->tap_offset[tap] = tap * run;
    job->b_stride = whole_vectors(job->cols) + (large ? 0 : test_rand_below(r, 3));
    job->c_stride = job->cols + (large ? 0 : test_rand_below(r, 5));
    job->residual_stride = job->cols + (large ? 0 : test_rand_below(r, 5));
    job->activation = large ? UM_ACT_NONE : (enum um_activation)test_rand_below(r, 4);
    job->resume = !large && test_rand_below(r, 3) == 0;
    const size_t last = (job->rows - 1) * job->a_stride + job->tap_offset[job->taps - 1];
    const size_t depth = (size_t)job->taps * job->depth;
    const size_t results = (job->rows - 1) * job->c_stride + job->cols;
    job->a = input(c, r, last + job->depth, at_end);
    job->b = input(c, r, (depth - 1) * job->b_stride + whole_vectors(job->cols), at_end);
    job->bias = large || test_rand_below(r, 2) ? input(c, r, job->cols, at_end) : NULL;
    if (test_rand_below(r, 2))
        job->residual = input(c, r, (job->rows - 1) * job->residual_stride + job->cols, at_end);
    job->c = job->resume ? input(c, r, results, at_end) : output(c, results, at_end);
    job->next = test_rand_below(r, 2) ? job->b : NULL;
    job->next_bytes = depth * job->b_stride * sizeof(float);
    c->call = call_gemm;
    c->flops = 2.0 * job->rows * (double)depth * job->cols;
    snprintf(c->size, sizeof c->size, "%u x %u x %u -> %u act %d%s", job->rows, job->taps,
             job->depth, job->cols, (int)job->activation, job->resume ? " resumed" : "");
}

static void call_q8(struct kernel_case *c) {
    c->kernels->q8->gemm(&c->p.q8);
}

/* The panel in the level's own order. */
static void fill_q8_panel(const struct um_q8_kernels *q8, struct test_rand *r, uint32_t width,
                          uint32_t blocks, unsigned char *panel) {
    for (uint32_t block = 0; block < blocks; block++, panel += (size_t)36 * width)
        for (uint32_t column = 0; column < width; column++) {
            const float scale = 0.01f * (0.5f + test_rand_unit(r));
            memcpy(panel + 4 * column, &scale, sizeof scale);
            for (uint32_t i = 0; i < UM_Q8_BLOCK; i++)
                panel[4 * width + (i / q8->group * width + column) * q8->group + i % q8->group] =
                    (unsigned char)(test_rand_below(r, 255) + 129 + q8->offset);
        }
}

/* Rounding the rows is a part of the case: block forms differ between levels, products must not. */
static void build_q8(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    const struct um_q8_kernels *q8 = c->kernels->q8;
    struct um_gemm_q8 *job = &c->p.q8;
    job->rows = large ? 257 : up_to(r, 30);
    job->b_width = large || test_rand_below(r, 2) ? UM_PANEL : UM_LANES;
    job->cols = large ? UM_PANEL : up_to(r, job->b_width);
    job->blocks = large ? 768 / UM_Q8_BLOCK : up_to(r, 5);
    job->a_stride = job->blocks * q8->block_bytes;
    job->c_stride = job->cols + (large ? 0 : test_rand_below(r, 5));
    job->residual_stride = job->c_stride;
    job->activation = large ? UM_ACT_NONE : (enum um_activation)test_rand_below(r, 4);
    const size_t depth = (size_t)job->blocks * UM_Q8_BLOCK;
    const size_t results = (job->rows - 1) * job->c_stride + job->cols;
    const float *x = input(c, r, job->rows * depth, at_end);
    unsigned char *a = take(c, job->rows * job->a_stride, at_end, true);
    unsigned char *panel = take(c, (size_t)36 * job->b_width * job->blocks, at_end, true);
    for (size_t row = 0; row < job->rows; row++)
        q8->quantize(x + row * depth, job->blocks, a + row * job->a_stride);
    fill_q8_panel(q8, r, job->b_width, job->blocks, panel);
    job->a = a;
    job->b = panel;
    job->bias = test_rand_below(r, 2) ? input(c, r, job->cols, at_end) : NULL;
    job->residual = test_rand_below(r, 2) ? input(c, r, results, at_end) : NULL;
    job->c = output(c, results, at_end);
    c->call = call_q8;
    c->flops = 2.0 * job->rows * (double)depth * job->cols;
    snprintf(c->size, sizeof c->size, "%u x %zu -> %u act %d", job->rows, depth, job->cols,
             (int)job->activation);
}

static void call_q8_round(struct kernel_case *c) {
    c->kernels->q8->quantize(c->buffers[0].data, c->p.row.count / UM_Q8_BLOCK, c->buffers[1].data);
}

static void build_q8_round(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    c->p.row.count = UM_Q8_BLOCK * (large ? 24 : up_to(r, 9));
    input(c, r, c->p.row.count, at_end);
    take(c, c->p.row.count / UM_Q8_BLOCK * c->kernels->q8->block_bytes, at_end, true);
    c->call = call_q8_round;
    c->flops = 4.0 * c->p.row.count;
    snprintf(c->size, sizeof c->size, "%u", c->p.row.count);
}

static void call_distance(struct kernel_case *c) {
    c->kernels->distance(c->buffers[0].data, c->p.row.depth, c->buffers[1].data, c->p.row.stride,
                         c->p.row.count, c->buffers[2].data);
}

static void build_distance(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    c->p.row.count = large ? UM_PANEL : up_to(r, UM_PANEL);
    c->p.row.depth = large ? 256 : up_to(r, 70);
    c->p.row.stride = whole_vectors(c->p.row.count) + (large ? 0 : test_rand_below(r, 3));
    input(c, r, c->p.row.depth, at_end);
    input(c, r, (c->p.row.depth - 1) * c->p.row.stride + whole_vectors(c->p.row.count), at_end);
    output(c, c->p.row.count, at_end);
    c->call = call_distance;
    c->flops = 3.0 * c->p.row.depth * c->p.row.count;
    snprintf(c->size, sizeof c->size, "%u to %u", c->p.row.depth, c->p.row.count);
}

/* ---------------------------------------------------------------- rows */

static void call_softmax(struct kernel_case *c) {
    c->kernels->softmax(c->buffers[0].data, c->p.row.count, 0.7f);
}

static void call_shorten(struct kernel_case *c) {
    c->kernels->shorten(c->buffers[0].data, c->p.row.count);
}

static void call_layernorm(struct kernel_case *c) {
    c->kernels->layernorm(c->buffers[0].data, c->buffers[1].data, c->buffers[2].data,
                          c->buffers[3].data, c->p.row.count, 1e-6f, c->buffers[4].data);
}

static void build_softmax(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    c->p.row.count = large ? 257 : up_to(r, 100);
    input(c, r, c->p.row.count, at_end);
    c->call = call_softmax;
    c->flops = 30.0 * c->p.row.count;
    snprintf(c->size, sizeof c->size, "%u", c->p.row.count);
}

static void build_shorten(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    build_softmax(c, r, large, at_end);
    c->call = call_shorten;
    c->flops = 3.0 * c->p.row.count;
}

static void build_layernorm(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    c->p.row.count = large ? 768 : up_to(r, 100);
    for (int i = 0; i < 4; i++)
        input(c, r, c->p.row.count, at_end);
    output(c, c->p.row.count, at_end);
    c->call = call_layernorm;
    c->flops = 9.0 * c->p.row.count;
    snprintf(c->size, sizeof c->size, "%u", c->p.row.count);
}

/* ---------------------------------------------------------------- channels */

static void call_channel_sum(struct kernel_case *c) {
    c->kernels->channel_sum(c->buffers[0].data, c->p.row.pixels, c->p.row.count,
                            c->buffers[1].data);
}

static void call_channel_square(struct kernel_case *c) {
    c->kernels->channel_square(c->buffers[0].data, c->buffers[2].data, c->p.row.pixels,
                               c->p.row.count, c->buffers[1].data);
}

static void call_channel_affine(struct kernel_case *c) {
    c->kernels->channel_affine(c->buffers[0].data, c->buffers[2].data, c->p.row.pixels,
                               c->p.row.count, c->p.row.activation, c->buffers[1].data);
}

static void build_channels(struct kernel_case *c, struct test_rand *r, bool large, bool at_end,
                           size_t results, size_t parameters) {
    c->p.row.pixels = large ? 256 : up_to(r, 20);
    c->p.row.count = large ? 128 : up_to(r, 70);
    c->p.row.activation = large ? UM_ACT_SILU : (enum um_activation)test_rand_below(r, 4);
    input(c, r, (size_t)c->p.row.pixels * c->p.row.count, at_end);
    output(c, (results ? results : c->p.row.pixels) * c->p.row.count, at_end);
    if (parameters)
        input(c, r, parameters * c->p.row.count, at_end);
    snprintf(c->size, sizeof c->size, "%u x %u", c->p.row.pixels, c->p.row.count);
    c->flops = (double)c->p.row.pixels * c->p.row.count;
}

static void build_channel_sum(struct kernel_case *c, struct test_rand *r, bool large, bool at_end) {
    build_channels(c, r, large, at_end, 1, 0);
    c->call = call_channel_sum;
}

static void build_channel_square(struct kernel_case *c, struct test_rand *r, bool large,
                                 bool at_end) {
    build_channels(c, r, large, at_end, 1, 1);
    c->call = call_channel_square;
    c->flops *= 3;
}

static void build_channel_affine(struct kernel_case *c, struct test_rand *r, bool large,
                                 bool at_end) {
    build_channels(c, r, large, at_end, 0, 3);
    c->call = call_channel_affine;
    c->flops *= 30;
}

/* ---------------------------------------------------------------- Winograd */

static void call_winograd_kernel(struct kernel_case *c) {
    c->kernels->winograd_kernel(c->buffers[0].data, c->p.row.count, c->p.row.depth,
                                c->buffers[1].data, c->p.row.stride);
}

static void build_winograd_kernel(struct kernel_case *c, struct test_rand *r, bool large,
                                  bool at_end) {
    c->p.row.count = large || test_rand_below(r, 2) ? UM_PANEL : UM_LANES;
    c->p.row.depth = large ? 128 : up_to(r, 30);
    const size_t matrix = (size_t)c->p.row.depth * c->p.row.count;
    c->p.row.stride = matrix + (large ? 0 : test_rand_below(r, 9));
    input(c, r, 9 * matrix, at_end);
    output(c, 35 * c->p.row.stride + matrix, at_end);
    c->call = call_winograd_kernel;
    c->flops = 108.0 * (double)matrix;
    snprintf(c->size, sizeof c->size, "%u x %u", c->p.row.depth, c->p.row.count);
}

static void call_winograd_input(struct kernel_case *c) {
    c->kernels->winograd_input(c->buffers[0].data, c->p.row.depth, c->p.row.count,
                               c->buffers[1].data, c->p.row.stride);
}

/* row.depth: the distance of the patch's rows. */
static void build_winograd_input(struct kernel_case *c, struct test_rand *r, bool large,
                                 bool at_end) {
    c->p.row.count = large ? 128 : up_to(r, 70);
    c->p.row.depth = 6 * c->p.row.count + (large ? 0 : test_rand_below(r, 9));
    c->p.row.stride = c->p.row.count + (large ? 0 : test_rand_below(r, 9));
    input(c, r, (size_t)5 * c->p.row.depth + (size_t)6 * c->p.row.count, at_end);
    output(c, 35 * c->p.row.stride + c->p.row.count, at_end);
    c->call = call_winograd_input;
    c->flops = 204.0 * c->p.row.count;
    snprintf(c->size, sizeof c->size, "%u", c->p.row.count);
}

static void call_winograd_output(struct kernel_case *c) {
    c->kernels->winograd_output(&c->p.winograd);
}

static void build_winograd_output(struct kernel_case *c, struct test_rand *r, bool large,
                                  bool at_end) {
    struct um_winograd_output *job = &c->p.winograd;
    job->cols = large ? UM_PANEL : up_to(r, UM_PANEL);
    job->height = large ? 4 : up_to(r, 4);
    job->width = large ? 4 : up_to(r, 4);
    job->m_stride = whole_vectors(job->cols) + (large ? 0 : test_rand_below(r, 9));
    job->pixel_stride = job->cols + (large ? 0 : test_rand_below(r, 9));
    job->row_stride = job->width * job->pixel_stride + (large ? 0 : test_rand_below(r, 9));
    const size_t results =
        (job->height - 1) * job->row_stride + (job->width - 1) * job->pixel_stride + job->cols;
    job->m = input(c, r, 35 * job->m_stride + whole_vectors(job->cols), at_end);
    job->bias = test_rand_below(r, 2) ? input(c, r, job->cols, at_end) : NULL;
    job->residual = test_rand_below(r, 2) ? input(c, r, results, at_end) : NULL;
    job->c = output(c, results, at_end);
    c->call = call_winograd_output;
    c->flops = 150.0 * job->cols;
    snprintf(c->size, sizeof c->size, "%u x %u of %u", job->height, job->width, job->cols);
}

const struct kernel_kind kernel_kinds[] = {
    {"gemm", build_gemm},
    {"q8 gemm", build_q8},
    {"q8 quantize", build_q8_round},
    {"distance", build_distance},
    {"softmax", build_softmax},
    {"layernorm", build_layernorm},
    {"shorten", build_shorten},
    {"channel_sum", build_channel_sum},
    {"channel_square", build_channel_square},
    {"channel_affine", build_channel_affine},
    {"winograd_kernel", build_winograd_kernel},
    {"winograd_input", build_winograd_input},
    {"winograd_output", build_winograd_output},
};
const int kernel_kind_count = sizeof kernel_kinds / sizeof *kernel_kinds;

void kernel_case_build(struct kernel_case *c, const struct kernel_kind *kind,
                       const struct um_cpu_kernels *kernels, uint64_t seed, bool large,
                       bool at_end) {
    struct test_rand r = {.state = seed};
    *c = (struct kernel_case){.kernels = kernels};
    kind->build(c, &r, large, at_end);
}

void kernel_case_free(struct kernel_case *c) {
    for (int i = 0; i < c->count; i++)
        guarded_free(&c->buffers[i]);
}
