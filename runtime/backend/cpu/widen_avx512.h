/* Weights of a smaller type as floats, by AVX-512. The meaning of each function is in
 * widen_portable.h. */
#ifndef UM_BACKEND_CPU_WIDEN_H
#define UM_BACKEND_CPU_WIDEN_H

V16_FN v16 widen_half(const uint16_t *from) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const void *)from));
}

V16_FN v16 widen_bytes(const signed char *from) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const void *)from)));
}

#endif
