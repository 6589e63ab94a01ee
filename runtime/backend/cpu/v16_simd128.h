/* A vector of 16 floats in four WebAssembly SIMD registers. The meaning of each function is in
 * v16_portable.h, with one exception: WebAssembly has no fused multiply-add, so v16_fma rounds
 * twice, and results differ from the other levels' by rounding. */
#ifndef UM_BACKEND_CPU_V16_H
#define UM_BACKEND_CPU_V16_H

#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

#include "backend/cpu/unroll.h"

#define V16_FN static inline __attribute__((always_inline))
/* Straight code for 16 lanes fills the registers; calls keep the module small. */
#define V16_MATH_FN static __attribute__((noinline))
#define V16_EACH    UNROLL_FOR(i, 4)

typedef struct {
    v128_t q[4];
} v16;

/* 8 sums, 4 weights, an input and a product: 14 registers, what V8 has to give on x86-64. */
enum { V16_TILE_ROWS = 2, V16_TILE_VECTORS = 1 };

V16_FN v16 v16_set(float value) {
    v128_t quarter = wasm_f32x4_splat(value);
    return (v16){{quarter, quarter, quarter, quarter}};
}
V16_FN v16 v16_load(const float *from) {
    return (v16){{wasm_v128_load(from), wasm_v128_load(from + 4), wasm_v128_load(from + 8),
                  wasm_v128_load(from + 12)}};
}
V16_FN void v16_store(float *to, v16 a) {
    V16_EACH wasm_v128_store(to + 4 * i, a.q[i]);
}
V16_FN v16 v16_load_part(const float *from, uint32_t count, float fill) {
    float lane[16];
    v16_store(lane, v16_set(fill));
    memcpy(lane, from, count * sizeof(float));
    return v16_load(lane);
}
V16_FN void v16_store_part(float *to, v16 a, uint32_t count) {
    float lane[16];
    v16_store(lane, a);
    memcpy(to, lane, count * sizeof(float));
}

V16_FN v16 v16_add(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_add(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_sub(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_sub(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_mul(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_mul(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_div(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_div(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    V16_EACH c.q[i] = wasm_f32x4_add(wasm_f32x4_mul(a.q[i], b.q[i]), c.q[i]);
    return c;
}
/* Without FMA: x in two halves of 12 bits, whose products are exact (Veltkamp and Dekker). */
V16_FN v16 v16_square_rest(v16 x, v16 square) {
    v16 shifted = v16_mul(x, v16_set(4097.0f));
    v16 high = v16_sub(shifted, v16_sub(shifted, x));
    v16 low = v16_sub(x, high);
    v16 cross = v16_mul(high, low);
    v16 rest = v16_sub(v16_mul(high, high), square);
    return v16_add(v16_add(rest, v16_add(cross, cross)), v16_mul(low, low));
}
/* pmax (a, b) is a < b ? b : a, so the arguments change places; the same below. */
V16_FN v16 v16_max(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_pmax(b.q[i], a.q[i]);
    return a;
}
V16_FN v16 v16_min(v16 a, v16 b) {
    V16_EACH a.q[i] = wasm_f32x4_pmin(b.q[i], a.q[i]);
    return a;
}
V16_FN v16 v16_select_less(v16 a, v16 b, v16 then, v16 otherwise) {
    V16_EACH a.q[i] = wasm_v128_bitselect(then.q[i], otherwise.q[i], wasm_f32x4_lt(a.q[i], b.q[i]));
    return a;
}
V16_FN v16 v16_shift_to_exponent(v16 a) {
    V16_EACH a.q[i] = wasm_i32x4_shl(a.q[i], 23);
    return a;
}

#include "backend/cpu/v16_fold.h"

#endif
