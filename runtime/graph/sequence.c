/* Layers on sequences. */
#include "graph/sequence.h"

/* The list of the rows that the sequence holds, if it does not hold all. */
static um_value_id rows_of(const struct um_sequence *s) {
    return s->row_limited ? s->net->rows : UM_NO_VALUE;
}

struct um_sequence um_sequence_wanted(const struct um_sequence *s) {
    struct um_sequence wanted = *s;
    if (s->net->row_limited && !s->row_limited) {
        wanted.length -= um_config_leading(s->net->config);
        wanted.row_limited = true;
    }
    return wanted;
}

/* The rows of `to`: of x, a value of the rows of `from`, or of the weight. */
static struct um_op pick(const struct um_sequence *from, const struct um_sequence *to,
                         um_value_id x, um_weight_ref weight, uint32_t dim) {
    const uint32_t batch = to->net->batch;
    return (struct um_op){.kind = UM_OP_PICK,
                          .in = UM_INPUTS(x, UM_NO_VALUE, to->net->rows),
                          .weights = UM_WEIGHTS(weight),
                          .p.pick = {batch * to->length, dim, batch * from->length,
                                     um_config_length(to->net->config)}};
}

um_value_id um_sequence_pick(const struct um_sequence *from, const struct um_sequence *to,
                             um_value_id x, uint32_t dim) {
    if (from->row_limited == to->row_limited)
        return x;
    return um_net_op(to->net, pick(from, to, x, UM_NO_REF, dim), to->length, dim, 1);
}

um_value_id um_sequence_positions(const struct um_sequence *s, um_value_id ids,
                                  um_weight_ref weight, uint32_t dim) {
    if (s->row_limited)
        return um_net_op(s->net, pick(s, s, UM_NO_VALUE, weight, dim), s->length, dim, 1);
    const uint32_t stride = um_config_length(s->net->config); // as in the ids, unread here
    struct um_op op = {.kind = UM_OP_EMBED,
                       .in = UM_INPUTS(ids),
                       .weights = UM_WEIGHTS(weight, weight),
                       .p.embed = {s->net->batch, s->length, dim, stride, s->length}};
    return um_net_op(s->net, op, s->length, dim, 1);
}

um_value_id um_sequence_embed(const struct um_sequence *s, um_value_id ids, um_weight_ref token,
                              um_weight_ref position, uint32_t dim, uint32_t bare) {
    struct um_op op = {.kind = UM_OP_EMBED,
                       .in = UM_INPUTS(ids),
                       .weights = UM_WEIGHTS(token, position),
                       .p.embed = {s->net->batch, s->length, dim, s->length, bare}};
    return um_net_op(s->net, op, s->length, dim, 1);
}

um_value_id um_sequence_linear(const struct um_sequence *s, um_value_id x, struct um_affine w,
                               uint32_t in, uint32_t out, enum um_activation activation,
                               um_value_id residual) {
    struct um_op op = {.kind = UM_OP_LINEAR,
                       .in = UM_INPUTS(x, residual, rows_of(s)),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .p.linear = {s->net->batch * s->length, in, out, activation}};
    return um_net_op(s->net, op, s->length, out, 1);
}

um_value_id um_sequence_steering(const struct um_sequence *s, um_value_id x, struct um_affine w,
                                 uint32_t in, uint32_t out) {
    struct um_op op = {.kind = UM_OP_LINEAR,
                       .in = UM_INPUTS(x),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .precise = true,
                       .p.linear = {s->net->batch * s->length, in, out, UM_ACT_NONE}};
    return um_net_op(s->net, op, s->length, out, 1);
}

um_value_id um_sequence_norm(const struct um_sequence *s, um_value_id x, um_value_id residual,
                             struct um_affine w, float epsilon) {
    const uint32_t dim = s->net->config->transformer.dim;
    struct um_op op = {.kind = UM_OP_LAYERNORM,
                       .in = UM_INPUTS(x, residual, rows_of(s)),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .p.layernorm = {s->net->batch * s->length, dim, epsilon}};
    return um_net_op(s->net, op, s->length, dim, 1);
}

um_value_id um_sequence_attention(const struct um_sequence *s, um_value_id qkv, uint32_t heads,
                                  uint32_t head_dim) {
    struct um_op op = {.kind = UM_OP_ATTENTION,
                       .in = UM_INPUTS(qkv),
                       .weights = UM_NO_WEIGHTS,
                       .p.attention = {s->net->batch, s->length, heads, head_dim}};
    return um_net_op(s->net, op, s->length, heads, head_dim);
}
