/* EMBED: token row plus position row; the position row alone at bare positions. */
#include <assert.h>
#include <string.h>

#include "backend/cpu/cpu.h"

/* ids (B, stride) -> out (B, T, D) */
void um_reference_embed(const struct um_op *op, const struct um_reference_args *args) {
    const size_t tokens = op->p.embed.length, dim = op->p.embed.dim;
    const int32_t *ids = args->in[UM_IN_X];
    float *out = args->out;
    for (size_t b = 0; b < op->p.embed.batch; b++)
        for (size_t t = 0; t < tokens; t++)
            for (size_t d = 0; d < dim; d++) {
                const float position =
                    args->weights[UM_BIAS] ? args->weights[UM_BIAS][t * dim + d] : 0.0f;
                const size_t at = (b * tokens + t) * dim + d;
                if (t < op->p.embed.bare)
                    out[at] = position;
                else
                    out[at] = args->weights[UM_WEIGHT]
                                           [(size_t)ids[b * op->p.embed.stride + t] * dim + d] +
                              position;
            }
}

static void embed_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct um_cpu_call *call = arg;
    const uint32_t tokens = call->op->p.embed.length, dim = call->op->p.embed.dim;
    float *position = call->own + worker * call->own_stride;
    for (uint32_t row = begin; row < end; row++) {
        const uint32_t image = row / tokens, t = row % tokens;
        float *out = (float *)call->out + (size_t)row * dim;
        if (t < call->op->p.embed.bare) {
            if (call->weights[UM_BIAS])
                um_cpu_row(call->weights[UM_BIAS], t, out);
            else
                memset(out, 0, dim * sizeof *out);
            continue;
        }
        int32_t id =
            ((const int32_t *)call->in[UM_IN_X])[(size_t)image * call->op->p.embed.stride + t];
        assert(id >= 0 && (uint32_t)id < call->weights[UM_WEIGHT]->rows);
        um_cpu_row(call->weights[UM_WEIGHT], (uint32_t)id, out);
        if (!call->weights[UM_BIAS])
            continue;
        um_cpu_row(call->weights[UM_BIAS], t, position);
        for (uint32_t d = 0; d < dim; d++)
            out[d] += position[d];
    }
}

static struct um_cpu_scratch scratch_embed(const struct um_op *op) {
    return (struct um_cpu_scratch){.own = op->p.embed.dim};
}

static void run_embed(const struct um_cpu_call *call) {
    assert(call->weights[UM_WEIGHT]->depth == call->op->p.embed.dim);
    assert(!call->weights[UM_BIAS] || (call->weights[UM_BIAS]->depth == call->op->p.embed.dim &&
                                       call->weights[UM_BIAS]->rows >= call->op->p.embed.length));
    um_pool_run(call->pool, call->op->p.embed.batch * call->op->p.embed.length, embed_rows,
                (void *)(uintptr_t)call);
}

const struct um_cpu_op um_cpu_op_embed = {run_embed, scratch_embed};
