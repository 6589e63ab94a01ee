/* Integer dot products of 16 columns in AVX2: pairs of int16. See q8_portable.h. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

enum { Q8_GROUP = 2, Q8_OFFSET = 0, Q8_TILE_ROWS = 4, Q8_TILE_VECTORS = 1 };

typedef int16_t q8_element;
typedef struct {
    __m256i lo, hi;
} q8_acc;
typedef q8_acc q8_weights;
typedef __m256i q8_inputs;

V16_FN q8_acc q8_start(int32_t value) {
    return (q8_acc){_mm256_set1_epi32(value), _mm256_set1_epi32(value)};
}
V16_FN q8_weights q8_load(const unsigned char *from) {
    return (q8_weights){
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)from)),
        _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(from + 16)))};
}
V16_FN q8_inputs q8_spread(const q8_element *from) {
    int32_t pair;
    memcpy(&pair, from, sizeof pair);
    return _mm256_set1_epi32(pair);
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    return (q8_acc){_mm256_add_epi32(acc.lo, _mm256_madd_epi16(x, w.lo)),
                    _mm256_add_epi32(acc.hi, _mm256_madd_epi16(x, w.hi))};
}
V16_FN v16 q8_float(q8_acc acc) {
    return (v16){_mm256_cvtepi32_ps(acc.lo), _mm256_cvtepi32_ps(acc.hi)};
}

#endif
