/* The transformer of Maskgit-pytorch v1.0: pre-LayerNorm blocks between two small networks, and a
 * bias per position; docs/MODEL_FORMAT.md, "Computation". Shapes as in transformer_original.c. */
#include "graph/sequence.h"

static const enum um_activation none = UM_ACT_NONE;
static const um_value_id nothing = UM_NO_VALUE;

struct v1 {
    struct um_sequence s, wanted; /* all positions, and those of the logits */
    uint32_t dim;
    float epsilon; /* of the norms outside the blocks */
    enum um_activation gelu;
};

/* gelu(dense(LN(x))) */
static um_value_id normed_dense(const struct v1 *v, const struct um_sequence *s, um_value_id x,
                                const char *norm, const char *dense) {
    x = um_sequence_norm(s, x, nothing, um_net_norm(s->net, v->dim, "%s", norm), v->epsilon);
    struct um_affine w = um_net_linear(s->net, v->dim, v->dim, "%s", dense);
    return um_sequence_linear(s, x, w, v->dim, v->dim, v->gelu, nothing);
}

/* From all positions to those of `to`: behind the attention each position stands alone. */
static um_value_id block(const struct v1 *v, const struct um_sequence *to, uint32_t i,
                         um_value_id x) {
    const struct um_sequence *s = &v->s;
    struct um_net *net = s->net;
    const uint32_t dim = v->dim, mlp = net->config->transformer.mlp_dim;
    const uint32_t heads = net->config->transformer.heads;
    const float epsilon = net->config->transformer.norm_epsilon;
    // x = x + attention(LN(x))                                  (B, T, 3D) -> (B, T, D)
    struct um_affine w = um_net_norm(net, dim, "blk.%u.attn_norm", i);
    um_value_id h = um_sequence_norm(s, x, nothing, w, epsilon);
    w = um_net_linear(net, 3 * dim, dim, "blk.%u.attn_qkv", i);
    h = um_sequence_linear(s, h, w, dim, 3 * dim, none, nothing);
    h = um_sequence_attention(s, h, heads, dim / heads);
    h = um_sequence_pick(s, to, h, dim);
    x = um_sequence_pick(s, to, x, dim);
    w = um_net_linear(net, dim, dim, "blk.%u.attn_out", i);
    x = um_sequence_linear(to, h, w, dim, dim, none, x);
    // x = x + down(gelu(up(LN(x))))                             (B, T, F) -> (B, T, D)
    w = um_net_norm(net, dim, "blk.%u.mlp_norm", i);
    h = um_sequence_norm(to, x, nothing, w, epsilon);
    w = um_net_linear(net, mlp, dim, "blk.%u.mlp_up", i);
    h = um_sequence_linear(to, h, w, dim, mlp, v->gelu, nothing);
    w = um_net_linear(net, dim, mlp, "blk.%u.mlp_down", i);
    return um_sequence_linear(to, h, w, mlp, dim, none, x);
}

static void build(struct um_net *net, um_value_id *ids, um_value_id *logits) {
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, codes = c->codebook_size;
    struct v1 v = {
        .s = {net, um_config_length(c), false},
        .dim = dim,
        .epsilon = c->transformer.embd_norm_epsilon,
        .gelu = c->transformer.gelu == UM_GELU_ERF ? UM_ACT_GELU_ERF : UM_ACT_GELU_TANH,
    };
    v.wanted = um_sequence_wanted(&v.s);
    const struct um_sequence *s = &v.s, *wanted = &v.wanted;

    // x = dense2(LN(gelu(dense(LN(token_embd[id] + position_embd[i])))))             (B, T, D)
    *ids = um_net_input(net, s->length, 1, 1);
    const um_weight_ref token = um_net_matrix(net, um_config_rows(c), dim, "token_embd");
    const um_weight_ref position = um_net_matrix(net, s->length, dim, "position_embd");
    um_value_id x = um_sequence_embed(s, *ids, token, position, dim, 0);
    x = normed_dense(&v, s, x, "embd_norm", "embd_dense");
    x = um_sequence_norm(s, x, nothing, um_net_norm(net, dim, "embd_norm2"), v.epsilon);
    struct um_affine w = um_net_linear(net, dim, dim, "embd_dense2");
    x = um_sequence_linear(s, x, w, dim, dim, none, nothing);

    const uint32_t layers = c->transformer.layers;
    for (uint32_t i = 0; i < layers; i++)
        x = block(&v, i + 1 < layers ? s : wanted, i, x);

    // h = LN(gelu(dense(LN(x))));  logits = h . token_embd[0:K]^T + bias[i]          (B, T, K)
    um_value_id h = normed_dense(&v, wanted, x, "head.norm0", "head.dense");
    h = um_sequence_norm(wanted, h, nothing, um_net_norm(net, dim, "head.norm"), v.epsilon);
    const um_weight_ref bias = um_net_f32(net, s->length, codes, "head.position_bias");
    const um_value_id biases = um_sequence_positions(wanted, *ids, bias, codes);
    h = um_sequence_linear(wanted, h, um_no_bias(token), dim, codes, none, biases);
    *logits = um_net_output(net, h);
}

const struct um_transformer_net um_transformer_v1 = {build};
