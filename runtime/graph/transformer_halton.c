/* The transformer of Halton-MaskGIT: the class steers every block through shifts, scales and gates
 * (adaLN); RMSNorm, normalised queries and keys, SwiGLU; docs/MODEL_FORMAT.md, "Computation".
 * Shapes: B batch, T = N + 1 positions, D dim, W heads x head_dim, F MLP dim, K codes. */
#include "graph/sequence.h"

static const enum um_activation none = UM_ACT_NONE;
static const um_value_id nothing = UM_NO_VALUE;

struct halton {
    struct um_sequence s;
    struct um_sequence one; /* the class: a sequence of one position per image */
    uint32_t dim;
    um_value_id condition; /* silu(token_embd[class row]) (B, D) */
};

/* The shifts, scales and gates of one block or of the head: `parts` of D numbers each. What they
 * are off by, every position is, in the same direction, and the condition's few large numbers make
 * rounding it to int8 coarse. */
static um_value_id modulation(const struct halton *v, struct um_affine w, uint32_t parts) {
    return um_sequence_steering(&v->one, v->condition, w, v->dim, parts * v->dim);
}

/* RMS(x) * (1 + scale) + shift; part `first` of the modulation is the shift, the next the scale. */
static um_value_id modulated_norm(const struct halton *v, um_value_id x, struct um_affine w,
                                  um_value_id mod, uint32_t parts, uint32_t first) {
    struct um_op op = {.kind = UM_OP_RMSNORM,
                       .in = x,
                       .residual = UM_NO_VALUE,
                       .weight = w.weight,
                       .bias = w.bias,
                       .p.rmsnorm = {.rows = v->s.net->batch * v->s.tokens,
                                     .dim = v->dim,
                                     .tokens = v->s.tokens,
                                     .width = parts * v->dim,
                                     .scale = (first + 1) * v->dim,
                                     .shift = first * v->dim,
                                     .modulation = mod,
                                     .epsilon = v->s.net->config->transformer.norm_epsilon}};
    return um_net_op(v->s.net, op, v->s.tokens, v->dim, 1);
}

/* residual + gate * x; the gate is part `part` of the block's six. */
static um_value_id gated(const struct halton *v, um_value_id x, um_value_id residual,
                         um_value_id mod, uint32_t part) {
    struct um_op op = {.kind = UM_OP_GATE,
                       .in = x,
                       .residual = residual,
                       .weight = UM_NO_REF,
                       .bias = UM_NO_REF,
                       .p.gate = {.rows = v->s.net->batch * v->s.tokens,
                                  .dim = v->dim,
                                  .tokens = v->s.tokens,
                                  .width = 6 * v->dim,
                                  .gate = part * v->dim,
                                  .modulation = mod}};
    return um_net_op(v->s.net, op, v->s.tokens, v->dim, 1);
}

/* Queries and keys at length sqrt(W), before the heads part. */
static um_value_id qk_norm(const struct halton *v, um_value_id qkv, uint32_t width) {
    struct um_op op = {.kind = UM_OP_QK_NORM,
                       .in = qkv,
                       .residual = UM_NO_VALUE,
                       .weight = UM_NO_REF,
                       .bias = UM_NO_REF,
                       .p.qk_norm = {v->s.net->batch * v->s.tokens, width,
                                     v->s.net->config->transformer.norm_epsilon}};
    return um_net_op(v->s.net, op, v->s.tokens, 3 * width, 1);
}

static um_value_id swiglu(const struct halton *v, um_value_id x, uint32_t mlp) {
    struct um_op op = {.kind = UM_OP_SWIGLU,
                       .in = x,
                       .residual = UM_NO_VALUE,
                       .weight = UM_NO_REF,
                       .bias = UM_NO_REF,
                       .p.swiglu = {v->s.net->batch * v->s.tokens, mlp}};
    return um_net_op(v->s.net, op, v->s.tokens, mlp, 1);
}

