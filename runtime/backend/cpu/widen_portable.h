/* Weights of a smaller type as floats, 16 at a time, for any machine: the compiler's own vectors,
 * which become registers of whatever the target has. The reference for the other widen_*.h. */
#ifndef UM_BACKEND_CPU_WIDEN_H
#define UM_BACKEND_CPU_WIDEN_H

#include <stdint.h>
#include <string.h>

typedef uint16_t widen_h16 __attribute__((vector_size(32)));
typedef uint32_t widen_u16 __attribute__((vector_size(64)));
typedef int32_t widen_i16 __attribute__((vector_size(64)));
typedef float widen_f16 __attribute__((vector_size(64)));
typedef signed char widen_b16 __attribute__((vector_size(16)));

/* Exponent and fraction, moved to a float's place, are 2^-112 of the number, subnormals included;
 * what ends at 65536 or above had the exponent of infinity and NaN. */
V16_FN v16 widen_half(const uint16_t *from) {
    widen_h16 half;
    memcpy(&half, from, sizeof half);
    const widen_u16 word = __builtin_convertvector(half, widen_u16);
    const widen_i16 magnitude = (widen_i16)((word & 0x7fffu) << 13);
    const widen_f16 value = (widen_f16)magnitude * 0x1p112f;
    widen_i16 bits = (widen_i16)value | ((magnitude >= 0x0f800000) & 0x7f800000);
    bits |= (widen_i16)((word & 0x8000u) << 16);
    float lane[16];
    memcpy(lane, &bits, sizeof lane);
    return v16_load(lane);
}

V16_FN v16 widen_bytes(const signed char *from) {
    widen_b16 bytes;
    memcpy(&bytes, from, sizeof bytes);
    const widen_f16 value = __builtin_convertvector(bytes, widen_f16);
    float lane[16];
    memcpy(lane, &value, sizeof lane);
    return v16_load(lane);
}

#endif
