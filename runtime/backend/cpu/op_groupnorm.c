/* GROUPNORM: over the pixels and neighbouring channels of one image, then silu if asked. */
#include <assert.h>
#include <math.h>

#include "backend/cpu/cpu.h"

/* in (B, H, W, C) -> out, same shape; a group is C / groups neighbouring channels */
void um_reference_groupnorm(const struct um_op *op, const struct um_reference_args *args) {
    const size_t pixels = (size_t)op->p.groupnorm.height * op->p.groupnorm.width;
    const size_t channels = op->p.groupnorm.channels, size = channels / op->p.groupnorm.groups;
    for (size_t b = 0; b < op->p.groupnorm.batch; b++)
        for (size_t first = 0; first < channels; first += size) {
            const float *x = (const float *)args->in[UM_IN_X] + b * pixels * channels;
            float *y = (float *)args->out + b * pixels * channels;
            double mean = 0, variance = 0;
            for (size_t i = 0; i < pixels * size; i++)
                mean += (double)x[i / size * channels + first + i % size];
            mean /= (double)(pixels * size);
            for (size_t i = 0; i < pixels * size; i++) {
                double off = (double)x[i / size * channels + first + i % size] - mean;
                variance += off * off;
            }
            variance /= (double)(pixels * size);
            double scale = 1 / sqrt(variance + (double)op->p.groupnorm.epsilon);
            for (size_t i = 0; i < pixels * size; i++) {
                size_t channel = first + i % size, at = i / size * channels + channel;
                double value =
                    ((double)x[at] - mean) * scale * (double)args->weights[UM_WEIGHT][channel] +
                    (double)args->weights[UM_BIAS][channel];
                y[at] = (float)um_reference_activate(value, op->p.groupnorm.activation);
            }
        }
}

/* Sums are taken per channel over one row of pixels, in float, and from there on in double: short
 * chains, and a split that depends on nothing but the shape. */
struct groupnorm {
    const struct um_cpu_call *call;
    uint32_t height, width, channels, groups;
    float *rows;   /* (B, H, C): sums of one row of pixels */
    float *affine; /* (B, 3, C): mean, scale, shift */
};

static struct um_cpu_scratch scratch_groupnorm(const struct um_op *op) {
    const size_t batch = op->p.groupnorm.batch, channels = op->p.groupnorm.channels;
    return (struct um_cpu_scratch){.shared = batch * (op->p.groupnorm.height + 3u) * channels};
}

static const float *row_at(const struct groupnorm *g, uint32_t row) {
    return (const float *)g->call->in[UM_IN_X] + (size_t)row * g->width * g->channels;
}

static float *affine_of(const struct groupnorm *g, uint32_t row) {
    return g->affine + (size_t)(row / g->height) * 3 * g->channels;
}

static void sum_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct groupnorm *g = arg;
    (void)worker;
    for (uint32_t row = begin; row < end; row++)
        g->call->kernels->channel_sum(row_at(g, row), g->width, g->channels,
                                      g->rows + (size_t)row * g->channels);
}

static void square_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct groupnorm *g = arg;
    (void)worker;
    for (uint32_t row = begin; row < end; row++)
        g->call->kernels->channel_square(row_at(g, row), affine_of(g, row), g->width, g->channels,
                                         g->rows + (size_t)row * g->channels);
}

static void apply_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct groupnorm *g = arg;
    (void)worker;
    for (uint32_t row = begin; row < end; row++)
        g->call->kernels->channel_affine(row_at(g, row), affine_of(g, row), g->width, g->channels,
                                         g->call->op->p.groupnorm.activation,
                                         (float *)g->call->out +
                                             (size_t)row * g->width * g->channels);
}

/* Mean over one group of one image of what `rows` sums up. */
static double group_mean(const struct groupnorm *g, uint32_t image, uint32_t group) {
    const uint32_t size = g->channels / g->groups;
    const float *rows = g->rows + (size_t)image * g->height * g->channels + group * size;
    double sum = 0;
    for (size_t y = 0; y < g->height; y++)
        for (size_t c = 0; c < size; c++)
            sum += (double)rows[y * g->channels + c];
    return sum / ((double)g->height * g->width * size);
}

static void set_means(const struct groupnorm *g, uint32_t image) {
    const uint32_t size = g->channels / g->groups;
    float *mean = affine_of(g, image * g->height);
    for (uint32_t group = 0; group < g->groups; group++) {
        float value = (float)group_mean(g, image, group);
        for (uint32_t c = group * size; c < (group + 1) * size; c++)
            mean[c] = value;
    }
}

static void set_scales(const struct groupnorm *g, uint32_t image) {
    const uint32_t size = g->channels / g->groups;
    float *scale = affine_of(g, image * g->height) + g->channels, *shift = scale + g->channels;
    for (uint32_t group = 0; group < g->groups; group++) {
        double variance = group_mean(g, image, group);
        double factor = 1 / sqrt(variance + (double)g->call->op->p.groupnorm.epsilon);
        for (uint32_t c = group * size; c < (group + 1) * size; c++) {
            scale[c] = (float)(factor * (double)g->call->weights[UM_WEIGHT]->data[c]);
            shift[c] = g->call->weights[UM_BIAS]->data[c];
        }
    }
}

static void run_groupnorm(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    struct groupnorm g = {
        .call = call,
        .height = op->p.groupnorm.height,
        .width = op->p.groupnorm.width,
        .channels = op->p.groupnorm.channels,
        .groups = op->p.groupnorm.groups,
        .rows = call->shared,
    };
    const uint32_t batch = op->p.groupnorm.batch, rows = batch * g.height;
    g.affine = call->out_strips ? (float *)call->out : g.rows + (size_t)rows * g.channels;
    assert(g.channels % g.groups == 0);
    assert(!call->weights[UM_WEIGHT]->panels && call->weights[UM_WEIGHT]->rows == g.channels);
    assert(!call->weights[UM_BIAS]->panels && call->weights[UM_BIAS]->rows == g.channels);
    um_pool_run(call->pool, rows, sum_rows, &g);
    for (uint32_t image = 0; image < batch; image++)
        set_means(&g, image);
    um_pool_run(call->pool, rows, square_rows, &g);
    for (uint32_t image = 0; image < batch; image++)
        set_scales(&g, image);
    if (!call->out_strips)
        um_pool_run(call->pool, rows, apply_rows, &g);
}

const struct um_cpu_op um_cpu_op_groupnorm = {run_groupnorm, scratch_groupnorm};