static um_value_id block(const struct halton *v, uint32_t i, um_value_id x) {
    const struct um_sequence *s = &v->s;
    struct um_net *net = s->net;
    const uint32_t dim = v->dim, mlp = net->config->transformer.mlp_dim;
    const uint32_t heads = net->config->transformer.heads;
    const uint32_t head_dim = net->config->transformer.head_dim, width = heads * head_dim;
    const um_value_id mod = modulation(v, um_net_linear(net, 6 * dim, dim, "blk.%u.ada", i), 6);
    // x = x + gate1 * out(attention(qkv(RMS(x) * (1 + scale1) + shift1)))    (B, T, 3W) -> (B, T,
    // D)
    struct um_affine w = um_no_bias(um_net_vector(net, dim, "blk.%u.attn_norm", i));
    um_value_id h = modulated_norm(v, x, w, mod, 6, 0);
    w = um_no_bias(um_net_matrix(net, 3 * width, dim, "blk.%u.attn_qkv", i));
    h = um_sequence_linear(s, h, w, dim, 3 * width, none, nothing);
    h = um_sequence_attention(s, qk_norm(v, h, width), heads, head_dim);
    w = um_no_bias(um_net_matrix(net, dim, width, "blk.%u.attn_out", i));
    x = gated(v, um_sequence_linear(s, h, w, width, dim, none, nothing), x, mod, 2);
    // x = x + gate2 * down(swiglu(up(RMS(x) * (1 + scale2) + shift2)))       (B, T, 2F) -> (B, T,
    // D)
    w = um_no_bias(um_net_vector(net, dim, "blk.%u.mlp_norm", i));
    h = modulated_norm(v, x, w, mod, 6, 3);
    w = um_no_bias(um_net_matrix(net, 2 * mlp, dim, "blk.%u.mlp_up", i));
    h = swiglu(v, um_sequence_linear(s, h, w, dim, 2 * mlp, none, nothing), mlp);
    w = um_no_bias(um_net_matrix(net, dim, mlp, "blk.%u.mlp_down", i));
    return gated(v, um_sequence_linear(s, h, w, mlp, dim, none, nothing), x, mod, 5);
}

/* The ids begin with the class row; the tokens' ids follow at a distance of one sequence. */
static um_value_id condition(struct um_net *net, um_value_id ids, um_weight_ref token,
                             uint32_t tokens, uint32_t dim) {
    struct um_op embed = {.kind = UM_OP_EMBED,
                          .in = ids,
                          .residual = UM_NO_VALUE,
                          .weight = token,
                          .bias = UM_NO_REF,
                          .p.embed = {net->batch, 1, dim, tokens, 0}};
    struct um_op silu = {.kind = UM_OP_SCALE,
                         .residual = UM_NO_VALUE,
                         .weight = UM_NO_REF,
                         .bias = UM_NO_REF,
                         .p.scale = {net->batch * dim, UM_ACT_SWISH, 1, 0}};
    silu.in = um_net_op(net, embed, dim, 1, 1);
    return um_net_op(net, silu, dim, 1, 1);
}

static void build(struct um_net *net, um_value_id *ids, um_value_id *logits) {
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, codes = c->codebook_size;
    struct halton v = {
        .s = {net, um_config_tokens(c) + 1, false}, .one = {net, 1, false}, .dim = dim};
    const struct um_sequence wanted = um_sequence_wanted(&v.s);

    // x = position_embd[0] (the register), then token_embd[id] + position_embd[i]    (B, T, D)
    *ids = um_net_input(net, v.s.tokens, 1, 1);
    const um_weight_ref token = um_net_matrix(net, um_config_rows(c), dim, "token_embd");
    const um_weight_ref position = um_net_matrix(net, v.s.tokens, dim, "position_embd");
    v.condition = condition(net, *ids, token, v.s.tokens, dim);
    um_value_id x = um_sequence_embed(&v.s, *ids, token, position, dim, 1);

    for (uint32_t i = 0; i < c->transformer.layers; i++)
        x = block(&v, i, x);

    // h = RMS(x) * (1 + scale) + shift;  logits = h . token_embd[0:K]^T + bias       (B, T, K)
    const um_value_id mod = modulation(&v, um_net_linear(net, 2 * dim, dim, "head.ada"), 2);
    um_value_id h = modulated_norm(&v, x, um_net_norm(net, dim, "head.norm"), mod, 2, 0);
    h = um_sequence_pick(&v.s, &wanted, h, dim); // here: what comes before needs to know the image
    struct um_affine w = {token, um_net_f32(net, codes, 0, "head.bias")};
    *logits = um_net_output(net, um_sequence_linear(&wanted, h, w, dim, codes, none, nothing));
}

const struct um_transformer_net um_transformer_halton = {build};
