/* Layers on sequences. */
#include "graph/sequence.h"

struct um_sequence um_sequence_wanted(const struct um_sequence *s) {
    struct um_sequence wanted = *s;
    if (s->net->counted && !s->counted) {
        wanted.tokens--;
        wanted.counted = true;
    }
    return wanted;
}

static struct um_op pick(const struct um_sequence *from, const struct um_sequence *to,
                         uint32_t dim) {
    const uint32_t batch = to->net->batch;
    return (struct um_op){.kind = UM_OP_PICK,
                          .in = UM_NO_VALUE,
                          .residual = UM_NO_VALUE,
                          .weight = UM_NO_REF,
                          .bias = UM_NO_REF,
                          .counted = true,
                          .rows = to->net->rows,
                          .p.pick = {batch * to->tokens, dim, batch * from->tokens,
                                     um_config_tokens(to->net->config) + 1}};
}

um_value_id um_sequence_pick(const struct um_sequence *from, const struct um_sequence *to,
                             um_value_id x, uint32_t dim) {
    if (from->counted == to->counted)
        return x;
    struct um_op op = pick(from, to, dim);
    op.in = x;
    return um_net_op(to->net, op, to->tokens, dim, 1);
}

um_value_id um_sequence_positions(const struct um_sequence *s, um_value_id ids,
                                  um_weight_ref weight, uint32_t dim) {
    if (s->counted) {
        struct um_op op = pick(s, s, dim);
        op.weight = weight;
        return um_net_op(s->net, op, s->tokens, dim, 1);
    }
    const uint32_t stride = um_config_tokens(s->net->config) + 1; // as in the ids, unread here
    struct um_op op = {.kind = UM_OP_EMBED,
                       .in = ids,
                       .residual = UM_NO_VALUE,
                       .weight = weight,
                       .bias = weight,
                       .p.embed = {s->net->batch, s->tokens, dim, stride, s->tokens}};
    return um_net_op(s->net, op, s->tokens, dim, 1);
}

um_value_id um_sequence_embed(const struct um_sequence *s, um_value_id ids, um_weight_ref token,
                              um_weight_ref position, uint32_t dim, uint32_t bare) {
    struct um_op op = {.kind = UM_OP_EMBED,
                       .in = ids,
                       .residual = UM_NO_VALUE,
                       .weight = token,
                       .bias = position,
                       .p.embed = {s->net->batch, s->tokens, dim, s->tokens, bare}};
    return um_net_op(s->net, op, s->tokens, dim, 1);
}

um_value_id um_sequence_linear(const struct um_sequence *s, um_value_id x, struct um_affine w,
                               uint32_t in, uint32_t out, enum um_activation activation,
                               um_value_id residual) {
    struct um_op op = {.kind = UM_OP_LINEAR,
                       .in = x,
                       .residual = residual,
                       .weight = w.weight,
                       .bias = w.bias,
                       .counted = s->counted,
                       .rows = s->net->rows,
                       .p.linear = {s->net->batch * s->tokens, in, out, activation}};
    return um_net_op(s->net, op, s->tokens, out, 1);
}

um_value_id um_sequence_steering(const struct um_sequence *s, um_value_id x, struct um_affine w,
                                 uint32_t in, uint32_t out) {
    struct um_op op = {.kind = UM_OP_LINEAR,
                       .in = x,
                       .residual = UM_NO_VALUE,
                       .weight = w.weight,
                       .bias = w.bias,
                       .fine = true,
                       .p.linear = {s->net->batch * s->tokens, in, out, UM_ACT_NONE}};
    return um_net_op(s->net, op, s->tokens, out, 1);
}

um_value_id um_sequence_norm(const struct um_sequence *s, um_value_id x, um_value_id residual,
                             struct um_affine w, float epsilon) {
    const uint32_t dim = s->net->config->transformer.dim;
    struct um_op op = {.kind = UM_OP_LAYERNORM,
                       .in = x,
                       .residual = residual,
                       .weight = w.weight,
                       .bias = w.bias,
                       .counted = s->counted,
                       .rows = s->net->rows,
                       .p.layernorm = {s->net->batch * s->tokens, dim, epsilon}};
    return um_net_op(s->net, op, s->tokens, dim, 1);
}

um_value_id um_sequence_attention(const struct um_sequence *s, um_value_id qkv, uint32_t heads,
                                  uint32_t head_dim) {
    struct um_op op = {.kind = UM_OP_ATTENTION,
                       .in = qkv,
                       .residual = UM_NO_VALUE,
                       .weight = UM_NO_REF,
                       .bias = UM_NO_REF,
                       .p.attention = {s->net->batch, s->tokens, heads, head_dim}};
    return um_net_op(s->net, op, s->tokens, heads, head_dim);
}
