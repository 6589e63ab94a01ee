/* Hyperparameters of a model, read from the file's metadata and range-checked there; see
 * docs/MODEL_FORMAT.md for the keys and ranges. Everything downstream trusts them. */
#ifndef UM_MODEL_CONFIG_H
#define UM_MODEL_CONFIG_H

#include "base/log.h"
#include "base/tensor.h"

enum { UM_MAX_LEVELS = 8 };

enum um_gelu { UM_GELU_TANH = 0, UM_GELU_ERF = 1 };

/* The published networks that files may hold: maskgit.variant, maskgit.tokenizer.variant. */
enum um_transformer_kind { UM_TRANSFORMER_ORIGINAL, UM_TRANSFORMER_V1, UM_TRANSFORMER_HALTON };
enum um_tokenizer_kind { UM_TOKENIZER_ORIGINAL, UM_TOKENIZER_TAMING };

struct um_config {
    uint32_t image_width, image_height;
    uint32_t grid_width, grid_height;
    uint32_t codebook_size, codebook_dim;
    uint32_t class_count;
    bool null_class;
    enum um_dtype file_dtype; /* of matrices and convolution kernels */

    struct {
        enum um_transformer_kind kind;
        uint32_t dim, layers, heads, mlp_dim;
        uint32_t head_dim;   /* the key of halton, elsewhere dim / heads */
        uint32_t patch_size; /* tokens per side that share a position of the sequence; halton may
                                have more than 1 */
        float norm_epsilon;
        float embd_norm_epsilon; /* v1 only */
        enum um_gelu gelu;       /* not in halton */
    } transformer;

    struct {
        enum um_tokenizer_kind kind;
        uint32_t channels[UM_MAX_LEVELS]; /* per level, finest first: channels x multiplier */
        uint32_t levels, res_blocks, norm_groups;
        uint32_t
            decoder_blocks[UM_MAX_LEVELS]; /* original only, per level; 0 = as res_blocks says */
        float norm_epsilon;
        uint32_t z_channels; /* taming only */
        bool unit_codes;     /* taming only */
    } tokenizer;

    um_sampling sampler; /* what the file says of drawing; never a default */
};

struct um_container;

/* Reads and checks the metadata of a parsed container: every key known, of the right type and in
 * range, and all of them consistent. UM_ERROR_MODEL names the key. */
um_status um_config_read(struct um_config *config, const struct um_container *container);

/* The names that stand for the two kinds in a file; constant. */
const char *um_transformer_name(enum um_transformer_kind kind);
const char *um_tokenizer_name(enum um_tokenizer_kind kind);

/* ResBlocks of the original decoder at a level; the middle ones belong to the coarsest. */
static inline uint32_t um_config_decoder_blocks(const struct um_config *c, uint32_t level) {
    const uint32_t given = c->tokenizer.decoder_blocks[level];
    const uint32_t usual = c->tokenizer.res_blocks * (level + 1 == c->tokenizer.levels ? 2 : 1);
    return given ? given : usual;
}

/* Positions of the grid; of the sequence that the transformer sees, the leading ones in front: the
 * class, or a register. */
static inline uint32_t um_config_positions(const struct um_config *c) {
    return c->grid_width * c->grid_height;
}
static inline uint32_t um_config_leading(const struct um_config *c) {
    (void)c;
    return 1;
}
static inline uint32_t um_config_length(const struct um_config *c) {
    return um_config_leading(c) + um_config_positions(c);
}

/* Positions that stand for the tokens of the grid, behind the leading one. */
static inline uint32_t um_config_patches(const struct um_config *c) {
    return um_config_positions(c) / (c->transformer.patch_size * c->transformer.patch_size);
}

/* Rows of token_embd: codes, classes, [null class], mask. */
static inline uint32_t um_config_class_row(const struct um_config *c, int32_t class_index) {
    return c->codebook_size + (class_index < 0 ? c->class_count : (uint32_t)class_index);
}
static inline uint32_t um_config_mask_row(const struct um_config *c) {
    return c->codebook_size + c->class_count + (c->null_class ? 1u : 0u);
}
static inline uint32_t um_config_rows(const struct um_config *c) {
    return um_config_mask_row(c) + 1u;
}

#endif
