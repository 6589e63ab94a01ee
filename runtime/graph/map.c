/* Layers on feature maps. */
#include "graph/map.h"

static void replace(struct um_map *m, struct um_op op, uint32_t height, uint32_t width,
                    uint32_t channels) {
    m->x = um_net_op(m->net, op, height, width, channels);
    m->height = height;
    m->width = width;
    m->channels = channels;
}

void um_map_conv(struct um_map *m, struct um_affine w, uint32_t channels, uint32_t kernel,
                 um_value_id residual) {
    struct um_op op = {
        .kind = UM_OP_CONV2D,
        .in = UM_INPUTS(m->x, residual),
        .weights = UM_WEIGHTS(w.weight, w.bias),
        .p.conv2d = {m->net->batch, m->height, m->width, m->channels, channels, kernel}};
    replace(m, op, m->height, m->width, channels);
}

void um_map_conv_stride2(struct um_map *m, struct um_affine w, uint32_t channels) {
    struct um_op op = {.kind = UM_OP_CONV2D_STRIDE2,
                       .in = UM_INPUTS(m->x),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .p.conv2d = {m->net->batch, m->height, m->width, m->channels, channels, 3}};
    replace(m, op, m->height / 2, m->width / 2, channels);
}

void um_map_norm(struct um_map *m, struct um_affine w, enum um_activation activation) {
    struct um_op op = {.kind = UM_OP_GROUPNORM,
                       .in = UM_INPUTS(m->x),
                       .weights = UM_WEIGHTS(w.weight, w.bias),
                       .p.groupnorm = {m->net->batch, m->height, m->width, m->channels,
                                       m->net->config->tokenizer.norm_groups,
                                       m->net->config->tokenizer.norm_epsilon, activation}};
    replace(m, op, m->height, m->width, m->channels);
}

void um_map_resize(struct um_map *m, enum um_op_kind kind) {
    const bool larger = kind == UM_OP_UPSAMPLE;
    struct um_op op = {.kind = kind,
                       .in = UM_INPUTS(m->x),
                       .weights = UM_NO_WEIGHTS,
                       .p.resize = {m->net->batch, m->height, m->width, m->channels}};
    replace(m, op, larger ? m->height * 2 : m->height / 2, larger ? m->width * 2 : m->width / 2,
            m->channels);
}

void um_map_scale(struct um_map *m, float scale, float shift) {
    struct um_op op = {
        .kind = UM_OP_SCALE,
        .in = UM_INPUTS(m->x),
        .weights = UM_NO_WEIGHTS,
        .p.scale = {m->net->batch * m->height * m->width * m->channels, UM_ACT_NONE, scale, shift}};
    replace(m, op, m->height, m->width, m->channels);
}

static struct um_op quantize(const struct um_map *m, enum um_op_kind kind, um_weight_ref codebook) {
    const struct um_config *c = m->net->config;
    return (struct um_op){
        .kind = kind,
        .in = UM_INPUTS(m->x),
        .weights = UM_WEIGHTS(codebook),
        .p.codebook = {m->net->batch * m->height * m->width, c->codebook_size, c->codebook_dim}};
}

um_value_id um_map_nearest_code(struct um_map *m, um_weight_ref codebook) {
    struct um_op op = quantize(m, UM_OP_NEAREST_CODE, codebook);
    return um_net_op(m->net, op, m->height, m->width, 1);
}

void um_map_codebook(struct um_map *m, um_value_id codes, um_weight_ref codebook) {
    m->x = codes;
    struct um_op op = quantize(m, UM_OP_CODEBOOK, codebook);
    replace(m, op, m->height, m->width, m->net->config->codebook_dim);
}
