/* The bidirectional transformer of MaskGIT: post-LayerNorm blocks and an output matrix tied to the
 * token embedding; docs/MODEL_FORMAT.md, "Computation". Shapes: B batch, T = N + 1 positions, D
 * dim, F MLP dim, K codes. */
#include "graph/graph.h"

struct builder {
    struct um_graph *graph;
    const struct um_config *config;
    uint32_t batch, tokens, rows; // rows = B * T
};

static um_value_id linear(struct builder *b, um_value_id in, struct um_affine w, uint32_t n_in,
                          uint32_t n_out, enum um_activation activation, enum um_value_role role) {
    um_value_id out = um_graph_value(b->graph, um_graph_elements(b->rows, n_out, 1, 1), role);
    um_graph_append(b->graph, &(struct um_op){.kind = UM_OP_LINEAR,
                                              .in = in,
                                              .residual = UM_NO_VALUE,
                                              .out = out,
                                              .weight = w.weight,
                                              .bias = w.bias,
                                              .p.linear = {b->rows, n_in, n_out, activation}});
    return out;
}

static um_value_id layernorm(struct builder *b, um_value_id in, um_value_id residual,
                             struct um_affine w) {
    uint32_t dim = b->config->transformer.dim;
    um_value_id out =
        um_graph_value(b->graph, um_graph_elements(b->rows, dim, 1, 1), UM_VALUE_TEMP);
    um_graph_append(
        b->graph,
        &(struct um_op){.kind = UM_OP_LAYERNORM,
                        .in = in,
                        .residual = residual,
                        .out = out,
                        .weight = w.weight,
                        .bias = w.bias,
                        .p.layernorm = {b->rows, dim, b->config->transformer.norm_epsilon}});
    return out;
}

static um_value_id embed(struct builder *b, um_value_id ids, const struct um_weight_map *map) {
    uint32_t dim = b->config->transformer.dim;
    um_value_id out =
        um_graph_value(b->graph, um_graph_elements(b->rows, dim, 1, 1), UM_VALUE_TEMP);
    um_graph_append(b->graph, &(struct um_op){.kind = UM_OP_EMBED,
                                              .in = ids,
                                              .residual = UM_NO_VALUE,
                                              .out = out,
                                              .weight = map->token_embd,
                                              .bias = map->position_embd,
                                              .p.embed = {b->batch, b->tokens, dim}});
    return out;
}

static um_value_id attention(struct builder *b, um_value_id qkv) {
    uint32_t dim = b->config->transformer.dim, heads = b->config->transformer.heads;
    um_value_id out =
        um_graph_value(b->graph, um_graph_elements(b->rows, dim, 1, 1), UM_VALUE_TEMP);
    um_graph_append(b->graph,
                    &(struct um_op){.kind = UM_OP_ATTENTION,
                                    .in = qkv,
                                    .residual = UM_NO_VALUE,
                                    .out = out,
                                    .weight = UM_NO_REF,
                                    .bias = UM_NO_REF,
                                    .p.attention = {b->batch, b->tokens, heads, dim / heads}});
    return out;
}

void um_graph_transformer(struct um_graph *graph, const struct um_config *config,
                          const struct um_weight_map *map, uint32_t batch, um_value_id *ids,
                          um_value_id *logits) {
    uint32_t tokens = um_config_tokens(config) + 1;
    struct builder b = {graph, config, batch, tokens, batch * tokens};
    uint32_t dim = config->transformer.dim, mlp = config->transformer.mlp_dim;
    enum um_activation gelu =
        config->transformer.gelu == UM_GELU_ERF ? UM_ACT_GELU_ERF : UM_ACT_GELU_TANH;
    const enum um_activation none = UM_ACT_NONE;
    const enum um_value_role temp = UM_VALUE_TEMP;

    // x = LN(token_embd[id] + position_embd[i])                                      (B, T, D)
    *ids = um_graph_value(graph, um_graph_elements(batch, tokens, 1, 1), UM_VALUE_INPUT);
    um_value_id x = layernorm(&b, embed(&b, *ids, map), UM_NO_VALUE, map->embd_norm);

    for (uint32_t i = 0; i < config->transformer.layers; i++) {
        const struct um_block_weights *w = &map->block[i];
        // x = LN(x + attention(x))                              (B, T, 3D) -> (B, T, D)
        um_value_id h = linear(&b, x, w->attn_qkv, dim, 3 * dim, none, temp);
        h = linear(&b, attention(&b, h), w->attn_out, dim, dim, none, temp);
        x = layernorm(&b, h, x, w->attn_norm);
        // x = LN(x + down(gelu(up(x))))                         (B, T, F) -> (B, T, D)
        h = linear(&b, x, w->mlp_up, dim, mlp, gelu, temp);
        h = linear(&b, h, w->mlp_down, mlp, dim, none, temp);
        x = layernorm(&b, h, x, w->mlp_norm);
    }

    // h = LN(gelu(dense(x)));  logits = h . token_embd[0:K]^T + bias                 (B, T, K)
    um_value_id h = linear(&b, x, map->head_dense, dim, dim, gelu, temp);
    h = layernorm(&b, h, UM_NO_VALUE, map->head_norm);
    struct um_affine tied = {map->token_embd, map->head_bias};
    *logits = linear(&b, h, tied, dim, config->codebook_size, none, UM_VALUE_OUTPUT);
}
