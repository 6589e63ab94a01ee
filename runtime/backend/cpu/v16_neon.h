/* A vector of 16 floats in four NEON registers, with FMA. The meaning of each function is in
 * v16_portable.h. */
#ifndef UM_BACKEND_CPU_V16_H
#define UM_BACKEND_CPU_V16_H

#include <arm_neon.h>
#include <stdint.h>
#include <string.h>

#include "backend/cpu/unroll.h"

#define V16_FN static inline __attribute__((always_inline))
/* exp and the like are too long to inline four registers wide. */
#define V16_MATH_FN static __attribute__((noinline))
#define V16_EACH    UNROLL_FOR(i, 4)

typedef struct {
    float32x4_t q[4];
} v16;

enum { V16_TILE_ROWS = 6, V16_TILE_VECTORS = 1 };

V16_FN v16 v16_set(float value) {
    v16 out;
    V16_EACH out.q[i] = vdupq_n_f32(value);
    return out;
}
V16_FN v16 v16_load(const float *from) {
    v16 out;
    V16_EACH out.q[i] = vld1q_f32(from + 4 * i);
    return out;
}
V16_FN void v16_store(float *to, v16 a) {
    V16_EACH vst1q_f32(to + 4 * i, a.q[i]);
}
V16_FN v16 v16_load_part(const float *from, uint32_t count, float fill) {
    v16 out = v16_set(fill);
    memcpy(&out, from, count * sizeof(float));
    return out;
}
V16_FN void v16_store_part(float *to, v16 a, uint32_t count) {
    memcpy(to, &a, count * sizeof(float));
}

V16_FN v16 v16_add(v16 a, v16 b) {
    V16_EACH a.q[i] = vaddq_f32(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_sub(v16 a, v16 b) {
    V16_EACH a.q[i] = vsubq_f32(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_mul(v16 a, v16 b) {
    V16_EACH a.q[i] = vmulq_f32(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_div(v16 a, v16 b) {
    V16_EACH a.q[i] = vdivq_f32(a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    V16_EACH c.q[i] = vfmaq_f32(c.q[i], a.q[i], b.q[i]);
    return c;
}
V16_FN v16 v16_square_rest(v16 x, v16 square) {
    return v16_fma(x, x, v16_sub(v16_set(0.0f), square));
}
V16_FN v16 v16_max(v16 a, v16 b) {
    V16_EACH a.q[i] = vbslq_f32(vcgtq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_min(v16 a, v16 b) {
    V16_EACH a.q[i] = vbslq_f32(vcltq_f32(a.q[i], b.q[i]), a.q[i], b.q[i]);
    return a;
}
V16_FN v16 v16_select_less(v16 a, v16 b, v16 then, v16 otherwise) {
    V16_EACH a.q[i] = vbslq_f32(vcltq_f32(a.q[i], b.q[i]), then.q[i], otherwise.q[i]);
    return a;
}
V16_FN v16 v16_shift_to_exponent(v16 a) {
    V16_EACH a.q[i] = vreinterpretq_f32_s32(vshlq_n_s32(vreinterpretq_s32_f32(a.q[i]), 23));
    return a;
}

#include "backend/cpu/v16_fold.h"

#endif
