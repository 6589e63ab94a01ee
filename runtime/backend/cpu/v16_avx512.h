/* A vector of 16 floats in one AVX-512 register. The meaning of each function is in
 * v16_portable.h. */
#ifndef UM_BACKEND_CPU_V16_H
#define UM_BACKEND_CPU_V16_H

#include <immintrin.h>
#include <stdint.h>

#define V16_FN      static inline __attribute__((always_inline))
#define V16_MATH_FN V16_FN

typedef __m512 v16;

enum { V16_TILE_ROWS = 12, V16_TILE_VECTORS = 2 };

V16_FN v16 v16_set(float value) {
    return _mm512_set1_ps(value);
}
V16_FN v16 v16_load(const float *from) {
    return _mm512_loadu_ps(from);
}
V16_FN void v16_store(float *to, v16 a) {
    _mm512_storeu_ps(to, a);
}

V16_FN __mmask16 v16_mask(uint32_t count) {
    return (__mmask16)((1u << count) - 1u);
}
V16_FN v16 v16_load_part(const float *from, uint32_t count, float fill) {
    return _mm512_mask_loadu_ps(_mm512_set1_ps(fill), v16_mask(count), from);
}
V16_FN void v16_store_part(float *to, v16 a, uint32_t count) {
    _mm512_mask_storeu_ps(to, v16_mask(count), a);
}

V16_FN v16 v16_add(v16 a, v16 b) {
    return _mm512_add_ps(a, b);
}
V16_FN v16 v16_sub(v16 a, v16 b) {
    return _mm512_sub_ps(a, b);
}
V16_FN v16 v16_mul(v16 a, v16 b) {
    return _mm512_mul_ps(a, b);
}
V16_FN v16 v16_div(v16 a, v16 b) {
    return _mm512_div_ps(a, b);
}
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    return _mm512_fmadd_ps(a, b, c);
}
V16_FN v16 v16_square_rest(v16 x, v16 square) {
    return v16_fma(x, x, v16_sub(v16_set(0.0f), square));
}
V16_FN v16 v16_max(v16 a, v16 b) {
    return _mm512_max_ps(a, b);
}
V16_FN v16 v16_min(v16 a, v16 b) {
    return _mm512_min_ps(a, b);
}
V16_FN v16 v16_select_less(v16 a, v16 b, v16 then, v16 otherwise) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), otherwise, then);
}
/* As in v16_fold.h: i with i + 8, then + 4, + 2, + 1. */
V16_FN float v16_sum(v16 a) {
    __m256 half = _mm256_add_ps(_mm512_castps512_ps256(a),
                                _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1)));
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(four, _mm_movehdup_ps(four)));
}
V16_FN float v16_largest(v16 a) {
    __m256 half = _mm256_max_ps(_mm512_castps512_ps256(a),
                                _mm256_castpd_ps(_mm512_extractf64x4_pd(_mm512_castps_pd(a), 1)));
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(half), _mm256_extractf128_ps(half, 1));
    four = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(four, _mm_movehdup_ps(four)));
}

V16_FN v16 v16_shift_to_exponent(v16 a) {
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_castps_si512(a), 23));
}

#endif
