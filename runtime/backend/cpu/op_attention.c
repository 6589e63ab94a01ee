/* ATTENTION: softmax(Q K^T / sqrt(head_dim)) V per head, no mask. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum {
    UNITS_PER_THREAD = 4, /* below, heads are cut into parts, each of which packs keys and values */
    BLOCK_ROWS = 2 * UM_TILE_ROWS, /* queries whose scores exist at one time */
    REFERENCE_TOKENS = 2048
};

/* One query: weights[t] = exp(q . k_t / sqrt(head_dim) - the largest); returns their sum. */
static double reference_weights(const float *q, const float *k, size_t stride, size_t tokens,
                                size_t head_dim, double *weights) {
    double top = -INFINITY, sum = 0;
    for (size_t t = 0; t < tokens; t++) {
        double score = 0;
        for (size_t i = 0; i < head_dim; i++)
            score += (double)q[i] * (double)k[t * stride + i];
        weights[t] = score / sqrt((double)head_dim);
        if (weights[t] > top)
            top = weights[t];
    }
    for (size_t t = 0; t < tokens; t++)
        sum += weights[t] = exp(weights[t] - top);
    return sum;
}

/* qkv (B, T, 3D), D = heads * head_dim -> out (B, T, D) */
void um_reference_attention(const struct um_op *op, const struct um_reference_args *args) {
    const size_t tokens = op->p.attention.length, heads = op->p.attention.heads;
    const size_t head_dim = op->p.attention.head_dim, dim = heads * head_dim;
    assert(tokens <= REFERENCE_TOKENS);
    for (size_t b = 0; b < op->p.attention.batch; b++)
        for (size_t h = 0; h < heads; h++)
            for (size_t row = 0; row < tokens; row++) {
                const float *qkv =
                    (const float *)args->in[UM_IN_X] + b * tokens * 3 * dim + h * head_dim;
                float *out = (float *)args->out + (b * tokens + row) * dim + h * head_dim;
                double weights[REFERENCE_TOKENS];
                double sum = reference_weights(qkv + row * 3 * dim, qkv + dim, 3 * dim, tokens,
                                               head_dim, weights);
                for (size_t i = 0; i < head_dim; i++) {
                    double value = 0;
                    for (size_t t = 0; t < tokens; t++)
                        value += weights[t] * (double)qkv[t * 3 * dim + 2 * dim + i];
                    out[i] = (float)(value / sum);
                }
            }
}

struct attention {
    const struct um_cpu_call *call;
    uint32_t tokens, heads, head_dim, dim;
    uint32_t parts;        /* of a head's queries; a unit is one of them */
    uint32_t key_panels;   /* of tokens */
    uint32_t value_panels; /* of head columns */
    size_t score_stride;   /* tokens rounded up to whole vectors */
    float scale;
};

static struct attention layout(const struct um_op *op) {
    struct attention a = {
        .tokens = op->p.attention.length,
        .heads = op->p.attention.heads,
        .head_dim = op->p.attention.head_dim,
    };
    a.dim = a.heads * a.head_dim;
    a.key_panels = (a.tokens + UM_PANEL - 1) / UM_PANEL;
    a.value_panels = (a.head_dim + UM_PANEL - 1) / UM_PANEL;
    a.score_stride = (a.tokens + UM_LANES - 1) / UM_LANES * UM_LANES;
    a.scale = 1.0f / sqrtf((float)a.head_dim);
    return a;
}

static size_t key_floats(const struct attention *a) {
    return (size_t)a->key_panels * UM_PANEL * a->head_dim;
}

static size_t value_floats(const struct attention *a) {
    return (size_t)a->value_panels * UM_PANEL * a->tokens;
}

static struct um_cpu_scratch scratch_attention(const struct um_op *op) {
    const struct attention a = layout(op);
    return (struct um_cpu_scratch){.own = key_floats(&a) + value_floats(&a) +
                                          BLOCK_ROWS * (a.score_stride + a.head_dim)};
}

static uint32_t panel_cols(uint32_t total, uint32_t p) {
    return total - p * UM_PANEL < UM_PANEL ? total - p * UM_PANEL : UM_PANEL;
}

static void shorten(const struct attention *a, float *x, size_t count) {
    a->call->kernels->shorten(x, (uint32_t)count);
}

/* One panel of K^T: (head_dim, 32 tokens) from `count` rows, 16 floats of each at a time, which is
 * as far as a cache line goes. */
static void pack_keys(const struct attention *a, const float *k, uint32_t count, float *panel) {
    const size_t stride = (size_t)3 * a->dim;
    for (uint32_t first = 0; first < a->head_dim; first += UM_LANES) {
        const uint32_t after =
            a->head_dim - first < UM_LANES ? a->head_dim : first + (uint32_t)UM_LANES;
        for (uint32_t i = first; i < after; i++)
            for (uint32_t t = 0; t < count; t++)
                panel[(size_t)i * UM_PANEL + t] = k[t * stride + i];
    }
}

