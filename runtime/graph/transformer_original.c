/* The bidirectional transformer of MaskGIT: post-LayerNorm blocks and an output matrix tied to the
 * token embedding; docs/MODEL_FORMAT.md, "Computation". Shapes: B batch, T = N + 1 positions, D
 * dim, F MLP dim, K codes. */
#include "graph/sequence.h"

static const enum um_activation none = UM_ACT_NONE;
static const um_value_id nothing = UM_NO_VALUE;

/* From the positions of `s` to those of `to`, which may be fewer: behind the attention each
 * position stands alone. */
static um_value_id block(const struct um_sequence *s, const struct um_sequence *to, uint32_t i,
                         um_value_id x, enum um_activation gelu) {
    struct um_net *net = s->net;
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, mlp = c->transformer.mlp_dim;
    const uint32_t heads = c->transformer.heads;
    const float epsilon = c->transformer.norm_epsilon;
    // x = LN(x + attention(x))                                  (B, T, 3D) -> (B, T, D)
    struct um_affine w = um_net_linear(net, 3 * dim, dim, "blk.%u.attn_qkv", i);
    um_value_id h = um_sequence_linear(s, x, w, dim, 3 * dim, none, nothing);
    h = um_sequence_attention(s, h, heads, dim / heads);
    h = um_sequence_pick(s, to, h, dim);
    x = um_sequence_pick(s, to, x, dim);
    w = um_net_linear(net, dim, dim, "blk.%u.attn_out", i);
    h = um_sequence_linear(to, h, w, dim, dim, none, nothing);
    x = um_sequence_norm(to, h, x, um_net_norm(net, dim, "blk.%u.attn_norm", i), epsilon);
    // x = LN(x + down(gelu(up(x))))                             (B, T, F) -> (B, T, D)
    w = um_net_linear(net, mlp, dim, "blk.%u.mlp_up", i);
    h = um_sequence_linear(to, x, w, dim, mlp, gelu, nothing);
    w = um_net_linear(net, dim, mlp, "blk.%u.mlp_down", i);
    h = um_sequence_linear(to, h, w, mlp, dim, none, nothing);
    return um_sequence_norm(to, h, x, um_net_norm(net, dim, "blk.%u.mlp_norm", i), epsilon);
}

static void build(struct um_net *net, um_value_id *ids, um_value_id *logits) {
    const struct um_config *c = net->config;
    const struct um_sequence s = {net, um_config_length(c), false};
    const uint32_t dim = c->transformer.dim, codes = c->codebook_size;
    const float epsilon = c->transformer.norm_epsilon;
    const enum um_activation gelu =
        c->transformer.gelu == UM_GELU_ERF ? UM_ACT_GELU_ERF : UM_ACT_GELU_TANH;

    // x = LN(token_embd[id] + position_embd[i])                                      (B, T, D)
    *ids = um_net_input(net, s.length, 1, 1);
    const um_weight_ref token = um_net_matrix(net, um_config_rows(c), dim, "token_embd");
    const um_weight_ref position = um_net_matrix(net, s.length, dim, "position_embd");
    um_value_id x = um_sequence_embed(&s, *ids, token, position, dim, 0);
    x = um_sequence_norm(&s, x, nothing, um_net_norm(net, dim, "embd_norm"), epsilon);

    const struct um_sequence wanted = um_sequence_wanted(&s);
    const uint32_t layers = c->transformer.layers;
    for (uint32_t i = 0; i < layers; i++)
        x = block(&s, i + 1 < layers ? &s : &wanted, i, x, gelu);

    // h = LN(gelu(dense(x)));  logits = h . token_embd[0:K]^T + bias                 (B, T, K)
    struct um_affine w = um_net_linear(net, dim, dim, "head.dense");
    um_value_id h = um_sequence_linear(&wanted, x, w, dim, dim, gelu, nothing);
    h = um_sequence_norm(&wanted, h, nothing, um_net_norm(net, dim, "head.norm"), epsilon);
    w = (struct um_affine){token, um_net_f32(net, codes, 0, "head.bias")};
    *logits = um_net_output(net, um_sequence_linear(&wanted, h, w, dim, codes, none, nothing));
}

const struct um_transformer_net um_transformer_original = {build};
