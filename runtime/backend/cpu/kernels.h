/* The inner loops of the CPU backend, one table per instruction set.
 *
 * All levels give the same bits: every output of `gemm` and `distance` is one chain of fused
 * multiply-adds in index order, every other sum is 16 lanes folded by one fixed tree, and exp is
 * the library's own polynomial. Tables differ in speed only. */
#ifndef UM_BACKEND_CPU_KERNELS_H
#define UM_BACKEND_CPU_KERNELS_H

#include "backend/ops.h"

enum um_cpu_level { UM_CPU_PORTABLE, UM_CPU_AVX2, UM_CPU_AVX512, UM_CPU_LEVELS };

enum {
    UM_LANES = 16,     /* floats in the vector that kernels are written in */
    UM_PANEL = 32,     /* columns of a full weight panel */
    UM_TILE_ROWS = 12, /* rows that the largest register tile covers */
    UM_MAX_TAPS = 9    /* positions of a 3x3 kernel */
};

/* C (rows, cols) = act(A B + bias + residual). A's row r is `taps` pieces of `depth` floats, piece
 * i at a + r * a_stride + tap_offset[i]; B is (taps * depth, cols), row k at b + k * b_stride,
 * readable up to the next multiple of UM_LANES columns. */
struct um_gemm {
    uint32_t rows, cols; /* cols <= UM_PANEL */
    uint32_t taps, depth;
    const float *a, *b, *bias, *residual; /* bias (cols) and residual (rows, cols) may be NULL */
    float *c;
    size_t a_stride, b_stride, c_stride, residual_stride; /* floats */
    size_t tap_offset[UM_MAX_TAPS];
    enum um_activation activation;
};

struct um_cpu_kernels {
    const char *name;

    void (*gemm)(const struct um_gemm *job);

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

    /* out (cols) = squared distance of x (depth) to each column of b, laid out as in um_gemm. */
    void (*distance)(const float *x, uint32_t depth, const float *b, size_t b_stride, uint32_t cols,
                     float *out);
};

/* The table of a level; NULL if this machine cannot run it. The portable one is always there. */
const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level);

extern const struct um_cpu_kernels um_cpu_kernels_portable;
extern const struct um_cpu_kernels um_cpu_kernels_avx2;   /* x86-64 builds only */
extern const struct um_cpu_kernels um_cpu_kernels_avx512; /* x86-64 builds only */

#endif
