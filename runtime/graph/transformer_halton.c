/* The transformer of Halton-MaskGIT: the class steers every block through shifts, scales and gates
 * (adaLN); RMSNorm, normalised queries and keys, SwiGLU; docs/MODEL_FORMAT.md, "Computation".
 * Shapes: B batch, N tokens, P tokens per side of a patch, T = N / P^2 + 1 positions, D dim,
 * W heads x head_dim, F MLP dim, K codes. */
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
static um_value_id modulated_norm(const struct halton *v, const struct um_sequence *s,
                                  um_value_id x, struct um_affine w, um_value_id mod,
                                  uint32_t parts, uint32_t first) {
    struct um_op op = {.kind = UM_OP_RMSNORM,
                       .in = UM_INPUTS(x, UM_NO_VALUE, mod),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .p.rmsnorm = {.rows = s->net->batch * s->length,
                                     .dim = v->dim,
                                     .length = s->length,
                                     .width = parts * v->dim,
                                     .scale = (first + 1) * v->dim,
                                     .shift = first * v->dim,
                                     .epsilon = s->net->config->transformer.norm_epsilon}};
    return um_net_op(s->net, op, s->length, v->dim, 1);
}

/* residual + gate * x; the gate is part `part` of the block's six. */
static um_value_id gated(const struct halton *v, um_value_id x, um_value_id residual,
                         um_value_id mod, uint32_t part) {
    struct um_op op = {.kind = UM_OP_GATE,
                       .in = UM_INPUTS(x, residual, mod),
                       .weights = UM_NO_WEIGHTS,
                       .p.gate = {.rows = v->s.net->batch * v->s.length,
                                  .dim = v->dim,
                                  .length = v->s.length,
                                  .width = 6 * v->dim,
                                  .gate = part * v->dim}};
    return um_net_op(v->s.net, op, v->s.length, v->dim, 1);
}

/* Queries and keys at length sqrt(W), before the heads part. */
static um_value_id qk_norm(const struct halton *v, um_value_id qkv, uint32_t width) {
    struct um_op op = {.kind = UM_OP_QK_NORM,
                       .in = UM_INPUTS(qkv),
                       .weights = UM_NO_WEIGHTS,
                       .p.qk_norm = {v->s.net->batch * v->s.length, width,
                                     v->s.net->config->transformer.norm_epsilon}};
    return um_net_op(v->s.net, op, v->s.length, 3 * width, 1);
}

static um_value_id swiglu(const struct halton *v, um_value_id x, uint32_t mlp) {
    struct um_op op = {.kind = UM_OP_SWIGLU,
                       .in = UM_INPUTS(x),
                       .weights = UM_NO_WEIGHTS,
                       .p.swiglu = {v->s.net->batch * v->s.length, mlp}};
    return um_net_op(v->s.net, op, v->s.length, mlp, 1);
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
    um_value_id h = modulated_norm(v, s, x, w, mod, 6, 0);
    w = um_no_bias(um_net_matrix(net, 3 * width, dim, "blk.%u.attn_qkv", i));
    h = um_sequence_linear(s, h, w, dim, 3 * width, none, nothing);
    h = um_sequence_attention(s, qk_norm(v, h, width), heads, head_dim);
    w = um_no_bias(um_net_matrix(net, dim, width, "blk.%u.attn_out", i));
    x = gated(v, um_sequence_linear(s, h, w, width, dim, none, nothing), x, mod, 2);
    // x = x + gate2 * down(swiglu(up(RMS(x) * (1 + scale2) + shift2)))       (B, T, 2F) -> (B, T,
    // D)
    w = um_no_bias(um_net_vector(net, dim, "blk.%u.mlp_norm", i));
    h = modulated_norm(v, s, x, w, mod, 6, 3);
    w = um_no_bias(um_net_matrix(net, 2 * mlp, dim, "blk.%u.mlp_up", i));
    h = swiglu(v, um_sequence_linear(s, h, w, dim, 2 * mlp, none, nothing), mlp);
    w = um_no_bias(um_net_matrix(net, dim, mlp, "blk.%u.mlp_down", i));
    return gated(v, um_sequence_linear(s, h, w, mlp, dim, none, nothing), x, mod, 5);
}

/* The ids begin with the class row; the tokens' ids follow at a distance of one sequence. */
static um_value_id condition(struct um_net *net, um_value_id ids, um_weight_ref token,
                             uint32_t stride, uint32_t dim) {
    struct um_op embed = {.kind = UM_OP_EMBED,
                          .in = UM_INPUTS(ids),
                          .weights = UM_WEIGHTS(token),
                          .p.embed = {net->batch, 1, dim, stride, 0}};
    const um_value_id x = um_net_op(net, embed, dim, 1, 1);
    struct um_op silu = {.kind = UM_OP_SCALE,
                         .in = UM_INPUTS(x),
                         .weights = UM_NO_WEIGHTS,
                         .p.scale = {net->batch * dim, UM_ACT_SILU, 1, 0}};
    return um_net_op(net, silu, dim, 1, 1);
}

/* ---- Patches. P x P tokens share a position of the sequence: their rows stand behind each other,
 * P^2 D numbers, which one matrix makes D of, and in the end another D P^2 rows again. The leading
 * position is a patch of zeros on its way in. */

