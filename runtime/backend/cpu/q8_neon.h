/* Integer dot products of 16 columns in NEON: pairs of int16. See q8_portable.h. */
#ifndef UM_BACKEND_CPU_Q8_H
#define UM_BACKEND_CPU_Q8_H

enum { Q8_GROUP = 2, Q8_OFFSET = 0, Q8_TILE_ROWS = 4, Q8_TILE_VECTORS = 1 };

typedef int16_t q8_element;
typedef struct {
    int32x4_t q[4];
} q8_acc;
typedef struct {
    int16x8_t even[2], odd[2]; /* first and second of each column's pair */
} q8_weights;
typedef struct {
    int16_t even, odd;
} q8_inputs;

V16_FN q8_acc q8_start(int32_t value) {
    q8_acc out;
    V16_EACH out.q[i] = vdupq_n_s32(value);
    return out;
}
V16_FN q8_weights q8_load(const unsigned char *from) {
    int8x16x2_t pairs = vld2q_s8((const int8_t *)from);
    return (q8_weights){{vmovl_s8(vget_low_s8(pairs.val[0])), vmovl_high_s8(pairs.val[0])},
                        {vmovl_s8(vget_low_s8(pairs.val[1])), vmovl_high_s8(pairs.val[1])}};
}
V16_FN q8_inputs q8_spread(const q8_element *from) {
    return (q8_inputs){from[0], from[1]};
}
V16_FN q8_acc q8_dot(q8_acc acc, q8_inputs x, q8_weights w) {
    UNROLL_FOR(h, 2) {
        acc.q[2 * h] = vmlal_n_s16(acc.q[2 * h], vget_low_s16(w.even[h]), x.even);
        acc.q[2 * h] = vmlal_n_s16(acc.q[2 * h], vget_low_s16(w.odd[h]), x.odd);
        acc.q[2 * h + 1] = vmlal_high_n_s16(acc.q[2 * h + 1], w.even[h], x.even);
        acc.q[2 * h + 1] = vmlal_high_n_s16(acc.q[2 * h + 1], w.odd[h], x.odd);
    }
    return acc;
}
V16_FN v16 q8_float(q8_acc acc) {
    v16 out;
    V16_EACH out.q[i] = vcvtq_f32_s32(acc.q[i]);
    return out;
}

#endif
