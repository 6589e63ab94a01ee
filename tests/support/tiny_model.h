/* Model files of random weights, built in memory by a writer that shares no code with the loader.
 */
#ifndef UM_SUPPORT_TINY_MODEL_H
#define UM_SUPPORT_TINY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tiny_transformer { TINY_ORIGINAL, TINY_V1, TINY_HALTON };
enum tiny_tokenizer { TINY_TOKENIZER_ORIGINAL, TINY_TAMING };

/* Zero = the default, given in the comment. Weights are scaled so that activations stay near 1. */
struct tiny_model_options {
    uint32_t seed;
    uint32_t grid;                    /* 4: grid x grid tokens */
    uint32_t dim, layers, heads;      /* 32, 2, 2 */
    uint32_t mlp_dim;                 /* 64 */
    uint32_t channels, levels;        /* 8, 3; level l has channels x 2^(l / 2) */
    uint32_t res_blocks, norm_groups; /* 1, 4 */
    uint32_t decoder_blocks;      /* 0 = no such key; else of every level, one more at the finest */
    uint32_t codebook_size;       /* 32 */
    uint32_t codebook_dim;        /* 8 */
    uint32_t class_count;         /* 5: "class 0" ..., symbols U+1F600 on */
    int file_type;                /* 0 F32, 1 F16, 7 Q8_0 */
    bool no_null_class, gelu_erf; /* without a null class cfg_scale is 0, else 1 */
    float norm_epsilon;           /* tokenizer, 1e-6; the transformer's is 1e-12, or 1e-5 in v1
                                     (embeddings and head 1e-12) and halton */
    enum tiny_transformer transformer;
    enum tiny_tokenizer tokenizer;
    uint32_t head_dim;   /* halton only, dim / heads - 1 (at least 1): heads narrower than dim */
    uint32_t patch_size; /* halton only, 1 */
    uint32_t z_channels; /* taming only, 6 */
    bool unit_codes;     /* taming only */
};

/* Chooses the networks of a published model: "original", "v1", "halton" or "halton-patched", that
 * with patches of 2 x 2 tokens; all but the first with the taming tokenizer, halton with unit
 * codes. False, and nothing changed, if it is none of them. */
bool tiny_model_variant(struct tiny_model_options *options, const char *name);

/* A valid model file, a pure function of its options: same options, same bytes. The caller frees
 * the result with free(). Aborts when memory runs out or the options make no model. */
void *tiny_model_build(const struct tiny_model_options *options, size_t *size);

#endif
