/* The kernels of um_cpu_kernels, written once on v16 and compiled once per instruction set:
 * included by kernels_<level>.c after that level's v16_*.h and vector_math.h. */

#include <math.h>
#include <string.h>

#define GEMM_STEP v16_fma
#include "backend/cpu/gemm_template.h"

/* ---------------------------------------------------------------- rows */

static void softmax(float *row, uint32_t count, float scale) {
    const v16 factor = v16_set(scale), lowest = v16_set(-HUGE_VALF);
    v16 largest = lowest;
    for (uint32_t i = 0; i < count; i += 16)
        largest = v16_max(largest, v16_mul(load_lanes(row, i, count, -HUGE_VALF), factor));
    const v16 top = v16_set(v16_largest(largest));
    v16 sum = v16_set(0.0f);
    for (uint32_t i = 0; i < count; i += 16) {
        v16 x = v16_mul(load_lanes(row, i, count, -HUGE_VALF), factor);
        x = v16_exp(v16_sub(x, top));
        sum = v16_add(sum, x);
        store_lanes(row, i, count, x);
    }
    const v16 share = v16_set(1.0f / v16_sum(sum));
    for (uint32_t i = 0; i < count; i += 16)
        store_lanes(row, i, count, v16_mul(load_lanes(row, i, count, 0.0f), share));
}

static void layernorm(const float *x, const float *residual, const float *weight, const float *bias,
                      uint32_t count, float epsilon, float *y) {
    v16 sum = v16_set(0.0f);
    for (uint32_t i = 0; i < count; i += 16) {
        v16 value = load_lanes(x, i, count, 0.0f);
        if (residual)
            value = v16_add(value, load_lanes(residual, i, count, 0.0f));
        sum = v16_add(sum, value);
        store_lanes(y, i, count, value);
    }
    const float average = v16_sum(sum) / (float)count;
    const v16 mean = v16_set(average);
    v16 squares = v16_set(0.0f);
    for (uint32_t i = 0; i < count; i += 16) {
        v16 d = v16_sub(load_lanes(y, i, count, average), mean);
        squares = v16_mul_add(d, d, squares);
    }
    const v16 scale = v16_set(1.0f / sqrtf(v16_sum(squares) / (float)count + epsilon));
    for (uint32_t i = 0; i < count; i += 16) {
        v16 d = v16_mul(v16_sub(load_lanes(y, i, count, 0.0f), mean), scale);
        d = v16_mul_add(d, load_lanes(weight, i, count, 0.0f), load_lanes(bias, i, count, 0.0f));
        store_lanes(y, i, count, d);
    }
}

/* ---------------------------------------------------------------- measuring */

static double peak(float factor, float offset, uint64_t rounds, float *out) {
    const v16 a = v16_set(factor), b = v16_set(offset);
    v16 x[V16_TILE_ROWS][V16_TILE_VECTORS], sum = v16_set(0.0f);
    UNROLL_FOR(r, V16_TILE_ROWS) {
        UNROLL_FOR(v, V16_TILE_VECTORS) {
            x[r][v] = v16_set((float)(r * V16_TILE_VECTORS + v)); /* else one chain would do */
        }
    }
    for (uint64_t round = 0; round < rounds; round++) {
        UNROLL_FOR(r, V16_TILE_ROWS) {
            UNROLL_FOR(v, V16_TILE_VECTORS) {
                x[r][v] = v16_fma(x[r][v], a, b);
            }
        }
    }
    UNROLL_FOR(r, V16_TILE_ROWS) {
        UNROLL_FOR(v, V16_TILE_VECTORS) {
            sum = v16_add(sum, x[r][v]);
        }
    }
    v16_store(out, sum);
    return 32.0 * V16_TILE_ROWS * V16_TILE_VECTORS * (double)rounds;
}

/* Splitting as Veltkamp does: the upper half is x rounded to 12 bits. */
static void shorten(float *x, uint32_t count) {
    for (uint32_t i = 0; i < count; i += 16) {
        v16 value = load_lanes(x, i, count, 0.0f);
        v16 shifted = v16_mul(value, v16_set(4097.0f));
        store_lanes(x, i, count, v16_sub(shifted, v16_sub(shifted, value)));
    }
}

/* ---------------------------------------------------------------- channels */

static void channel_sum(const float *x, uint32_t pixels, uint32_t channels, float *sum) {
    for (uint32_t i = 0; i < channels; i += 16) {
        v16 total = v16_set(0.0f);
        for (size_t p = 0; p < pixels; p++)
            total = v16_add(total, load_lanes(x + p * channels, i, channels, 0.0f));
        store_lanes(sum, i, channels, total);
    }
}

static void channel_square(const float *x, const float *mean, uint32_t pixels, uint32_t channels,
                           float *sum) {
    for (uint32_t i = 0; i < channels; i += 16) {
        const v16 center = load_lanes(mean, i, channels, 0.0f);
        v16 total = v16_set(0.0f);
        for (size_t p = 0; p < pixels; p++) {
            v16 d = v16_sub(load_lanes(x + p * channels, i, channels, 0.0f), center);
            total = v16_mul_add(d, d, total);
        }
        store_lanes(sum, i, channels, total);
    }
}

static void channel_affine(const float *x, const float *affine, uint32_t pixels, uint32_t channels,
                           enum um_activation activation, float *y) {
    for (uint32_t i = 0; i < channels; i += 16) {
        const v16 mean = load_lanes(affine, i, channels, 0.0f);
        const v16 scale = load_lanes(affine + channels, i, channels, 0.0f);
        const v16 shift = load_lanes(affine + 2 * (size_t)channels, i, channels, 0.0f);
        for (size_t p = 0; p < pixels; p++) {
            v16 value = v16_sub(load_lanes(x + p * channels, i, channels, 0.0f), mean);
            value = v16_mul_add(value, scale, shift);
            store_lanes(y + p * channels, i, channels, v16_activate(value, activation));
        }
    }
}

/* ---------------------------------------------------------------- codebook */

static void distance(const float *x, uint32_t depth, const float *b, size_t b_stride, uint32_t cols,
                     float *out) {
    for (uint32_t i = 0; i < cols; i += 16) {
        v16 sum = v16_set(0.0f);
        for (size_t k = 0; k < depth; k++) {
            v16 d = v16_sub(v16_set(x[k]), v16_load(b + k * b_stride + i));
            sum = v16_fma(d, d, sum);
        }
        store_lanes(out, i, cols, sum);
    }
}

#include "backend/cpu/widen_template.h"
#include "backend/cpu/winograd_template.h"

/* q8_kernels is q8_template.h's. */
#define UM_CPU_KERNELS(title)                                                                      \
    {                                                                                              \
        .name = title, .q8 = &q8_kernels, .gemm = gemm, .winograd_kernel = winograd_kernel,        \
        .winograd_input = winograd_input, .winograd_output = winograd_output, .peak = peak,        \
        .softmax = softmax, .layernorm = layernorm, .channel_sum = channel_sum,                    \
        .channel_square = channel_square, .channel_affine = channel_affine, .distance = distance,  \
        .shorten = shorten, .half_to_float = half_to_float, .q8_to_float = q8_to_float             \
    }
