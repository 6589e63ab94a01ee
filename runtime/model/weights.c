/* The tensor list of the `original` variant, written once: docs/MODEL_FORMAT.md in the same order.
 */
#include "model/weights.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct layout {
    const struct um_config *config;
    struct um_tensor_spec *specs;
    uint32_t count; /* goes on counting when the list is full */
};

static enum um_dtype matrix_dtype(const struct um_config *config, uint32_t innermost) {
    if (config->file_dtype == UM_Q8_0 && innermost % 32 != 0)
        return UM_F16;
    return config->file_dtype;
}

/* Appends a tensor; unused dimensions are 0 in the call. */
UM_PRINTF(6, 7)
static um_weight_id add(struct layout *l, uint32_t d0, uint32_t d1, uint32_t d2, uint32_t d3,
                        const char *format, ...) {
    uint32_t index = l->count++;
    if (index >= UM_MAX_TENSORS)
        return UM_NO_WEIGHT;
    struct um_tensor_spec *spec = &l->specs[index];
    memset(spec, 0, sizeof *spec);
    va_list args;
    va_start(args, format);
    vsnprintf(spec->name, sizeof spec->name, format, args);
    va_end(args);
    uint32_t dims[4] = {d0, d1, d2, d3};
    while (spec->n_dims < 4 && dims[spec->n_dims])
        spec->n_dims++;
    for (uint32_t i = 0; i < 4; i++)
        spec->dims[i] = i < spec->n_dims ? dims[i] : 1;
    spec->dtype =
        spec->n_dims == 1 ? UM_F32 : matrix_dtype(l->config, spec->dims[spec->n_dims - 1]);
    return (um_weight_id)index;
}

static struct um_affine add_norm(struct layout *l, const char *name, uint32_t size) {
    struct um_affine norm;
    norm.weight = add(l, size, 0, 0, 0, "%s.weight", name);
    norm.bias = add(l, size, 0, 0, 0, "%s.bias", name);
    return norm;
}

static struct um_affine add_linear(struct layout *l, const char *name, uint32_t out, uint32_t in) {
    struct um_affine linear;
    linear.weight = add(l, out, in, 0, 0, "%s.weight", name);
    linear.bias = add(l, out, 0, 0, 0, "%s.bias", name);
    return linear;
}

static um_weight_id add_kernel(struct layout *l, const char *name, uint32_t out, uint32_t size,
                               uint32_t in) {
    return add(l, out, size, size, in, "%s.weight", name);
}

static struct um_affine add_conv(struct layout *l, const char *name, uint32_t out, uint32_t size,
                                 uint32_t in) {
    struct um_affine conv;
    conv.weight = add_kernel(l, name, out, size, in);
    conv.bias = add(l, out, 0, 0, 0, "%s.bias", name);
    return conv;
}

/* "PREFIX.INDEX.PART"; `name` has room for any of the layout's names. */
static const char *join(char name[48], const char *prefix, uint32_t index, const char *part) {
    snprintf(name, 48, "%s.%u%s", prefix, (unsigned)index, part);
    return name;
}

static void add_block(struct layout *l, struct um_block_weights *block, uint32_t i) {
    uint32_t dim = l->config->transformer.dim, mlp_dim = l->config->transformer.mlp_dim;
    char name[48];
    block->attn_qkv = add_linear(l, join(name, "blk", i, ".attn_qkv"), 3 * dim, dim);
    block->attn_out = add_linear(l, join(name, "blk", i, ".attn_out"), dim, dim);
    block->attn_norm = add_norm(l, join(name, "blk", i, ".attn_norm"), dim);
    block->mlp_up = add_linear(l, join(name, "blk", i, ".mlp_up"), mlp_dim, dim);
    block->mlp_down = add_linear(l, join(name, "blk", i, ".mlp_down"), dim, mlp_dim);
    block->mlp_norm = add_norm(l, join(name, "blk", i, ".mlp_norm"), dim);
}