/* K^T as panels (head_dim, 32 tokens) and V as panels (tokens, 32 columns), what gemm reads. */
static void pack_head(const struct attention *a, const float *qkv, float *keys, float *values) {
    const float *k = qkv + a->dim, *v = k + a->dim;
    const size_t stride = (size_t)3 * a->dim;
    for (uint32_t p = 0; p < a->key_panels; p++)
        pack_keys(a, k + (size_t)p * UM_PANEL * stride, panel_cols(a->tokens, p),
                  keys + (size_t)p * UM_PANEL * a->head_dim);
    for (uint32_t p = 0; p < a->value_panels; p++) {
        const size_t bytes = panel_cols(a->head_dim, p) * sizeof(float);
        float *panel = values + (size_t)p * UM_PANEL * a->tokens;
        for (size_t t = 0; t < a->tokens; t++)
            memcpy(panel + t * UM_PANEL, v + t * stride + (size_t)p * UM_PANEL, bytes);
    }
    if (a->call->shorten) {
        shorten(a, keys, key_floats(a));
        shorten(a, values, value_floats(a));
    }
}

/* Query rows as gemm reads them from `job`; shortened in `queries`. */
static void set_queries(const struct attention *a, const float *from, float *queries,
                        struct um_gemm *job) {
    job->a = from;
    job->a_stride = (size_t)3 * a->dim;
    if (!a->call->shorten)
        return;
    for (size_t r = 0; r < job->rows; r++)
        memcpy(queries + r * a->head_dim, from + r * job->a_stride, a->head_dim * sizeof(float));
    shorten(a, queries, job->rows * (size_t)a->head_dim);
    job->a = queries;
    job->a_stride = a->head_dim;
}

/* Query rows first .. first + rows - 1 of one head. */
static void attend(const struct attention *a, const float *qkv, const float *keys,
                   const float *values, float *scores, uint32_t first, uint32_t rows, float *out) {
    const struct um_cpu_kernels *kernels = a->call->kernels;
    struct um_gemm job = {.rows = rows, .taps = 1, .b_stride = UM_PANEL};
    job.depth = a->head_dim;
    set_queries(a, qkv + (size_t)first * 3 * a->dim, scores + BLOCK_ROWS * a->score_stride, &job);
    job.c_stride = a->score_stride;
    for (uint32_t p = 0; p < a->key_panels; p++) {
        job.cols = panel_cols(a->tokens, p);
        job.b = keys + (size_t)p * UM_PANEL * a->head_dim;
        job.c = scores + (size_t)p * UM_PANEL;
        kernels->gemm(&job);
    }
    for (uint32_t r = 0; r < rows; r++) {
        kernels->softmax(scores + r * a->score_stride, a->tokens, a->scale);
        if (a->call->shorten)
            shorten(a, scores + r * a->score_stride, a->tokens);
    }
    job.depth = a->tokens;
    job.a = scores;
    job.a_stride = a->score_stride;
    job.c_stride = a->dim;
    for (uint32_t p = 0; p < a->value_panels; p++) {
        job.cols = panel_cols(a->head_dim, p);
        job.b = values + (size_t)p * UM_PANEL * a->tokens;
        job.c = out + (size_t)first * a->dim + (size_t)p * UM_PANEL;
        kernels->gemm(&job);
    }
}

/* Asks for the rows of the next head that will be packed, which lie too far apart for the
 * processor to foresee; `qkv` is that head's. */
static void fetch_ahead(const struct attention *a, const float *qkv, uint32_t first,
                        uint32_t rows) {
    for (size_t row = first; row < first + rows; row++)
        for (size_t part = 0; part < 3; part++)
            for (size_t i = 0; i < a->head_dim; i += UM_LANES)
                __builtin_prefetch(qkv + (row * 3 + part) * a->dim + i, 0, 2);
}

/* One unit is a part of the queries of one head of one image. */
static void attention_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct attention *a = arg;
    float *keys = a->call->own + worker * a->call->own_stride;
    float *values = keys + key_floats(a);
    float *scores = values + value_floats(a);
    uint32_t packed = UINT32_MAX;
    for (uint32_t unit = begin; unit < end; unit++) {
        const uint32_t head = unit / a->parts, part = unit % a->parts;
        const size_t image = head / a->heads, column = (size_t)(head % a->heads) * a->head_dim;
        const float *qkv =
            (const float *)a->call->in[UM_IN_X] + image * a->tokens * 3 * a->dim + column;
        float *out = (float *)a->call->out + image * a->tokens * a->dim + column;
        const bool more = part + 1 == a->parts && unit + 1 < end && (head + 1) % a->heads;
        if (head != packed)
            pack_head(a, qkv, keys, values);
        packed = head;
        uint32_t first = (uint32_t)((uint64_t)a->tokens * part / a->parts);
        const uint32_t after = (uint32_t)((uint64_t)a->tokens * (part + 1) / a->parts);
        for (uint32_t rows; first < after; first += rows) {
            rows = after - first < BLOCK_ROWS ? after - first : BLOCK_ROWS;
            if (more)
                fetch_ahead(a, qkv + a->head_dim, first, rows);
            attend(a, qkv, keys, values, scores, first, rows, out);
        }
    }
}

static void run_attention(const struct um_cpu_call *call) {
    struct attention a = layout(call->op);
    const uint32_t heads = call->op->p.attention.batch * a.heads;
    const uint32_t units = UNITS_PER_THREAD * um_pool_size(call->pool);
    a.call = call;
    a.parts = (units + heads - 1) / heads;
    if (a.parts > (a.tokens + BLOCK_ROWS - 1) / BLOCK_ROWS)
        a.parts = (a.tokens + BLOCK_ROWS - 1) / BLOCK_ROWS;
    um_pool_run(call->pool, heads * a.parts, attention_units, &a);
}

const struct um_cpu_op um_cpu_op_attention = {run_attention, scratch_attention};
