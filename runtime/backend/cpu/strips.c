/* The input of a convolution, a few rows at a time: normalised or enlarged when it is needed, while
 * the map that it is made from is still read from memory only once. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum { STRIP_FLOATS = 1 << 20 }; /* enough work for many threads, little beside a large map */

struct strips {
    const struct um_cpu_call *call;
    uint32_t image, top; /* the first row that is made */
    float *to;           /* within call->strip */
    uint32_t height, width, channels;
};

/* Rows of the result per strip. */
static uint32_t strip_rows(const struct um_op *conv) {
    const size_t row = (size_t)conv->p.conv2d.width * conv->p.conv2d.in;
    const size_t rows = STRIP_FLOATS / row / UM_BAND_ROWS * UM_BAND_ROWS;
    if (rows >= conv->p.conv2d.height)
        return conv->p.conv2d.height;
    return rows < UM_BAND_ROWS ? UM_BAND_ROWS : (uint32_t)rows;
}

size_t um_cpu_strip_floats(const struct um_op *conv) {
    return ((size_t)strip_rows(conv) + 2) * conv->p.conv2d.width * conv->p.conv2d.in;
}

static void normalize_row(const struct strips *s, uint32_t y, float *out) {
    const struct um_cpu_call *call = s->call;
    const size_t row = (size_t)s->width * s->channels;
    const float *in = (const float *)call->source_in + ((size_t)s->image * s->height + y) * row;
    const float *affine = (const float *)call->in[UM_IN_X] + (size_t)s->image * 3 * s->channels;
    call->kernels->channel_affine(in, affine, s->width, s->channels,
                                  call->source->p.groupnorm.activation, out);
}

static void enlarge_row(const struct strips *s, uint32_t y, float *out) {
    const size_t channels = s->channels, bytes = channels * sizeof(float), width = s->width / 2;
    const float *in = (const float *)s->call->source_in +
                      ((size_t)s->image * (s->height / 2) + y / 2) * width * channels;
    for (size_t x = 0; x < width; x++, in += channels, out += 2 * channels) {
        memcpy(out, in, bytes);
        memcpy(out + channels, in, bytes);
    }
}

static void make_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct strips *s = arg;
    (void)worker;
    for (uint32_t i = begin; i < end; i++) {
        float *out = s->to + (size_t)i * s->width * s->channels;
        if (s->call->source->kind == UM_OP_GROUPNORM)
            normalize_row(s, s->top + i, out);
        else
            enlarge_row(s, s->top + i, out);
    }
}

/* The two last rows of the strip before are the first of this one. */
static void fill_strip(struct strips *s, struct um_cpu_band *band) {
    const size_t row = (size_t)s->width * s->channels;
    const uint32_t end = band->after < s->height ? band->after + 1 : s->height;
    uint32_t made = 0;
    if (band->first) {
        const size_t last = band->first + 1 - band->top; /* rows that the strip before had */
        memcpy(s->call->strip, s->call->strip + (last - 2) * row, 2 * row * sizeof(float));
        made = 2;
    }
    band->top = band->first ? band->first - 1 : 0;
    s->top = band->top + made;
    s->to = s->call->strip + made * row;
    um_pool_run(s->call->pool, end - s->top, make_rows, s);
}

void um_cpu_strips(const struct um_cpu_call *call, um_cpu_band_fn conv) {
    const struct um_op *op = call->op;
    struct strips s = {
        .call = call,
        .height = op->p.conv2d.height,
        .width = op->p.conv2d.width,
        .channels = op->p.conv2d.in,
    };
    const uint32_t rows = strip_rows(op);
    struct um_cpu_band band = {.in = call->strip};
    assert(call->source->kind == UM_OP_GROUPNORM || call->source->kind == UM_OP_UPSAMPLE);
    for (; band.image < op->p.conv2d.batch; band.image++)
        for (band.first = 0; band.first < s.height; band.first = band.after) {
            const uint32_t left = s.height - band.first;
            band.after = band.first + (left < rows ? left : rows);
            s.image = band.image;
            fill_strip(&s, &band);
            conv(call, &band);
            band.again = true;
        }
}
