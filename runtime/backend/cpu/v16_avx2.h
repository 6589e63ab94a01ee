/* A vector of 16 floats in two AVX registers, with FMA. The meaning of each function is in
 * v16_portable.h. */
#ifndef UM_BACKEND_CPU_V16_H
#define UM_BACKEND_CPU_V16_H

#include <immintrin.h>
#include <stdint.h>

#define V16_FN      static inline __attribute__((always_inline))
#define V16_MATH_FN V16_FN

typedef struct {
    __m256 lo, hi;
} v16;

enum { V16_TILE_ROWS = 6, V16_TILE_VECTORS = 1 };

V16_FN v16 v16_set(float value) {
    __m256 half = _mm256_set1_ps(value);
    return (v16){half, half};
}
V16_FN v16 v16_load(const float *from) {
    return (v16){_mm256_loadu_ps(from), _mm256_loadu_ps(from + 8)};
}
V16_FN void v16_store(float *to, v16 a) {
    _mm256_storeu_ps(to, a.lo);
    _mm256_storeu_ps(to + 8, a.hi);
}

/* Lanes 8 * half .. 8 * half + 7 of the mask of the first `count` lanes. */
V16_FN __m256i v16_mask(uint32_t count, int half) {
    __m256i lane =
        _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(8 * half));
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)count), lane);
}
V16_FN v16 v16_load_part(const float *from, uint32_t count, float fill) {
    __m256i lo = v16_mask(count, 0), hi = v16_mask(count, 1);
    __m256 rest = _mm256_set1_ps(fill);
    return (v16){_mm256_blendv_ps(rest, _mm256_maskload_ps(from, lo), _mm256_castsi256_ps(lo)),
                 _mm256_blendv_ps(rest, _mm256_maskload_ps(from + 8, hi), _mm256_castsi256_ps(hi))};
}
V16_FN void v16_store_part(float *to, v16 a, uint32_t count) {
    _mm256_maskstore_ps(to, v16_mask(count, 0), a.lo);
    _mm256_maskstore_ps(to + 8, v16_mask(count, 1), a.hi);
}

V16_FN v16 v16_add(v16 a, v16 b) {
    return (v16){_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)};
}
V16_FN v16 v16_sub(v16 a, v16 b) {
    return (v16){_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)};
}
V16_FN v16 v16_mul(v16 a, v16 b) {
    return (v16){_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)};
}
V16_FN v16 v16_div(v16 a, v16 b) {
    return (v16){_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)};
}
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    return (v16){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}
V16_FN v16 v16_square_rest(v16 x, v16 square) {
    return v16_fma(x, x, v16_sub(v16_set(0.0f), square));
}
V16_FN v16 v16_max(v16 a, v16 b) {
    return (v16){_mm256_max_ps(a.lo, b.lo), _mm256_max_ps(a.hi, b.hi)};
}
V16_FN v16 v16_min(v16 a, v16 b) {
    return (v16){_mm256_min_ps(a.lo, b.lo), _mm256_min_ps(a.hi, b.hi)};
}
V16_FN v16 v16_select_less(v16 a, v16 b, v16 then, v16 otherwise) {
    return (v16){_mm256_blendv_ps(otherwise.lo, then.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
                 _mm256_blendv_ps(otherwise.hi, then.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ))};
}
/* As in v16_fold.h: i with i + 8, then + 4, + 2, + 1. */
V16_FN float v16_sum(v16 a) {
    __m256 half = _mm256_add_ps(a.lo, a.hi);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
V16_FN float v16_largest(v16 a) {
    __m256 half = _mm256_max_ps(a.lo, a.hi);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

V16_FN v16 v16_shift_to_exponent(v16 a) {
    return (v16){_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a.lo), 23)),
                 _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(a.hi), 23))};
}

#endif
