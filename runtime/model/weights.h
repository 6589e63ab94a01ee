/* Which tensors a configuration implies, in file order, and where the graph finds each one. */
#ifndef UM_MODEL_WEIGHTS_H
#define UM_MODEL_WEIGHTS_H

#include "model/config.h"

/* Index of a tensor in the model's tensor table; UM_NO_WEIGHT = this layer has none. */
typedef int32_t um_weight_id;
enum { UM_NO_WEIGHT = -1, UM_MAX_TENSORS = 1024, UM_MAX_LAYERS = 64, UM_MAX_RES_BLOCKS = 80 };

struct um_affine {
    um_weight_id weight, bias;
};

struct um_block_weights {
    struct um_affine attn_qkv; /* (3D, D), (3D) */
    struct um_affine attn_out; /* (D, D), (D) */
    struct um_affine attn_norm;
    struct um_affine mlp_up;   /* (F, D), (F) */
    struct um_affine mlp_down; /* (D, F), (D) */
    struct um_affine mlp_norm;
};

struct um_res_weights {
    struct um_affine norm0, norm1;
    um_weight_id conv0, conv1; /* (B, 3, 3, A), (B, 3, 3, B) */
    um_weight_id shortcut;     /* (B, 1, 1, B) or UM_NO_WEIGHT */
    uint32_t in_channels, out_channels;
};

struct um_weight_map {
    um_weight_id token_embd, position_embd; /* (R, D), (N + 1, D) */
    struct um_affine embd_norm;
    struct um_block_weights block[UM_MAX_LAYERS];
    struct um_affine head_dense, head_norm;
    um_weight_id head_bias; /* (K); the output matrix is rows 0 .. K - 1 of token_embd */
    um_weight_id codebook;  /* (K, E) */
    um_weight_id enc_conv_in;
    struct um_res_weights enc_res[UM_MAX_RES_BLOCKS]; /* (levels + 1) x res_blocks of them */
    struct um_affine enc_norm_out, enc_conv_out;
    struct um_affine dec_conv_in;
    struct um_res_weights dec_res[UM_MAX_RES_BLOCKS];
    struct um_affine dec_up[UM_MAX_LEVELS]; /* [l] leaves level l; [0] unused */
    struct um_affine dec_norm_out, dec_conv_out;
};

/* The name, type and shape that the file must state for one tensor. */
struct um_tensor_spec {
    char name[64];
    enum um_dtype dtype;
    uint32_t n_dims, dims[4]; /* outermost first, unused entries 1 */
};

/* Fills `map` and the list of expected tensors, in file order; *count <= UM_MAX_TENSORS. False if
 * the configuration implies more tensors than that. Pure function of the configuration. */
bool um_weight_layout(const struct um_config *config, struct um_weight_map *map,
                      struct um_tensor_spec *specs, uint32_t *count);

#endif
