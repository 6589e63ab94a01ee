/* The inner loops of the CPU backend, one table per instruction set.
 *
 * All levels give the same bits: every output of `gemm` and `distance` is one chain of fused
 * multiply-adds in index order, every other sum is 16 lanes folded by one fixed tree, and exp is
 * the library's own polynomial. Tables differ in speed only.
 *
 * Q8_0 matrices of LINEAR have separate kernels (um_q8_kernels): inputs are rounded to int8 per row
 * and block of 32. This is part of the definition of the op, not a choice of a level: again all
 * levels give the same bits.
 *
 * WebAssembly has no fused multiply-add. There `gemm` and `distance` round products and sums
 * separately and so differ slightly from the other levels; everything else is equal. With Q8_0
 * matrices a difference in the last bit could flip an int8 rounding, so attention rounds its
 * operands to 12 bits (`shorten`), and the transformer gives the same bits in WebAssembly, too. */
#ifndef UM_BACKEND_CPU_KERNELS_H
#define UM_BACKEND_CPU_KERNELS_H

#include <stdbool.h>

#include "backend/ops.h"

enum um_cpu_level {
    UM_CPU_PORTABLE,
    UM_CPU_AVX2,
    UM_CPU_AVX512,
    UM_CPU_AVX512_VNNI, /* as AVX512, but for Q8_0 */
    UM_CPU_SIMD128,     /* WebAssembly */
    UM_CPU_NEON,        /* 64-bit ARM */
    UM_CPU_LEVELS
};

enum {
    UM_LANES = 16,     /* floats in the vector that kernels are written in */
    UM_PANEL = 32,     /* columns of a full weight panel */
    UM_TILE_ROWS = 12, /* rows that the largest register tile covers */
    UM_MAX_TAPS = 9,   /* positions of a 3x3 kernel */
    UM_Q8_BLOCK = 32   /* elements that share a scale */
};

/* C (rows, cols) = act(A B + bias + residual). A's row r is `taps` pieces of `depth` floats, piece
 * i at a + r * a_stride + tap_offset[i]; B is (taps * depth, cols), row k at b + k * b_stride,
 * readable up to the next multiple of UM_LANES columns. With `resume` the sums start from the
 * contents of C, so a product in two parts has the bits of the whole one. */
struct um_gemm {
    uint32_t rows, cols; /* cols <= UM_PANEL */
    uint32_t taps, depth;
    const float *a, *b, *bias, *residual; /* bias (cols) and residual (rows, cols) may be NULL */
    float *c;
    size_t a_stride, b_stride, c_stride, residual_stride; /* floats */
    size_t tap_offset[UM_MAX_TAPS];
    enum um_activation activation;
    bool resume;
    const void *next; /* the source of the next B, to be prefetched, or NULL */
    size_t next_bytes;
};

/* C (rows, cols) = act(A B + bias + residual) with int8 A and B:
 *
 *     sum = 0; for each block k of 32 in order: sum = sum + dot_k * (a_scale_k * b_scale_k)
 *
 * dot_k is the exact integer product of the two blocks as a float (exact: below 2^24); the two
 * products and the sum are rounded one by one, never fused. A's row r lies at a + r * a_stride
 * bytes as `quantize` left it; B is a panel of `b_width` columns as um_q8_kernels describes it. */
struct um_gemm_q8 {
    uint32_t rows, cols, blocks; /* cols <= b_width */
    uint32_t b_width;            /* UM_LANES or UM_PANEL */
    const void *a, *b;
    const float *bias, *residual; /* as in um_gemm */
    float *c;
    size_t a_stride;                  /* bytes */
    size_t c_stride, residual_stride; /* floats */
    enum um_activation activation;
};

/* Products of Q8_0 weights with inputs rounded to int8.
 *
 * A panel of width w holds per block: w float scales, then 32 / group times (w, group) weight
 * bytes, `group` neighbours along the depth together, each byte the weight plus `offset` (mod 256):
 * 36 w bytes a block. */
struct um_q8_kernels {
    uint32_t group, offset;
    size_t block_bytes; /* of one quantised block of inputs, in the level's own form */

    /* Rounds one row of 32 * blocks floats. Per block: scale = m / 127, q = round(x * (127 / m)) to
     * nearest, ties to even, m the largest magnitude; below 1e-36 all q are 0. If any input of the
     * row is not finite, all its scales are NaN, and so is what gemm makes of them. */
    void (*quantize)(const float *x, uint32_t blocks, void *out);

    void (*gemm)(const struct um_gemm_q8 *job);
};

/* Products of bf16 numbers, summed up in float.
 *
 * Rows of A and panels of B hold pairs, 32 bits each: element 2k in the low half, 2k + 1 in the
 * high half, 0 after an odd end. To gemm a pair is what a float is to um_cpu_kernels.gemm: depth,
 * strides and offsets count pairs, and a pair k adds a[2k + 1] b[2k + 1], then a[2k] b[2k]. The
 * products are exact; which sums are rounded in between, and whether subnormal numbers are kept,
 * depends on the processor. */
