/* The VQGAN of MaskGIT, both directions; docs/MODEL_FORMAT.md, "Computation". */
#include "graph/map.h"

/* out = h + x, h = conv1(silu(norm1(conv0(silu(norm0(x)))))). When the channel count changes the
 * original adds shortcut(h), not shortcut(x): the block's input is dropped, and trained weights
 * expect exactly that. */
static void res_block(struct um_map *m, const char *half, uint32_t k, uint32_t out) {
    struct um_net *net = m->net;
    const um_value_id input = m->x;
    const bool changes = m->channels != out;
    um_map_norm(m, um_net_norm(net, m->channels, "%s.res.%u.norm0", half, k), UM_ACT_SILU);
    um_weight_ref w = um_net_kernel(net, out, 3, m->channels, "%s.res.%u.conv0", half, k);
    um_map_conv(m, um_no_bias(w), out, 3, UM_NO_VALUE);
    um_map_norm(m, um_net_norm(net, out, "%s.res.%u.norm1", half, k), UM_ACT_SILU);
    w = um_net_kernel(net, out, 3, out, "%s.res.%u.conv1", half, k);
    um_map_conv(m, um_no_bias(w), out, 3, changes ? UM_NO_VALUE : input);
    if (!changes)
        return;
    w = um_net_kernel(net, out, 1, out, "%s.res.%u.shortcut", half, k);
    um_map_conv(m, um_no_bias(w), out, 1, m->x);
}

static void res_blocks(struct um_map *m, const char *half, uint32_t *next, uint32_t count,
                       uint32_t channels) {
    for (uint32_t i = 0; i < count; i++)
        res_block(m, half, (*next)++, channels);
}

static void encoder(struct um_net *net, um_weight_ref codebook, um_value_id *rgb,
                    um_value_id *codes) {
    const struct um_config *c = net->config;
    const uint32_t levels = c->tokenizer.levels, *channels = c->tokenizer.channels;
    const uint32_t blocks = c->tokenizer.res_blocks;
    struct um_map m = {net, c->image_height, c->image_width, 3, UM_NO_VALUE};
    uint32_t next = 0;

    *rgb = m.x = um_net_input(net, m.height, m.width, 3);
    um_weight_ref first = um_net_kernel(net, channels[0], 3, 3, "enc.conv_in");
    um_map_conv(&m, um_no_bias(first), channels[0], 3, UM_NO_VALUE);
    for (uint32_t level = 0; level < levels; level++) {
        res_blocks(&m, "enc", &next, blocks, channels[level]);
        if (level + 1 < levels)
            um_map_resize(&m, UM_OP_AVGPOOL);
    }
    res_blocks(&m, "enc", &next, blocks, m.channels); // the middle
    um_map_norm(&m, um_net_norm(net, m.channels, "enc.norm_out"), UM_ACT_SILU);
    struct um_affine last = um_net_conv(net, c->codebook_dim, 1, m.channels, "enc.conv_out");
    um_map_conv(&m, last, c->codebook_dim, 1, UM_NO_VALUE);
    *codes = um_net_output(net, um_map_nearest_code(&m, codebook));
}

static void decoder(struct um_net *net, um_weight_ref codebook, um_value_id *codes,
                    um_value_id *rgb) {
    const struct um_config *c = net->config;
    const uint32_t levels = c->tokenizer.levels, *channels = c->tokenizer.channels;
    struct um_map m = {net, c->grid_height, c->grid_width, 0, UM_NO_VALUE};
    uint32_t next = 0;

    *codes = um_net_input(net, m.height, m.width, 1);
    um_map_codebook(&m, *codes, codebook);
    struct um_affine w = um_net_conv(net, channels[levels - 1], 3, c->codebook_dim, "dec.conv_in");
    um_map_conv(&m, w, channels[levels - 1], 3, UM_NO_VALUE);
    for (uint32_t level = levels; level-- > 0;) {
        res_blocks(&m, "dec", &next, um_config_decoder_blocks(c, level), channels[level]);
        if (level == 0)
            break;
        um_map_resize(&m, UM_OP_UPSAMPLE);
        w = um_net_conv(net, m.channels, 3, m.channels, "dec.up.%u", level);
        um_map_conv(&m, w, m.channels, 3, UM_NO_VALUE);
    }
    um_map_norm(&m, um_net_norm(net, m.channels, "dec.norm_out"), UM_ACT_SILU);
    um_map_conv(&m, um_net_conv(net, 3, 3, m.channels, "dec.conv_out"), 3, 3, UM_NO_VALUE);
    *rgb = um_net_output(net, m.x);
}

const struct um_tokenizer_net um_tokenizer_original = {encoder, decoder};
