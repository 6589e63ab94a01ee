/* Integer dot products of 16 columns in AVX-512BW: pairs of int16. See q8_portable.h. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

enum { Q8_GROUP = 2, Q8_OFFSET = 0, Q8_TILE_ROWS = 6, Q8_TILE_VECTORS = 2 };

typedef int16_t q8_element;
typedef __m512i q8_acc, q8_weights, q8_inputs;

V16_FN q8_acc q8_start(int32_t value) {
    return _mm512_set1_epi32(value);
}
V16_FN q8_weights q8_load(const unsigned char *from) {
    return _mm512_cvtepi8_epi16(_mm256_loadu_si256((const __m256i *)(const void *)from));
}
V16_FN q8_inputs q8_spread(const q8_element *from) {
    int32_t pair;
    memcpy(&pair, from, sizeof pair);
    return _mm512_set1_epi32(pair);
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    return _mm512_add_epi32(acc, _mm512_madd_epi16(x, w));
}
V16_FN v16 q8_float(q8_acc acc) {
    return _mm512_cvtepi32_ps(acc);
}

#endif
