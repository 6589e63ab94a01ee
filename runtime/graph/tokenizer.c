/* The VQGAN of MaskGIT, both directions; docs/MODEL_FORMAT.md, "Computation". Pictures and feature
 * maps are (B, H, W, C). */
#include "graph/graph.h"

/* The feature map under construction. */
struct builder {
    struct um_graph *graph;
    const struct um_config *config;
    uint32_t batch, height, width, channels;
    um_value_id x;
};

static um_value_id map_value(struct builder *b, uint32_t channels, enum um_value_role role) {
    return um_graph_value(b->graph, um_graph_elements(b->batch, b->height, b->width, channels),
                          role);
}

static void conv(struct builder *b, struct um_affine w, uint32_t out_channels, uint32_t kernel,
                 um_value_id residual, enum um_value_role role) {
    um_value_id out = map_value(b, out_channels, role);
    um_graph_append(b->graph, &(struct um_op){.kind = UM_OP_CONV2D,
                                              .in = b->x,
                                              .residual = residual,
                                              .out = out,
                                              .weight = w.weight,
                                              .bias = w.bias,
                                              .p.conv2d = {b->batch, b->height, b->width,
                                                           b->channels, out_channels, kernel}});
    b->channels = out_channels;
    b->x = out;
}

/* swish(GroupNorm(x)): the two never stand apart in this network. */
static void norm_swish(struct builder *b, struct um_affine w) {
    um_value_id out = map_value(b, b->channels, UM_VALUE_TEMP);
    um_graph_append(
        b->graph,
        &(struct um_op){.kind = UM_OP_GROUPNORM,
                        .in = b->x,
                        .residual = UM_NO_VALUE,
                        .out = out,
                        .weight = w.weight,
                        .bias = w.bias,
                        .p.groupnorm = {b->batch, b->height, b->width, b->channels,
                                        b->config->tokenizer.norm_groups,
                                        b->config->tokenizer.norm_epsilon, UM_ACT_SWISH}});
    b->x = out;
}

static void resize(struct builder *b, enum um_op_kind kind) {
    struct um_op op = {.kind = kind,
                       .in = b->x,
                       .residual = UM_NO_VALUE,
                       .weight = UM_NO_REF,
                       .bias = UM_NO_REF,
                       .p.resize = {b->batch, b->height, b->width, b->channels}};
    b->height = kind == UM_OP_UPSAMPLE ? b->height * 2 : b->height / 2;
    b->width = kind == UM_OP_UPSAMPLE ? b->width * 2 : b->width / 2;
    op.out = map_value(b, b->channels, UM_VALUE_TEMP);
    um_graph_append(b->graph, &op);
    b->x = op.out;
}

static struct um_affine no_bias(um_weight_id weight) {
    return (struct um_affine){weight, UM_NO_WEIGHT};
}

/* out = h + x, h = conv1(swish(norm1(conv0(swish(norm0(x)))))). When the channel count changes the
 * original adds shortcut(h), not shortcut(x): the block's input is dropped, and trained weights
 * expect exactly that. */
static void res_block(struct builder *b, const struct um_res_weights *w) {
    um_value_id input = b->x;
    norm_swish(b, w->norm0);
    conv(b, no_bias(w->conv0), w->out_channels, 3, UM_NO_VALUE, UM_VALUE_TEMP);
    norm_swish(b, w->norm1);
    if (w->shortcut == UM_NO_WEIGHT) {
        conv(b, no_bias(w->conv1), w->out_channels, 3, input, UM_VALUE_TEMP);
        return;
    }
    conv(b, no_bias(w->conv1), w->out_channels, 3, UM_NO_VALUE, UM_VALUE_TEMP);
    conv(b, no_bias(w->shortcut), w->out_channels, 1, b->x, UM_VALUE_TEMP);
}

static void res_blocks(struct builder *b, const struct um_res_weights **next) {
    for (uint32_t i = 0; i < b->config->tokenizer.res_blocks; i++)
        res_block(b, (*next)++);
}

/* NEAREST_CODE or CODEBOOK between the feature map of the grid and its codes. */
static void quantize(struct builder *b, enum um_op_kind kind, um_weight_id codebook, um_value_id in,
                     um_value_id out) {
    uint32_t rows = b->batch * um_config_tokens(b->config);
    um_graph_append(b->graph, &(struct um_op){.kind = kind,
                                              .in = in,
                                              .residual = UM_NO_VALUE,
                                              .out = out,
                                              .weight = codebook,
                                              .bias = UM_NO_REF,
                                              .p.codebook = {rows, b->config->codebook_size,
                                                             b->config->codebook_dim}});
}

void um_graph_encoder(struct um_graph *graph, const struct um_config *config,
                      const struct um_weight_map *map, uint32_t batch, um_value_id *rgb,
                      um_value_id *codes) {
    struct builder b = {graph, config, batch, config->image_height, config->image_width, 3, 0};
    uint32_t levels = config->tokenizer.levels;
    const struct um_res_weights *next = map->enc_res;

    *rgb = b.x = map_value(&b, 3, UM_VALUE_INPUT);
    conv(&b, no_bias(map->enc_conv_in), config->tokenizer.channels[0], 3, UM_NO_VALUE,
         UM_VALUE_TEMP);
    for (uint32_t level = 0; level < levels; level++) {
        res_blocks(&b, &next);
        if (level + 1 < levels)
            resize(&b, UM_OP_AVGPOOL);
    }
    res_blocks(&b, &next); // the middle
    norm_swish(&b, map->enc_norm_out);
    conv(&b, map->enc_conv_out, config->codebook_dim, 1, UM_NO_VALUE, UM_VALUE_TEMP);
    *codes = map_value(&b, 1, UM_VALUE_OUTPUT);
    quantize(&b, UM_OP_NEAREST_CODE, map->codebook, b.x, *codes);
}

void um_graph_decoder(struct um_graph *graph, const struct um_config *config,
                      const struct um_weight_map *map, uint32_t batch, um_value_id *codes,
                      um_value_id *rgb) {
    struct builder b = {
        graph, config, batch, config->grid_height, config->grid_width, config->codebook_dim, 0};
    uint32_t levels = config->tokenizer.levels;
    const struct um_res_weights *next = map->dec_res;

    *codes = map_value(&b, 1, UM_VALUE_INPUT);
    b.x = map_value(&b, config->codebook_dim, UM_VALUE_TEMP);
    quantize(&b, UM_OP_CODEBOOK, map->codebook, *codes, b.x);
    conv(&b, map->dec_conv_in, config->tokenizer.channels[levels - 1], 3, UM_NO_VALUE,
         UM_VALUE_TEMP);
    res_blocks(&b, &next); // the middle
    for (uint32_t level = levels; level-- > 0;) {
        res_blocks(&b, &next);
        if (level > 0) {
            resize(&b, UM_OP_UPSAMPLE);
            conv(&b, map->dec_up[level], config->tokenizer.channels[level], 3, UM_NO_VALUE,
                 UM_VALUE_TEMP);
        }
    }
    norm_swish(&b, map->dec_norm_out);
    conv(&b, map->dec_conv_out, 3, 3, UM_NO_VALUE, UM_VALUE_OUTPUT);
    *rgb = b.x;
}
