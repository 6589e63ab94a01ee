/* What the C side and the shaders agree on: bindings, specialization constants, push constants. */
#ifndef UM_SHARED_H
#define UM_SHARED_H

#ifdef VULKAN /* set by the GLSL compiler */
#define um_u32 uint
#else
#include <stdint.h>
typedef uint32_t um_u32;
#endif

/* Storage buffers, the same set layout for every shader. */
#define UM_BIND_IN     0 /* um_op.in, or scratch memory where the op has no such operand */
#define UM_BIND_IN_1   3
#define UM_BIND_IN_2   5
#define UM_BIND_WEIGHT 1 /* um_op.weights, likewise */
#define UM_BIND_BIAS   2
#define UM_BIND_OUT    4
#define UM_BIND_COUNT  6

/* Specialization constants. */
#define UM_SPEC_GROUP    0 /* invocations per workgroup */
#define UM_SPEC_WEIGHT   1 /* what the weight binding holds: UM_WEIGHT_* */
#define UM_SPEC_LANES    2 /* invocations that share one row of a reduction; a power of two */
#define UM_SPEC_VEC4     3 /* rows of both operands begin at multiples of four elements */
#define UM_SPEC_BIAS_F16 4 /* the bias binding holds pairs of half floats */
#define UM_SPEC_TILE_M   5 /* outputs of a workgroup; attention: queries and keys */
#define UM_SPEC_TILE_N   6
#define UM_SPEC_SUMS_M   7 /* of an invocation; of a subgroup in matrices of the matrix unit */
#define UM_SPEC_SUMS_N   8
#define UM_SPEC_MATRIX_M 9 /* the matrix unit's sides */
#define UM_SPEC_MATRIX_N 10
#define UM_SPEC_MATRIX_K 11
#define UM_SPEC_HEAD4    12 /* vectors of four that hold a row of an attention head */
#define UM_SPEC_SOURCE   13 /* what the input of a convolution is made from: UM_SOURCE_* */
#define UM_SPEC_COUNT    14

/* The input itself; what GROUPNORM or UPSAMPLE would make it of. */
#define UM_SOURCE_WHOLE    0
#define UM_SOURCE_NORM     1
#define UM_SOURCE_UPSAMPLE 2

/* F32; pairs of F16; blocks of 32 int8 in eight words and their scale, an F32, in a ninth. */
#define UM_WEIGHT_F32 0
#define UM_WEIGHT_F16 1
#define UM_WEIGHT_Q8  2
#define UM_Q8_WORDS   9

/* Vulkan promises workgroups of 128 invocations and 16 KiB of shared memory. */
#define UM_MAX_GROUP 128

/* Outputs per invocation of the direct matrix product; invocations of attention in one kernel. */
#define UM_DIRECT_M        8
#define UM_DIRECT_N        8
#define UM_ATTENTION_GROUP 128

/* Activations: the numbers of enum um_activation. */
#define UM_ACTIVATE_NONE      0
#define UM_ACTIVATE_GELU_TANH 1
#define UM_ACTIVATE_GELU_ERF  2
#define UM_ACTIVATE_SILU      3

/* Push constants: at most 128 bytes, only 4-byte members, so both languages lay them out alike. */
struct um_push_embed {
    um_u32 count, seq_length, dim, rows; /* count = all elements of the result */
    um_u32 stride, bare;                 /* ids per image; leading positions without a token */
    um_u32 has_position;
};

struct um_push_linear {
    um_u32 m, n, k; /* (m, k) x (n, k)^T */
    um_u32 has_bias, activation, has_residual;
    um_u32 row_limited; /* binding IN_2 says how many of the rows are wanted */
};

struct um_push_conv2d {
    um_u32 m, n, k; /* pixels, output channels, input channels */
    um_u32 height, width, kernel;
    um_u32 has_bias, has_residual;
    um_u32 activation; /* of UM_SOURCE_NORM */
};

struct um_push_attention {
    um_u32 seq_length, heads, head_dim;
    um_u32 first_pair,
        pairs; /* (batch, head) pairs of this dispatch, numbered batch * heads + head */
    um_u32 first_query, queries; /* rows of scores of this dispatch */
    um_u32 stride;               /* elements from one row of scores to the next, a multiple of 4 */
    float scale;
};

struct um_push_quantize {
    um_u32 count; /* blocks of 32 */
};

struct um_push_layernorm {
    um_u32 rows, dim, has_residual, row_limited;
    float epsilon;
};

struct um_push_groupnorm {
    um_u32 batch, pixels, channels, groups;
    um_u32 slices; /* parts that the pixels are cut into for the statistics */
    um_u32 activation;
    float epsilon;
};

struct um_push_resize {
    um_u32 count, height, width, channels; /* of the input; count = elements of the result */
};

struct um_push_codebook {
    um_u32 rows, codes, dim;
};

struct um_push_rmsnorm {
    um_u32 rows, dim;
    um_u32 has_weight, has_bias, modulated;
    um_u32 qkv;                             /* every third row is copied */
    um_u32 seq_length, width, scale, shift; /* of the modulation */
    float epsilon;
};

struct um_push_gate {
    um_u32 count, dim, seq_length, width, gate; /* count = all elements */
};

struct um_push_swiglu {
    um_u32 count, dim; /* of the result */
};

struct um_push_scale {
    um_u32 count, activation;
    float scale, shift;
};

struct um_push_pick {
    um_u32 rows, dim;
    um_u32 in_rows; /* 0 = rows of the weight */
    um_u32 seq_length;
};

/* Weights of one row that the sampler adds up before it adds up their sums. */
#define UM_SAMPLER_BLOCK 64
struct um_push_sample {
    um_u32 rows, codes;
    um_u32 seq_length, leading; /* of one image among the numbers of rows; those without a token */
    um_u32 images, blocks;
};

struct um_push_embed_next {
    um_u32 count, seq_length, dim, rows; /* count = all elements of the result */
};

struct um_push_attention_next {
    um_u32 seq_length, heads, head_dim;
    um_u32 pairs; /* batch * heads */
    float scale;
};

/* For measuring: vectors of 16 bytes to copy, or rounds of multiply-adds, of UM_PEAK_CHAINS numbers
 * or of every matrix on the left with every one on the right. */
#define UM_PEAK_CHAINS 24
#define UM_PEAK_LEFT   4
#define UM_PEAK_RIGHT  2
struct um_push_peak {
    um_u32 count;
    float factor, offset;
};

#endif
