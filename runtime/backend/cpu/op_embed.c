/* EMBED: token row plus position row; the position row alone at bare positions. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

/* ids (B, stride) -> out (B, T, D) */
void um_reference_embed(const struct um_op *op, const struct um_reference_args *args) {
    const size_t tokens = op->p.embed.tokens, dim = op->p.embed.dim;
    const int32_t *ids = args->in;
    float *out = args->out;
    for (size_t b = 0; b < op->p.embed.batch; b++)
        for (size_t t = 0; t < tokens; t++)
            for (size_t d = 0; d < dim; d++) {
                const float position = args->bias ? args->bias[t * dim + d] : 0.0f;
                const size_t at = (b * tokens + t) * dim + d;
                if (t < op->p.embed.bare)
                    out[at] = position;
                else
                    out[at] =
                        args->weight[(size_t)ids[b * op->p.embed.stride + t] * dim + d] + position;
            }
}

static void embed_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t tokens = call->op->p.embed.tokens, dim = call->op->p.embed.dim;
    float *position = call->own + worker * call->own_stride;
    for (uint32_t row = begin; row < end; row++) {
        const uint32_t image = row / tokens, t = row % tokens;
        float *out = (float *)call->out + (size_t)row * dim;
        if (t < call->op->p.embed.bare) {
            if (call->bias)
                um_cpu_row(call->bias, t, out);
            else
                memset(out, 0, dim * sizeof *out);
            continue;
        }
        int32_t id = ((const int32_t *)call->in)[(size_t)image * call->op->p.embed.stride + t];
        assert(id >= 0 && (uint32_t)id < call->weight->rows);
        um_cpu_row(call->weight, (uint32_t)id, out);
        if (!call->bias)
            continue;
        um_cpu_row(call->bias, t, position);
        for (uint32_t d = 0; d < dim; d++)
            out[d] += position[d];
    }
}

struct um_cpu_scratch um_cpu_embed_scratch(const struct um_op *op) {
    return (struct um_cpu_scratch){.own = op->p.embed.dim};
}

void um_cpu_embed(const struct um_cpu_call *call) {
    assert(call->weight->depth == call->op->p.embed.dim);
    assert(!call->bias || (call->bias->depth == call->op->p.embed.dim &&
                           call->bias->rows >= call->op->p.embed.tokens));
    um_pool_run(call->pool, call->op->p.embed.batch * call->op->p.embed.tokens, embed_rows,
                (void *)(uintptr_t)call);
}