static void add_transformer(struct layout *l, struct um_weight_map *map) {
    const struct um_config *c = l->config;
    uint32_t dim = c->transformer.dim;
    map->token_embd = add(l, um_config_rows(c), dim, 0, 0, "token_embd.weight");
    map->position_embd = add(l, um_config_tokens(c) + 1, dim, 0, 0, "position_embd.weight");
    map->embd_norm = add_norm(l, "embd_norm", dim);
    for (uint32_t i = 0; i < c->transformer.layers; i++)
        add_block(l, &map->block[i], i);
    map->head_dense = add_linear(l, "head.dense", dim, dim);
    map->head_norm = add_norm(l, "head.norm", dim);
    map->head_bias = add(l, c->codebook_size, 0, 0, 0, "head.bias");
}

static void add_res(struct layout *l, struct um_res_weights *res, const char *prefix,
                    uint32_t index, uint32_t in, uint32_t out) {
    char name[48];
    res->in_channels = in;
    res->out_channels = out;
    res->norm0 = add_norm(l, join(name, prefix, index, ".norm0"), in);
    res->conv0 = add_kernel(l, join(name, prefix, index, ".conv0"), out, 3, in);
    res->norm1 = add_norm(l, join(name, prefix, index, ".norm1"), out);
    res->conv1 = add_kernel(l, join(name, prefix, index, ".conv1"), out, 3, out);
    res->shortcut = UM_NO_WEIGHT;
    if (in != out)
        res->shortcut = add_kernel(l, join(name, prefix, index, ".shortcut"), out, 1, out);
}

static void add_encoder(struct layout *l, struct um_weight_map *map) {
    const struct um_config *c = l->config;
    uint32_t levels = c->tokenizer.levels, blocks = c->tokenizer.res_blocks, index = 0;
    uint32_t channels = c->tokenizer.channels[0];
    map->enc_conv_in = add_kernel(l, "enc.conv_in", channels, 3, 3);
    for (uint32_t level = 0; level <= levels; level++) { /* the last round is the middle */
        uint32_t out = level < levels ? c->tokenizer.channels[level] : channels;
        for (uint32_t k = 0; k < blocks; k++, index++) {
            add_res(l, &map->enc_res[index], "enc.res", index, channels, out);
            channels = out;
        }
    }
    map->enc_norm_out = add_norm(l, "enc.norm_out", channels);
    map->enc_conv_out = add_conv(l, "enc.conv_out", c->codebook_dim, 1, channels);
}

static void add_decoder(struct layout *l, struct um_weight_map *map) {
    const struct um_config *c = l->config;
    uint32_t levels = c->tokenizer.levels, blocks = c->tokenizer.res_blocks, index = 0;
    uint32_t channels = c->tokenizer.channels[levels - 1];
    char name[48];
    map->dec_conv_in = add_conv(l, "dec.conv_in", channels, 3, c->codebook_dim);
    for (; index < blocks; index++)
        add_res(l, &map->dec_res[index], "dec.res", index, channels, channels);
    for (uint32_t level = levels; level-- > 0;) {
        uint32_t out = c->tokenizer.channels[level];
        for (uint32_t k = 0; k < blocks; k++, index++) {
            add_res(l, &map->dec_res[index], "dec.res", index, channels, out);
            channels = out;
        }
        if (level)
            map->dec_up[level] = add_conv(l, join(name, "dec.up", level, ""), out, 3, out);
    }
    map->dec_norm_out = add_norm(l, "dec.norm_out", channels);
    map->dec_conv_out = add_conv(l, "dec.conv_out", 3, 3, channels);
}

bool um_weight_layout(const struct um_config *config, struct um_weight_map *map,
                      struct um_tensor_spec *specs, uint32_t *count) {
    struct layout l = {.config = config, .specs = specs};
    memset(map, 0xff, sizeof *map); /* every id UM_NO_WEIGHT */
    add_transformer(&l, map);
    map->codebook =
        add(&l, config->codebook_size, config->codebook_dim, 0, 0, "quant.codebook.weight");
    if (map->codebook >= 0)
        specs[map->codebook].dtype = UM_F32;
    add_encoder(&l, map);
    add_decoder(&l, map);
    *count = l.count < UM_MAX_TENSORS ? l.count : UM_MAX_TENSORS;
    return l.count <= UM_MAX_TENSORS;
}
