/* Integer dot products of 16 columns with WebAssembly's i32x4.dot_i16x8. The meaning of each
 * function is in q8_portable.h. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

enum { Q8_GROUP = 2, Q8_OFFSET = 0, Q8_TILE_ROWS = 2, Q8_TILE_VECTORS = 1 };

typedef int16_t q8_element;

typedef struct {
    v128_t q[4]; /* int32, 4 columns each */
} q8_acc;
typedef struct {
    v128_t q[4]; /* int16, the pairs of 4 columns each */
} q8_weights;
typedef v128_t q8_inputs; /* int16, four times the same pair */

V16_FN q8_acc q8_start(int32_t value) {
    v128_t quarter = wasm_i32x4_splat(value);
    return (q8_acc){{quarter, quarter, quarter, quarter}};
}
V16_FN q8_weights q8_load(const unsigned char *from) {
    q8_weights out;
    V16_EACH out.q[i] = wasm_i16x8_load8x8(from + 8 * i);
    return out;
}
V16_FN q8_inputs q8_spread(const q8_element *from) {
    return wasm_v128_load32_splat(from);
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    V16_EACH acc.q[i] = wasm_i32x4_add(acc.q[i], wasm_i32x4_dot_i16x8(x, w.q[i]));
    return acc;
}
V16_FN v16 q8_float(q8_acc acc) {
    v16 out;
    V16_EACH out.q[i] = wasm_f32x4_convert_i32x4(acc.q[i]);
    return out;
}

#endif
