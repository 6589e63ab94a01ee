/* The VQGAN of taming-transformers and LlamaGen, both directions: attention at the coarsest level,
 * strided convolutions downwards, pictures from -1 to 1; docs/MODEL_FORMAT.md, "Computation". */
#include "graph/map.h"

/* One half of the tokenizer: its name in front of tensors' names, and what it has had so far. */
struct half {
    struct um_map m;
    const char *name;
    uint32_t res, attn;
};

/* out = conv1(silu(norm1(conv0(silu(norm0(x)))))) + x, or + shortcut(x) */
static void res_block(struct half *h, uint32_t out) {
    struct um_map *m = &h->m;
    struct um_net *net = m->net;
    const uint32_t k = h->res++, in = m->channels;
    struct um_map input = *m;
    um_map_norm(m, um_net_norm(net, in, "%s.res.%u.norm0", h->name, k), UM_ACT_SILU);
    struct um_affine w = um_net_conv(net, out, 3, in, "%s.res.%u.conv0", h->name, k);
    um_map_conv(m, w, out, 3, UM_NO_VALUE);
    um_map_norm(m, um_net_norm(net, out, "%s.res.%u.norm1", h->name, k), UM_ACT_SILU);
    w = um_net_conv(net, out, 3, out, "%s.res.%u.conv1", h->name, k);
    if (in != out) {
        struct um_affine cut = um_net_conv(net, out, 1, in, "%s.res.%u.shortcut", h->name, k);
        um_map_conv(&input, cut, out, 1, UM_NO_VALUE);
    }
    um_map_conv(m, w, out, 3, input.x);
}

static um_value_id matrix(const struct um_map *m, um_value_id x, struct um_affine w, uint32_t out,
                          um_value_id residual) {
    struct um_op op = {
        .kind = UM_OP_LINEAR,
        .in = UM_INPUTS(x, residual),
        .weights = UM_WEIGHTS(w.weight, w.bias),
        .p.linear = {m->net->batch * m->height * m->width, m->channels, out, UM_ACT_NONE}};
    return um_net_op(m->net, op, m->height, m->width, out);
}

/* out = x + out(attention(qkv(GroupNorm(x)))): one head over all pixels. */
static void attention_block(struct half *h) {
    struct um_map *m = &h->m;
    struct um_net *net = m->net;
    const uint32_t k = h->attn++, channels = m->channels;
    const um_value_id input = m->x;
    um_map_norm(m, um_net_norm(net, channels, "%s.attn.%u.norm", h->name, k), UM_ACT_NONE);
    struct um_affine w = um_net_linear(net, 3 * channels, channels, "%s.attn.%u.qkv", h->name, k);
    const um_value_id qkv = matrix(m, m->x, w, 3 * channels, UM_NO_VALUE);
    struct um_op op = {.kind = UM_OP_ATTENTION,
                       .in = UM_INPUTS(qkv),
                       .weights = UM_NO_WEIGHTS,
                       .p.attention = {net->batch, m->height * m->width, 1, channels}};
    m->x = um_net_op(net, op, m->height, m->width, channels);
    w = um_net_linear(net, channels, channels, "%s.attn.%u.out", h->name, k);
    m->x = matrix(m, m->x, w, channels, input);
}

static void middle(struct half *h) {
    res_block(h, h->m.channels);
    attention_block(h);
    res_block(h, h->m.channels);
}

static void level_blocks(struct half *h, uint32_t level, uint32_t blocks) {
    const struct um_config *c = h->m.net->config;
    for (uint32_t i = 0; i < blocks; i++) {
        res_block(h, c->tokenizer.channels[level]);
        if (level + 1 == c->tokenizer.levels)
            attention_block(h);
    }
}

/* Vectors of length sqrt(E): the codes are unit vectors, and scaling a vector by a positive number
 * moves all its distances to them alike, so no nearer one appears. */
