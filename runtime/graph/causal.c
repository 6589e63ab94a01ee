/* One position of the original transformer under a causal mask: transformer_original.c on sequences
 * of one token, whose attention sees the keys and values that earlier runs have left. */
#include "graph/sequence.h"

enum { PADDING = 16 }; /* backends may read a vector that begins in the last row of a cache */

static const enum um_activation none = UM_ACT_NONE;
static const um_value_id nothing = UM_NO_VALUE;

static um_value_id embed(struct um_net *net, um_value_id ids, um_weight_ref token,
                         um_weight_ref position) {
    const uint32_t dim = net->config->transformer.dim;
    struct um_op op = {.kind = UM_OP_EMBED_NEXT,
                       .in = UM_INPUTS(ids),
                       .weights = UM_WEIGHTS(token, position),
                       .p.embed_next = {net->batch, um_config_length(net->config), dim}};
    return um_net_op(net, op, dim, 1, 1);
}

static um_value_id attention(struct um_net *net, um_value_id ids, um_value_id qkv) {
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, heads = c->transformer.heads;
    const uint32_t length = um_config_length(c);
    size_t elements = um_graph_elements(net->batch, length, 2, dim);
    elements = elements > SIZE_MAX - PADDING ? elements : elements + PADDING;
    const um_value_id cache = um_graph_value(net->graph, elements, UM_VALUE_INPUT);
    struct um_op op = {.kind = UM_OP_ATTENTION_NEXT,
                       .in = UM_INPUTS(qkv, ids, cache),
                       .weights = UM_NO_WEIGHTS,
                       .p.attention_next = {net->batch, length, heads, dim / heads}};
    return um_net_op(net, op, dim, 1, 1);
}

static um_value_id block(const struct um_sequence *s, uint32_t i, um_value_id ids, um_value_id x,
                         enum um_activation gelu) {
    struct um_net *net = s->net;
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, mlp = c->transformer.mlp_dim;
    const float epsilon = c->transformer.norm_epsilon;
    struct um_affine w = um_net_linear(net, 3 * dim, dim, "blk.%u.attn_qkv", i);
    um_value_id h = um_sequence_linear(s, x, w, dim, 3 * dim, none, nothing);
    h = attention(net, ids, h);
    w = um_net_linear(net, dim, dim, "blk.%u.attn_out", i);
    h = um_sequence_linear(s, h, w, dim, dim, none, nothing);
    x = um_sequence_norm(s, h, x, um_net_norm(net, dim, "blk.%u.attn_norm", i), epsilon);
    w = um_net_linear(net, mlp, dim, "blk.%u.mlp_up", i);
    h = um_sequence_linear(s, x, w, dim, mlp, gelu, nothing);
    w = um_net_linear(net, dim, mlp, "blk.%u.mlp_down", i);
    h = um_sequence_linear(s, h, w, mlp, dim, none, nothing);
    return um_sequence_norm(s, h, x, um_net_norm(net, dim, "blk.%u.mlp_norm", i), epsilon);
}

void um_graph_causal(struct um_graph *graph, const struct um_config *c, uint32_t batch,
                     um_value_id *ids, um_value_id *logits) {
    struct um_net net = {.config = c, .graph = graph, .batch = batch};
    const struct um_sequence s = {&net, 1, false};
    const uint32_t dim = c->transformer.dim, codes = c->codebook_size;
    const float epsilon = c->transformer.norm_epsilon;
    const enum um_activation gelu =
        c->transformer.gelu == UM_GELU_ERF ? UM_ACT_GELU_ERF : UM_ACT_GELU_TANH;
    *ids = um_graph_value(graph, 1 + (size_t)batch, UM_VALUE_INPUT);
    const um_weight_ref token = um_net_matrix(&net, um_config_rows(c), dim, "token_embd");
    const um_weight_ref position = um_net_matrix(&net, um_config_length(c), dim, "position_embd");
    um_value_id x = embed(&net, *ids, token, position);
    x = um_sequence_norm(&s, x, nothing, um_net_norm(&net, dim, "embd_norm"), epsilon);
    for (uint32_t i = 0; i < c->transformer.layers; i++)
        x = block(&s, i, *ids, x, gelu);
    struct um_affine w = um_net_linear(&net, dim, dim, "head.dense");
    um_value_id h = um_sequence_linear(&s, x, w, dim, dim, gelu, nothing);
    h = um_sequence_norm(&s, h, nothing, um_net_norm(&net, dim, "head.norm"), epsilon);
    w = (struct um_affine){token, um_net_f32(&net, codes, 0, "head.bias")};
    *logits = um_net_output(&net, um_sequence_linear(&s, h, w, dim, codes, none, nothing));
}