/* Where row i of patches, leading one first, stands among the rows of N + 1 raster positions. */
static uint32_t patch_row(const struct um_net *net, uint32_t i) {
    const struct um_config *c = net->config;
    const uint32_t side = c->transformer.patch_size, area = side * side;
    const uint32_t rows = um_config_positions(c) + area, image = i / rows,
                   first = image * (rows + 1 - area);
    if (i % rows < area)
        return first;
    const uint32_t token = i % rows - area, patch = token / area, inside = token % area;
    const uint32_t across = c->grid_width / side;
    const uint32_t y = patch / across * side + inside / side;
    const uint32_t x = patch % across * side + inside % side;
    return first + 1 + y * c->grid_width + x;
}

/* The way back: where raster position i, leading one first, stands among the rows of patches. */
static uint32_t raster_row(const struct um_net *net, uint32_t i) {
    const struct um_config *c = net->config;
    const uint32_t side = c->transformer.patch_size, area = side * side;
    const uint32_t rows = um_config_length(c), image = i / rows, first = image * (rows - 1 + area);
    if (i % rows == 0)
        return first;
    const uint32_t token = i % rows - 1, y = token / c->grid_width, x = token % c->grid_width;
    const uint32_t patch = y / side * (c->grid_width / side) + x / side;
    return first + area + patch * area + y % side * side + x % side;
}

/* x (B, `from` rows, D) in another order: (B, `to` rows, D). */
static um_value_id reordered(const struct halton *v, um_value_id x, uint32_t from, uint32_t to,
                             uint32_t (*row)(const struct um_net *net, uint32_t i)) {
    struct um_net *net = v->s.net;
    struct um_op op = {.kind = UM_OP_PICK,
                       .in = UM_INPUTS(x, UM_NO_VALUE, um_net_rows(net, net->batch * to, row)),
                       .weights = UM_NO_WEIGHTS,
                       .p.pick = {net->batch * to, v->dim, net->batch * from, from}};
    return um_net_op(net, op, to, v->dim, 1);
}

/* x = patch_embd . (token_embd[id] of P^2 tokens) + position_embd[i]                (B, T, D) */
static um_value_id patches(const struct halton *v, const struct um_sequence *raster,
                           um_value_id ids, um_weight_ref token, um_weight_ref position) {
    const uint32_t side = v->s.net->config->transformer.patch_size, area = side * side;
    um_value_id x = um_sequence_embed(raster, ids, token, UM_NO_REF, v->dim, 1);
    x = reordered(v, x, raster->length, raster->length - 1 + area, patch_row);
    const um_value_id places = um_sequence_positions(&v->s, ids, position, v->dim);
    const um_weight_ref w = um_net_matrix(v->s.net, v->dim, area * v->dim, "patch_embd");
    return um_sequence_linear(&v->s, x, um_no_bias(w), area * v->dim, v->dim, none, places);
}

/* patch_out . x, a row for each token                                              (B, N + 1, D) */
static um_value_id tokens_of(const struct halton *v, const struct um_sequence *raster,
                             um_value_id x) {
    const uint32_t side = v->s.net->config->transformer.patch_size, area = side * side;
    const um_weight_ref w = um_net_matrix(v->s.net, area * v->dim, v->dim, "patch_out");
    x = um_sequence_linear(&v->s, x, um_no_bias(w), v->dim, area * v->dim, none, nothing);
    return reordered(v, x, raster->length - 1 + area, raster->length, raster_row);
}

static void build(struct um_net *net, um_value_id *ids, um_value_id *logits) {
    const struct um_config *c = net->config;
    const uint32_t dim = c->transformer.dim, codes = c->codebook_size;
    const bool patched = c->transformer.patch_size > 1;
    const struct um_sequence raster = {net, um_config_length(c), false};
    struct halton v = {
        .s = {net, um_config_patches(c) + 1, false}, .one = {net, 1, false}, .dim = dim};
    const struct um_sequence wanted = um_sequence_wanted(&raster);

    // x = position_embd[0] (the register), then token_embd[id] + position_embd[i]    (B, T, D)
    *ids = um_net_input(net, raster.length, 1, 1);
    const um_weight_ref token = um_net_matrix(net, um_config_rows(c), dim, "token_embd");
    const um_weight_ref position = um_net_matrix(net, v.s.length, dim, "position_embd");
    v.condition = condition(net, *ids, token, raster.length, dim);
    um_value_id x = patched ? patches(&v, &raster, *ids, token, position)
                            : um_sequence_embed(&raster, *ids, token, position, dim, 1);

    for (uint32_t i = 0; i < c->transformer.layers; i++)
        x = block(&v, i, x);
    if (patched)
        x = tokens_of(&v, &raster, x);

    // h = RMS(x) * (1 + scale) + shift;  logits = h . token_embd[0:K]^T + bias       (B, N + 1, K)
    const um_value_id mod = modulation(&v, um_net_linear(net, 2 * dim, dim, "head.ada"), 2);
    um_value_id h = modulated_norm(&v, &raster, x, um_net_norm(net, dim, "head.norm"), mod, 2, 0);
    // here: what comes before needs to know the image
    h = um_sequence_pick(&raster, &wanted, h, dim);
    struct um_affine w = {token, um_net_f32(net, codes, 0, "head.bias")};
    *logits = um_net_output(net, um_sequence_linear(&wanted, h, w, dim, codes, none, nothing));
}

const struct um_transformer_net um_transformer_halton = {build};