static void normalize(struct um_map *m) {
    struct um_op op = {.kind = UM_OP_RMSNORM,
                       .in = UM_INPUTS(m->x),
                       .weights = UM_NO_WEIGHTS,
                       .p.rmsnorm = {.rows = m->net->batch * m->height * m->width,
                                     .dim = m->channels,
                                     .epsilon = 1e-24f}};
    m->x = um_net_op(m->net, op, m->height, m->width, m->channels);
}

static void encoder(struct um_net *net, um_weight_ref codebook, um_value_id *rgb,
                    um_value_id *codes) {
    const struct um_config *c = net->config;
    const uint32_t levels = c->tokenizer.levels, *channels = c->tokenizer.channels;
    const uint32_t z = c->tokenizer.z_channels, dim = c->codebook_dim;
    struct half h = {{net, c->image_height, c->image_width, 3, UM_NO_VALUE}, "enc", 0, 0};
    struct um_map *m = &h.m;

    *rgb = m->x = um_net_input(net, m->height, m->width, 3);
    um_map_scale(m, 2, -1);
    um_map_conv(m, um_net_conv(net, channels[0], 3, 3, "enc.conv_in"), channels[0], 3, UM_NO_VALUE);
    for (uint32_t level = 0; level < levels; level++) {
        level_blocks(&h, level, c->tokenizer.res_blocks);
        if (level + 1 == levels)
            break;
        struct um_affine down = um_net_conv(net, m->channels, 3, m->channels, "enc.down.%u", level);
        um_map_conv_stride2(m, down, m->channels);
    }
    middle(&h);
    um_map_norm(m, um_net_norm(net, m->channels, "enc.norm_out"), UM_ACT_SILU);
    um_map_conv(m, um_net_conv(net, z, 3, m->channels, "enc.conv_out"), z, 3, UM_NO_VALUE);
    um_map_conv(m, um_net_conv(net, dim, 1, z, "enc.quant"), dim, 1, UM_NO_VALUE);
    if (c->tokenizer.unit_codes)
        normalize(m);
    *codes = um_net_output(net, um_map_nearest_code(m, codebook));
}

static void decoder(struct um_net *net, um_weight_ref codebook, um_value_id *codes,
                    um_value_id *rgb) {
    const struct um_config *c = net->config;
    const uint32_t levels = c->tokenizer.levels, top = c->tokenizer.channels[levels - 1];
    const uint32_t z = c->tokenizer.z_channels;
    struct half h = {{net, c->grid_height, c->grid_width, 0, UM_NO_VALUE}, "dec", 0, 0};
    struct um_map *m = &h.m;

    *codes = um_net_input(net, m->height, m->width, 1);
    um_map_codebook(m, *codes, codebook);
    um_map_conv(m, um_net_conv(net, z, 1, c->codebook_dim, "dec.quant"), z, 1, UM_NO_VALUE);
    um_map_conv(m, um_net_conv(net, top, 3, z, "dec.conv_in"), top, 3, UM_NO_VALUE);
    middle(&h);
    for (uint32_t level = levels; level-- > 0;) {
        level_blocks(&h, level, c->tokenizer.res_blocks + 1);
        if (level == 0)
            break;
        um_map_resize(m, UM_OP_UPSAMPLE);
        struct um_affine up = um_net_conv(net, m->channels, 3, m->channels, "dec.up.%u", level);
        um_map_conv(m, up, m->channels, 3, UM_NO_VALUE);
    }
    um_map_norm(m, um_net_norm(net, m->channels, "dec.norm_out"), UM_ACT_SILU);
    um_map_conv(m, um_net_conv(net, 3, 3, m->channels, "dec.conv_out"), 3, 3, UM_NO_VALUE);
    um_map_scale(m, 0.5f, 0.5f);
    *rgb = um_net_output(net, m->x);
}

const struct um_tokenizer_net um_tokenizer_taming = {encoder, decoder};
