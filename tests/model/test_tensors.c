/* The tensor list, against a list written by hand from the format's page, and files that differ. */
#include "graph/layout.h"
#include "model/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct um_tensor_spec specs[UM_MAX_TENSORS];

/* 3 x 2 tokens, 7 codes of 5, 4 classes and the null class, D 12, F 20; levels of 8 and 16. */
static struct um_config small_config(void) {
    struct um_config c = {
        .grid_width = 3,
        .grid_height = 2,
        .codebook_size = 7,
        .codebook_dim = 5,
        .class_count = 4,
        .null_class = true,
        .file_dtype = UM_F16,
        .transformer = {.dim = 12, .layers = 1, .heads = 2, .mlp_dim = 20, .patch_size = 1},
        .tokenizer = {.channels = {8, 16}, .levels = 2, .res_blocks = 1}};
    return c;
}

static const struct um_tensor_spec expected[] = {
    {"token_embd.weight", UM_F16, 2, {13, 12, 1, 1}, false},
    {"position_embd.weight", UM_F16, 2, {7, 12, 1, 1}, false},
    {"embd_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_qkv.weight", UM_F16, 2, {36, 12, 1, 1}, false},
    {"blk.0.attn_qkv.bias", UM_F32, 1, {36, 1, 1, 1}, false},
    {"blk.0.attn_out.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"blk.0.attn_out.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_up.weight", UM_F16, 2, {20, 12, 1, 1}, false},
    {"blk.0.mlp_up.bias", UM_F32, 1, {20, 1, 1, 1}, false},
    {"blk.0.mlp_down.weight", UM_F16, 2, {12, 20, 1, 1}, false},
    {"blk.0.mlp_down.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.dense.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"head.dense.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.bias", UM_F32, 1, {7, 1, 1, 1}, true},
    {"quant.codebook.weight", UM_F32, 2, {7, 5, 1, 1}, true},
    {"enc.conv_in.weight", UM_F16, 4, {8, 3, 3, 3}, false},
    {"enc.res.0.norm0.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.conv0.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"enc.res.0.norm1.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.conv1.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"enc.res.1.norm0.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.1.norm0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.1.conv0.weight", UM_F16, 4, {16, 3, 3, 8}, false},
    {"enc.res.1.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.1.shortcut.weight", UM_F16, 4, {16, 1, 1, 16}, false},
    {"enc.res.2.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.2.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.norm_out.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.norm_out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.conv_out.weight", UM_F16, 4, {5, 1, 1, 16}, false},
    {"enc.conv_out.bias", UM_F32, 1, {5, 1, 1, 1}, false},
    {"dec.conv_in.weight", UM_F16, 4, {16, 3, 3, 5}, false},
    {"dec.conv_in.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.0.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.1.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.1.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.up.1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.up.1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.conv0.weight", UM_F16, 4, {8, 3, 3, 16}, false},
    {"dec.res.2.norm1.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.2.norm1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.2.conv1.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"dec.res.2.shortcut.weight", UM_F16, 4, {8, 1, 1, 8}, false},
    {"dec.norm_out.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.norm_out.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.conv_out.weight", UM_F16, 4, {3, 3, 3, 8}, false},
    {"dec.conv_out.bias", UM_F32, 1, {3, 1, 1, 1}, false},
};
enum { EXPECTED = sizeof expected / sizeof *expected };

/* The parts of other variants, for the same sizes; heads of 5, so W is 10; z of 6. */
static const struct um_tensor_spec expected_v1[] = {
    {"token_embd.weight", UM_F16, 2, {13, 12, 1, 1}, false},
    {"position_embd.weight", UM_F16, 2, {7, 12, 1, 1}, false},
    {"embd_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_dense.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"embd_dense.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_norm2.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_norm2.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"embd_dense2.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"embd_dense2.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_qkv.weight", UM_F16, 2, {36, 12, 1, 1}, false},
    {"blk.0.attn_qkv.bias", UM_F32, 1, {36, 1, 1, 1}, false},
    {"blk.0.attn_out.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"blk.0.attn_out.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_up.weight", UM_F16, 2, {20, 12, 1, 1}, false},
    {"blk.0.mlp_up.bias", UM_F32, 1, {20, 1, 1, 1}, false},
    {"blk.0.mlp_down.weight", UM_F16, 2, {12, 20, 1, 1}, false},
    {"blk.0.mlp_down.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm0.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm0.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.dense.weight", UM_F16, 2, {12, 12, 1, 1}, false},
    {"head.dense.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.position_bias", UM_F32, 2, {7, 7, 1, 1}, true},
    {"quant.codebook.weight", UM_F32, 2, {7, 5, 1, 1}, true},
};

static const struct um_tensor_spec expected_halton[] = {
    {"token_embd.weight", UM_F16, 2, {13, 12, 1, 1}, false},
    {"position_embd.weight", UM_F16, 2, {7, 12, 1, 1}, false},
    {"blk.0.ada.weight", UM_F16, 2, {72, 12, 1, 1}, false},
    {"blk.0.ada.bias", UM_F32, 1, {72, 1, 1, 1}, false},
    {"blk.0.attn_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_qkv.weight", UM_F16, 2, {30, 12, 1, 1}, false},
    {"blk.0.attn_out.weight", UM_F16, 2, {12, 10, 1, 1}, false},
    {"blk.0.mlp_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_up.weight", UM_F16, 2, {40, 12, 1, 1}, false},
    {"blk.0.mlp_down.weight", UM_F16, 2, {12, 20, 1, 1}, false},
    {"head.ada.weight", UM_F16, 2, {24, 12, 1, 1}, false},
    {"head.ada.bias", UM_F32, 1, {24, 1, 1, 1}, false},
    {"head.norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.norm.bias", UM_F32, 1, {12, 1, 1, 1}, false},
    {"head.bias", UM_F32, 1, {7, 1, 1, 1}, true},
    {"quant.codebook.weight", UM_F32, 2, {7, 5, 1, 1}, true},
};

/* A grid of 4 x 2 tokens, two patches of 2 x 2. */
static const struct um_tensor_spec expected_patched[] = {
    {"token_embd.weight", UM_F16, 2, {13, 12, 1, 1}, false},
    {"position_embd.weight", UM_F16, 2, {3, 12, 1, 1}, false},
    {"patch_embd.weight", UM_F16, 2, {12, 48, 1, 1}, false},
    {"blk.0.ada.weight", UM_F16, 2, {72, 12, 1, 1}, false},
    {"blk.0.ada.bias", UM_F32, 1, {72, 1, 1, 1}, false},
    {"blk.0.attn_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.attn_qkv.weight", UM_F16, 2, {30, 12, 1, 1}, false},
    {"blk.0.attn_out.weight", UM_F16, 2, {12, 10, 1, 1}, false},
    {"blk.0.mlp_norm.weight", UM_F32, 1, {12, 1, 1, 1}, false},
    {"blk.0.mlp_up.weight", UM_F16, 2, {40, 12, 1, 1}, false},
    {"blk.0.mlp_down.weight", UM_F16, 2, {12, 20, 1, 1}, false},
    {"patch_out.weight", UM_F16, 2, {48, 12, 1, 1}, false},
    {"head.ada.weight", UM_F16, 2, {24, 12, 1, 1}, false},
};

/* One ResBlock a level in the encoder, so two in the decoder. */
static const struct um_tensor_spec expected_taming[] = {
    {"enc.conv_in.weight", UM_F16, 4, {8, 3, 3, 3}, false},
    {"enc.conv_in.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm0.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.conv0.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"enc.res.0.conv0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm1.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.norm1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.0.conv1.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"enc.res.0.conv1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.down.0.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"enc.down.0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.1.norm0.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.1.norm0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"enc.res.1.conv0.weight", UM_F16, 4, {16, 3, 3, 8}, false},
    {"enc.res.1.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.1.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.1.shortcut.weight", UM_F16, 4, {16, 1, 1, 8}, false},
    {"enc.res.1.shortcut.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.0.norm.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.0.norm.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.0.qkv.weight", UM_F16, 2, {48, 16, 1, 1}, false},
    {"enc.attn.0.qkv.bias", UM_F32, 1, {48, 1, 1, 1}, false},
    {"enc.attn.0.out.weight", UM_F16, 2, {16, 16, 1, 1}, false},
    {"enc.attn.0.out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.2.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.2.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.2.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.1.norm.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.1.norm.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.attn.1.qkv.weight", UM_F16, 2, {48, 16, 1, 1}, false},
    {"enc.attn.1.qkv.bias", UM_F32, 1, {48, 1, 1, 1}, false},
    {"enc.attn.1.out.weight", UM_F16, 2, {16, 16, 1, 1}, false},
    {"enc.attn.1.out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.3.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.res.3.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"enc.res.3.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.norm_out.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.norm_out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"enc.conv_out.weight", UM_F16, 4, {6, 3, 3, 16}, false},
    {"enc.conv_out.bias", UM_F32, 1, {6, 1, 1, 1}, false},
    {"enc.quant.weight", UM_F16, 4, {5, 1, 1, 6}, false},
    {"enc.quant.bias", UM_F32, 1, {5, 1, 1, 1}, false},
    {"dec.quant.weight", UM_F16, 4, {6, 1, 1, 5}, false},
    {"dec.quant.bias", UM_F32, 1, {6, 1, 1, 1}, false},
    {"dec.conv_in.weight", UM_F16, 4, {16, 3, 3, 6}, false},
    {"dec.conv_in.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.0.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.0.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.0.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.0.norm.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.0.norm.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.0.qkv.weight", UM_F16, 2, {48, 16, 1, 1}, false},
    {"dec.attn.0.qkv.bias", UM_F32, 1, {48, 1, 1, 1}, false},
    {"dec.attn.0.out.weight", UM_F16, 2, {16, 16, 1, 1}, false},
    {"dec.attn.0.out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.1.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.1.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.1.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.2.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.2.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.2.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.1.norm.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.1.norm.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.1.qkv.weight", UM_F16, 2, {48, 16, 1, 1}, false},
    {"dec.attn.1.qkv.bias", UM_F32, 1, {48, 1, 1, 1}, false},
    {"dec.attn.1.out.weight", UM_F16, 2, {16, 16, 1, 1}, false},
    {"dec.attn.1.out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.conv0.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.3.conv0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.norm1.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.norm1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.3.conv1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.res.3.conv1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.2.norm.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.2.norm.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.attn.2.qkv.weight", UM_F16, 2, {48, 16, 1, 1}, false},
    {"dec.attn.2.qkv.bias", UM_F32, 1, {48, 1, 1, 1}, false},
    {"dec.attn.2.out.weight", UM_F16, 2, {16, 16, 1, 1}, false},
    {"dec.attn.2.out.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.up.1.weight", UM_F16, 4, {16, 3, 3, 16}, false},
    {"dec.up.1.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.4.norm0.weight", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.4.norm0.bias", UM_F32, 1, {16, 1, 1, 1}, false},
    {"dec.res.4.conv0.weight", UM_F16, 4, {8, 3, 3, 16}, false},
    {"dec.res.4.conv0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.4.norm1.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.4.norm1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.4.conv1.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"dec.res.4.conv1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.4.shortcut.weight", UM_F16, 4, {8, 1, 1, 16}, false},
    {"dec.res.4.shortcut.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.norm0.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.norm0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.conv0.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"dec.res.5.conv0.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.norm1.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.norm1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.res.5.conv1.weight", UM_F16, 4, {8, 3, 3, 8}, false},
    {"dec.res.5.conv1.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.norm_out.weight", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.norm_out.bias", UM_F32, 1, {8, 1, 1, 1}, false},
    {"dec.conv_out.weight", UM_F16, 4, {3, 3, 3, 8}, false},
    {"dec.conv_out.bias", UM_F32, 1, {3, 1, 1, 1}, false},
};

static void check_list(const struct um_tensor_spec *found, const struct um_tensor_spec *wanted,
                       uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(found[i].name, wanted[i].name);
        assert_int_equal(found[i].dtype, wanted[i].dtype);
        assert_int_equal(found[i].n_dims, wanted[i].n_dims);
        assert_memory_equal(found[i].dims, wanted[i].dims, sizeof found[i].dims);
        assert_int_equal(found[i].exact, wanted[i].exact);
    }
}

static void test_list(void **state) {
    (void)state;
    struct um_config config = small_config();
    uint32_t count;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(count, EXPECTED);
    check_list(specs, expected, count);
}

static void test_variant_lists(void **state) {
    (void)state;
    enum {
        V1 = sizeof expected_v1 / sizeof *expected_v1,
        HALTON = sizeof expected_halton / sizeof *expected_halton,
        TAMING = sizeof expected_taming / sizeof *expected_taming
    };
    struct um_config config = small_config();
    uint32_t count;
    config.transformer.head_dim = 5;
    config.tokenizer.z_channels = 6;
    config.tokenizer.kind = UM_TOKENIZER_TAMING;
    config.transformer.kind = UM_TRANSFORMER_V1;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(count, V1 + TAMING);
    check_list(specs, expected_v1, V1);
    check_list(specs + V1, expected_taming, TAMING);
    config.transformer.kind = UM_TRANSFORMER_HALTON;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(count, HALTON + TAMING);
    check_list(specs, expected_halton, HALTON);
    check_list(specs + HALTON, expected_taming, TAMING);
    config.grid_width = 4;
    config.transformer.patch_size = 2;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(count, HALTON + 2 + TAMING);
    check_list(specs, expected_patched, sizeof expected_patched / sizeof *expected_patched);
}

static const struct um_tensor_spec *find(const char *name, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(specs[i].name, name) == 0)
            return &specs[i];
    fail_msg("there is no %s", name);
    return NULL;
}

/* Under Q8_0 a row that is not a whole number of blocks is F16, and vectors and codebook stay F32.
 */
static void test_q8_types(void **state) {
    (void)state;
    struct um_config config = small_config();
    uint32_t count;
    config.file_dtype = UM_Q8_0;
    config.transformer.dim = 32;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(find("token_embd.weight", count)->dtype, UM_Q8_0);
    assert_int_equal(find("blk.0.mlp_up.weight", count)->dtype, UM_Q8_0);
    assert_int_equal(find("blk.0.mlp_down.weight", count)->dtype, UM_F16); /* rows of 20 */
    assert_int_equal(find("enc.res.0.conv0.weight", count)->dtype, UM_F16);
    assert_int_equal(find("blk.0.mlp_up.bias", count)->dtype, UM_F32);
    assert_int_equal(find("quant.codebook.weight", count)->dtype, UM_F32);
    config.file_dtype = UM_F32;
    assert_true(um_weight_layout(&config, specs, &count));
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(specs[i].dtype, UM_F32);
}

static void test_limits(void **state) {
    (void)state;
    struct um_config config = small_config();
    uint32_t count;
    config.tokenizer.levels = 8;
    config.tokenizer.res_blocks = 8;
    for (uint32_t l = 0; l < 8; l++)
        config.tokenizer.channels[l] = 8u << l;
    assert_true(um_weight_layout(&config, specs, &count)); /* the largest tokenizer */
    find("enc.res.71.conv1.weight", count);
    find("dec.res.71.conv1.weight", count);
    config.transformer.layers = 64;
    assert_false(um_weight_layout(&config, specs, &count));
    assert_int_equal(count, UM_MAX_TENSORS);
    config.transformer.layers = 1;
    config.tokenizer.levels = 3;
    config.tokenizer.res_blocks = 1;
    config.tokenizer.decoder_blocks[0] = 2; /* beside it: as usual, and more */
    config.tokenizer.decoder_blocks[2] = 5;
    assert_true(um_weight_layout(&config, specs, &count));
    assert_int_equal(find("dec.res.4.conv1.weight", count)->dims[0], 32);
    assert_int_equal(find("dec.res.5.conv1.weight", count)->dims[0], 16);
    assert_int_equal(find("dec.res.7.conv1.weight", count)->dims[0], 8);
    config.tokenizer.levels = 8;
    config.transformer.layers = 64;
    config.tokenizer.res_blocks = 1;
    assert_true(um_weight_layout(&config, specs, &count)); /* the largest transformer */
    find("blk.63.mlp_norm.bias", count);
}

static struct image eight_levels(void) {
    static const char multipliers[] = "maskgit.tokenizer.channel_multipliers";
    struct image image = image_start(NULL);
    image_set(&image, image_value_at(&image, multipliers) + 4, 8, 8);
    image_splice(&image, image_value_at(&image, multipliers) + 12, 0,
                 "\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0", 20);
    image_set_u32(&image, "maskgit.image_width", 512);
    image_set_u32(&image, "maskgit.image_height", 512);
    return image;
}

static void test_too_many_implied(void **state) {
    (void)state;
    struct image image = eight_levels();
    image_set_u32(&image, "maskgit.transformer.layers", 64);
    image_set_u32(&image, "maskgit.tokenizer.res_blocks", 8);
    image_refused(&image, "more than 1024 tensors", UM_ERROR_MODEL, "maskgit.transformer.layers",
                  "at most 1024 tensors");
    uint8_t blocks[12 + 8 * 4] = {4, 0, 0, 0, 8}; /* u32, eight of them */
    for (int level = 0; level < 8; level++)
        blocks[12 + 4 * level] = 16;
    image = eight_levels();
    image_set_u32(&image, "maskgit.tokenizer.res_blocks", 4);
    image_add_key(&image, "maskgit.tokenizer.decoder_blocks", 9, blocks, sizeof blocks);
    image_refused(&image, "a decoder of too many tensors", UM_ERROR_MODEL,
                  "maskgit.tokenizer.decoder_blocks", "at most 1024 tensors");
}

static void test_missing_and_extra(void **state) {
    (void)state;
    const uint8_t info[] = "\6\0\0\0\0\0\0\0extra1\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0";
    struct image image = image_start(NULL);
    size_t last = image_key_at(&image, "dec.conv_out.bias");
    size_t offset = image_tensor_at(&image, "dec.conv_out.weight") + 4 + 4 * 8 + 4;
    image_splice(&image, last, image.head_bytes - last, NULL, 0);
    image_set(&image, 8, image_get(&image, 8, 8) - 1, 8);
    image.data_bytes = (size_t)image_get(&image, offset, 8) + 3 * 3 * 3 * 8 * 4;
    image_refused(&image, "last tensor missing", UM_ERROR_MODEL, "dec.conv_out.bias",
                  "found the end of a list of 98");

    image = image_start(NULL);
    size_t end = (image.data_bytes + 255) / 256 * 256, at = image.head_bytes;
    image_splice(&image, at, 0, info, sizeof info - 1);
    image_splice(&image, image.head_bytes, 0, "\0\0\0\0\0\0\0\0", 8);
    image_set(&image, image.head_bytes - 8, end, 8);
    image_set(&image, 8, image_get(&image, 8, 8) + 1, 8);
    uint8_t *data = calloc(1, end + 4);
    assert_non_null(data);
    memcpy(data, image.data, image.data_bytes);
    free(image.data);
    image.data = data;
    image.data_bytes = end + 4;
    image_refused(&image, "one tensor more", UM_ERROR_MODEL, "extra1", "found one more");
}

static void test_names(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t at = image_key_at(&image, "embd_norm.bias");
    image.head[at + 8 + 11] = 'o';
    image_refused(&image, "renamed", UM_ERROR_MODEL, "tensor 3",
                  "expected embd_norm.bias, found embd_norm.boas");
    image = image_start(NULL);
    image_splice(&image, at, 8 + 14, "\20\0\0\0\0\0\0\0embd_norm.weight", 8 + 16);
    image_refused(&image, "duplicate", UM_ERROR_MODEL, "tensor 3",
                  "expected embd_norm.bias, found embd_norm.weight");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.transformer.layers", 3);
    image_refused(&image, "a layer more than there is", UM_ERROR_MODEL, "tensor 28",
                  "expected blk.2.attn_qkv.weight, found head.dense.weight");
}

static void test_shapes(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t dims = image_tensor_at(&image, "blk.0.mlp_up.weight") + 4;
    image_set(&image, dims, 64, 8);
    image_set(&image, dims + 8, 32, 8);
    image_refused(&image, "transposed", UM_ERROR_MODEL, "blk.0.mlp_up.weight",
                  "expected shape 64 x 32, found 32 x 64");
    image = image_start(NULL);
    dims = image_tensor_at(&image, "embd_norm.bias");
    image_set(&image, dims, 2, 4);
    image_splice(&image, dims + 12, 0, "\1\0\0\0\0\0\0\0", 8);
    image_refused(&image, "a dimension of 1 more", UM_ERROR_MODEL, "embd_norm.bias",
                  "expected shape 32, found 1 x 32");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.codebook_size", 33);
    image_refused(&image, "a code more than there is", UM_ERROR_MODEL, "token_embd.weight",
                  "expected shape 40 x 32, found 39 x 32");
}

static void test_types(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set_u32(&image, "general.file_type", 1);
    image_refused(&image, "F32 in an F16 file", UM_ERROR_MODEL, "token_embd.weight",
                  "expected type F16, found F32");
    struct tiny_model_options options = {.file_type = 7};
    image = image_start(&options);
    image_set_u32(&image, "general.file_type", 0);
    image_refused(&image, "Q8_0 in an F32 file", UM_ERROR_MODEL, "token_embd.weight",
                  "expected type F32, found Q8_0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_variant_lists),
        cmocka_unit_test(test_q8_types),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_too_many_implied),
        cmocka_unit_test(test_missing_and_extra),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
