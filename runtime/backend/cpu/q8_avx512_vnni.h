/* Integer dot products of 16 columns in AVX-512 VNNI: four unsigned times four signed bytes. The
 * weights are the unsigned side, 128 too large. See q8_portable.h. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

enum { Q8_GROUP = 4, Q8_OFFSET = 128, Q8_TILE_ROWS = 6, Q8_TILE_VECTORS = 2 };

typedef int8_t q8_element;
typedef __m512i q8_acc, q8_weights, q8_inputs;

V16_FN q8_acc q8_start(int32_t value) {
    return _mm512_set1_epi32(value);
}
V16_FN q8_weights q8_load(const unsigned char *from) {
    return _mm512_loadu_si512(from);
}
V16_FN q8_inputs q8_spread(const q8_element *from) {
    int32_t four;
    memcpy(&four, from, sizeof four);
    return _mm512_set1_epi32(four);
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    return _mm512_dpbusd_epi32(acc, w, x);
}
V16_FN v16 q8_float(q8_acc acc) {
    return _mm512_cvtepi32_ps(acc);
}

#endif