struct um_bf16_kernels {
    /* Rounds `count` floats to nearest, ties to even. */
    void (*round)(const float *x, uint32_t count, float *pairs);
    void (*gemm)(const struct um_gemm *job);
};

/* The last step of a Winograd convolution for one tile and the columns of one panel: 36 sums per
 * channel, number (y, x) at m + (6 y + x) * m_stride, become 4x4 pixels, of which the first
 * `height` x `width` lie in the picture. */
struct um_winograd_output {
    const float *m;
    size_t m_stride;
    uint32_t cols, height, width;
    const float *bias, *residual; /* (cols), and as c; may be NULL */
    float *c;                     /* the first pixel */
    size_t pixel_stride, row_stride;
};

struct um_cpu_kernels {
    const char *name;
    const struct um_q8_kernels *q8;

    void (*gemm)(const struct um_gemm *job);

    /* `rounds` multiply-adds x = x * factor + offset on n independent vectors, as many as the
     * widest tile keeps, from 0, 1, .. n - 1 on; out (16) is their sum. Returns the float
     * operations, 32 n per round. NULL = not there. For measuring. */
    double (*peak)(float factor, float offset, uint64_t rounds, float *out);

    /* Transforms the 3x3 kernels of a weight panel (9 * in, width): number i of 36 becomes the
     * panel (in, width) at u + i * u_stride. width: a multiple of UM_LANES. */
    void (*winograd_kernel)(const float *panel, size_t width, uint32_t in, float *u,
                            size_t u_stride);

    /* Transforms 6x6 neighbouring pixels of `channels` floats, rows row_stride apart: number i of
     * 36 of each channel goes to v + i * v_stride. */
    void (*winograd_input)(const float *patch, size_t row_stride, uint32_t channels, float *v,
                           size_t v_stride);

    void (*winograd_output)(const struct um_winograd_output *job);

    /* row (count) = softmax(scale * row), scale > 0. */
    void (*softmax)(float *row, uint32_t count, float scale);

    /* y (count) = (x + residual) normalised to mean 0 and variance 1, times weight plus bias.
     * residual may be NULL. */
    void (*layernorm)(const float *x, const float *residual, const float *weight, const float *bias,
                      uint32_t count, float epsilon, float *y);

    /* sum (channels) = sum over pixels of x (pixels, channels). */
    void (*channel_sum)(const float *x, uint32_t pixels, uint32_t channels, float *sum);

    /* sum (channels) = sum over pixels of (x - mean)^2, mean (channels). */
    void (*channel_square)(const float *x, const float *mean, uint32_t pixels, uint32_t channels,
                           float *sum);

    /* y = act((x - mean) * scale + shift), the three per channel: affine (3, channels) in this
     * order. */
    void (*channel_affine)(const float *x, const float *affine, uint32_t pixels, uint32_t channels,
                           enum um_activation activation, float *y);

    /* to (count) = the halves as floats; count: a multiple of UM_LANES. */
    void (*half_to_float)(const uint16_t *from, size_t count, float *to);

    /* to (32 blocks, width) = weights times their scales. Per block of 32 rows: `width` half
     * scales, then (32, width) int8. width: UM_LANES or UM_PANEL. */
    void (*q8_to_float)(const void *from, uint32_t width, uint32_t blocks, float *to);

    /* out (cols) = squared distance of x (depth) to each column of b, laid out as in um_gemm. */
    void (*distance)(const float *x, uint32_t depth, const float *b, size_t b_stride, uint32_t cols,
                     float *out);

    /* Rounds each to 12 significant bits: products of two such numbers are exact, so that gemm's
     * sums do not depend on whether the multiply-add is fused. |x| < 2^115. */
    void (*shorten)(float *x, uint32_t count);
};

/* The table of a level; NULL if this machine cannot run it. The portable one is always there. */
const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level);

/* NULL if this machine has no instructions for it. */
const struct um_bf16_kernels *um_cpu_bf16_kernels(void);

extern const struct um_cpu_kernels um_cpu_kernels_portable;
extern const struct um_cpu_kernels um_cpu_kernels_avx2;   /* this and the next two: */
extern const struct um_cpu_kernels um_cpu_kernels_avx512; /* x86-64 builds only */
extern const struct um_cpu_kernels um_cpu_kernels_avx512_vnni;
extern const struct um_cpu_kernels um_cpu_kernels_simd128;  /* WebAssembly builds only */
extern const struct um_cpu_kernels um_cpu_kernels_neon;     /* 64-bit ARM builds only */
extern const struct um_bf16_kernels um_bf16_kernels_avx512; /* x86-64 builds only */

#endif
