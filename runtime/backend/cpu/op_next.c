/* EMBED_NEXT and ATTENTION_NEXT: one position of a causal transformer, keys and values kept. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum { REFERENCE_TOKENS = 2048 };

/* ids (1 + B) -> out (B, D) */
void um_reference_embed_next(const struct um_op *op, const struct um_reference_args *args) {
    const size_t dim = op->p.embed_next.dim;
    const int32_t *ids = args->in[UM_IN_X];
    for (size_t b = 0; b < op->p.embed_next.batch; b++)
        for (size_t d = 0; d < dim; d++)
            ((float *)args->out)[b * dim + d] =
                args->weights[UM_WEIGHT][(size_t)ids[1 + b] * dim + d] +
                args->weights[UM_BIAS][(size_t)ids[0] * dim + d];
}

/* One head of one image: row 0 of `cache` is position 0, K of this head; V lies `dim` further. */
static void reference_head(const float *q, const float *cache, size_t dim, size_t head_dim,
                           size_t count, float *out) {
    double weights[REFERENCE_TOKENS], top = -INFINITY, sum = 0;
    for (size_t t = 0; t < count; t++) {
        double score = 0;
        for (size_t i = 0; i < head_dim; i++)
            score += (double)q[i] * (double)cache[t * 2 * dim + i];
        weights[t] = score / sqrt((double)head_dim);
        top = weights[t] > top ? weights[t] : top;
    }
    for (size_t t = 0; t < count; t++)
        sum += weights[t] = exp(weights[t] - top);
    for (size_t i = 0; i < head_dim; i++) {
        double value = 0;
        for (size_t t = 0; t < count; t++)
            value += weights[t] * (double)cache[t * 2 * dim + dim + i];
        out[i] = (float)(value / sum);
    }
}

/* qkv (B, 3D), cache (B, T, 2D) -> out (B, D) */
void um_reference_attention_next(const struct um_op *op, const struct um_reference_args *args) {
    const size_t tokens = op->p.attention_next.length, heads = op->p.attention_next.heads;
    const size_t head_dim = op->p.attention_next.head_dim, dim = heads * head_dim;
    const int32_t *ids = args->in[UM_IN_IDS];
    const size_t position = (size_t)ids[0];
    assert(position < tokens && tokens <= REFERENCE_TOKENS);
    for (size_t b = 0; b < op->p.attention_next.batch; b++) {
        const float *qkv = (const float *)args->in[UM_IN_X] + b * 3 * dim;
        float *cache = (float *)args->in[UM_IN_CACHE] + b * tokens * 2 * dim;
        memcpy(cache + position * 2 * dim, qkv + dim, 2 * dim * sizeof(float));
        for (size_t h = 0; h < heads; h++)
            reference_head(qkv + h * head_dim, cache + h * head_dim, dim, head_dim, position + 1,
                           (float *)args->out + b * dim + h * head_dim);
    }
}

static struct um_cpu_scratch scratch_embed_next(const struct um_op *op) {
    return (struct um_cpu_scratch){.shared = op->p.embed_next.dim};
}

static void run_embed_next(const struct um_cpu_call *call) {
    const uint32_t dim = call->op->p.embed_next.dim;
    const int32_t *ids = call->in[UM_IN_X];
    assert(ids[0] >= 0 && (uint32_t)ids[0] < call->op->p.embed_next.length);
    um_cpu_row(call->weights[UM_BIAS], (uint32_t)ids[0], call->shared);
    for (uint32_t b = 0; b < call->op->p.embed_next.batch; b++) {
        float *out = (float *)call->out + (size_t)b * dim;
        assert(ids[1 + b] >= 0 && (uint32_t)ids[1 + b] < call->weights[UM_WEIGHT]->rows);
        um_cpu_row(call->weights[UM_WEIGHT], (uint32_t)ids[1 + b], out);
        for (uint32_t d = 0; d < dim; d++)
            out[d] += call->shared[d];
    }
}

/* Scores of all positions, then the query as a matrix of one column, padded to a vector. */
static struct um_cpu_scratch scratch_attention_next(const struct um_op *op) {
    size_t scores = ((size_t)op->p.attention_next.length + UM_LANES - 1) / UM_LANES * UM_LANES;
    return (struct um_cpu_scratch){
        .own = scores + (size_t)op->p.attention_next.head_dim * UM_LANES,
    };
}

/* One head: `cache` and `out` as in reference_head; `scores` is followed by the query's column. */
static void attend(const struct um_cpu_call *call, const float *q, const float *cache,
                   uint32_t count, float *scores, float *out) {
    const uint32_t head_dim = call->op->p.attention_next.head_dim;
    const size_t dim = (size_t)call->op->p.attention_next.heads * head_dim;
    float *column =
        scores + (call->op->p.attention_next.length + UM_LANES - 1) / UM_LANES * UM_LANES;
    for (uint32_t i = 0; i < head_dim; i++)
        column[i * UM_LANES] = q[i];
    struct um_gemm job = {.rows = count,
                          .cols = 1,
                          .taps = 1,
                          .depth = head_dim,
                          .a = cache,
                          .a_stride = 2 * dim,
                          .b = column,
                          .b_stride = UM_LANES,
                          .c = scores,
                          .c_stride = 1};
    call->kernels->gemm(&job);
    call->kernels->softmax(scores, count, 1.0f / sqrtf((float)head_dim));
    job = (struct um_gemm){.rows = 1, .taps = 1, .depth = count, .a = scores, .b_stride = 2 * dim};
    for (uint32_t first = 0; first < head_dim; first += UM_PANEL) {
        job.cols = head_dim - first < UM_PANEL ? head_dim - first : UM_PANEL;
        job.b = cache + dim + first;
        job.c = out + first;
        call->kernels->gemm(&job);
    }
}

/* One unit is one head of one image; no other unit touches its columns of the cache. */
static void attention_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t heads = call->op->p.attention_next.heads;
    const size_t head_dim = call->op->p.attention_next.head_dim, dim = heads * head_dim;
    const int32_t *ids = call->in[UM_IN_IDS];
    const uint32_t position = (uint32_t)ids[0];
    for (uint32_t unit = begin; unit < end; unit++) {
        const size_t image = unit / heads, column = unit % heads * head_dim;
        const float *qkv = (const float *)call->in[UM_IN_X] + image * 3 * dim + column;
        float *cache = (float *)call->in[UM_IN_CACHE] +
                       image * call->op->p.attention_next.length * 2 * dim + column;
        memcpy(cache + position * 2 * dim, qkv + dim, head_dim * sizeof(float));
        memcpy(cache + position * 2 * dim + dim, qkv + 2 * dim, head_dim * sizeof(float));
        attend(call, qkv, cache, position + 1, call->own + worker * call->own_stride,
               (float *)call->out + image * dim + column);
    }
}

static void run_attention_next(const struct um_cpu_call *call) {
    const int32_t *ids = call->in[UM_IN_IDS];
    assert(ids[0] >= 0 && (uint32_t)ids[0] < call->op->p.attention_next.length);
    (void)ids;
    um_pool_run(call->pool, call->op->p.attention_next.batch * call->op->p.attention_next.heads,
                attention_units, (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_embed_next = {run_embed_next, scratch_embed_next};

const struct um_cpu_op um_cpu_op_attention_next = {run_attention_next, scratch_attention_next};
