/* A vector of 16 floats as four of the compiler's own 4-float vectors, which become registers of
 * whatever the target has. This is the reference for the other v16_*.h: same names, same bits. */
#ifndef UM_BACKEND_CPU_V16_H
#define UM_BACKEND_CPU_V16_H

#include <stdint.h>
#include <string.h>

#include "backend/cpu/unroll.h"

#define V16_FN static inline __attribute__((always_inline))
/* exp and the like are too long to inline. */
#define V16_MATH_FN static __attribute__((noinline))
#define V16_EACH    UNROLL_FOR(i, 4)

typedef float v16_f4 __attribute__((vector_size(16)));
typedef int32_t v16_i4 __attribute__((vector_size(16)));
typedef double v16_d2 __attribute__((vector_size(16)));
typedef int64_t v16_l2 __attribute__((vector_size(16)));

typedef struct {
    v16_f4 q[4];
} v16;

/* Register tile of gemm: rows, and vectors of columns. */
enum { V16_TILE_ROWS = 2, V16_TILE_VECTORS = 1 };

V16_FN v16 v16_set(float value) {
    v16 out;
    V16_EACH out.q[i] = (v16_f4){value, value, value, value};
    return out;
}
V16_FN v16 v16_load(const float *from) {
    v16 out;
    memcpy(&out, from, sizeof out);
    return out;
}
V16_FN void v16_store(float *to, v16 a) {
    memcpy(to, &a, sizeof a);
}

/* Lanes from `count` (<= 16) on are `fill` and are not read. */
V16_FN v16 v16_load_part(const float *from, uint32_t count, float fill) {
    v16 out = v16_set(fill);
    memcpy(&out, from, count * sizeof(float));
    return out;
}
/* Lanes from `count` on are not written. */
V16_FN void v16_store_part(float *to, v16 a, uint32_t count) {
    memcpy(to, &a, count * sizeof(float));
}

V16_FN v16 v16_add(v16 a, v16 b) {
    V16_EACH a.q[i] += b.q[i];
    return a;
}
V16_FN v16 v16_sub(v16 a, v16 b) {
    V16_EACH a.q[i] -= b.q[i];
    return a;
}
V16_FN v16 v16_mul(v16 a, v16 b) {
    V16_EACH a.q[i] *= b.q[i];
    return a;
}
V16_FN v16 v16_div(v16 a, v16 b) {
    V16_EACH a.q[i] /= b.q[i];
    return a;
}

#if defined(__aarch64__) || defined(__FP_FAST_FMAF)
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    V16_EACH {
        UNROLL_FOR(k, 4) {
            c.q[i][k] = __builtin_fmaf(a.q[i][k], b.q[i][k], c.q[i][k]);
        }
    }
    return c;
}
#else

/* a * b + c rounded once, without an instruction for it. In double the product is exact; the sum is
 * rounded to odd (Boldo and Melquiond 2008: its last bit tells the next rounding that something is
 * missing), so that the final rounding to float is the only one. */
V16_FN v16_d2 v16_fma2_odd(v16_d2 a, v16_d2 b, v16_d2 c) {
    v16_d2 product = a * b;
    v16_d2 sum = product + c;
    v16_d2 part = sum - product;
    v16_d2 lost = (product - (sum - part)) + (c - part); /* exactly; NaN if sum is not finite */
    v16_d2 zero = {0, 0};
    v16_l2 up = lost > zero, down = lost < zero;
    v16_l2 bits = (v16_l2)sum;
    v16_l2 even = (bits & 1) - 1;
    v16_l2 away = up ^ (v16_l2)(sum < zero); /* is the true value larger in magnitude? */
    bits += ((away & 2) - 1) & even & (up | down);
    return (v16_d2)bits;
}

V16_FN v16_d2 v16_low(v16_f4 a) {
    return (v16_d2){(double)a[0], (double)a[1]};
}
V16_FN v16_d2 v16_high(v16_f4 a) {
    return (v16_d2){(double)a[2], (double)a[3]};
}
V16_FN v16_f4 v16_narrow(v16_d2 low, v16_d2 high) {
    return (v16_f4){(float)low[0], (float)low[1], (float)high[0], (float)high[1]};
}

static __attribute__((noinline)) v16 v16_fma_exact(v16 a, v16 b, v16 c) {
    V16_EACH {
        v16_d2 low = v16_fma2_odd(v16_low(a.q[i]), v16_low(b.q[i]), v16_low(c.q[i]));
        v16_d2 high = v16_fma2_odd(v16_high(a.q[i]), v16_high(b.q[i]), v16_high(c.q[i]));
        c.q[i] = v16_narrow(low, high);
    }
    return c;
}

/* Rounding to double first goes wrong only where the double is the middle of two floats (29 low
 * bits 100...0) or the float is subnormal; then the slow way does it all again. */
V16_FN v16 v16_fma(v16 a, v16 b, v16 c) {
    const v16_i4 mask = {0x1fffffff, 0, 0x1fffffff, 0}, middle = {0x10000000, 1, 0x10000000, 1};
    const v16_f4 smallest = {0x1p-126f, 0x1p-126f, 0x1p-126f, 0x1p-126f};
    v16 out;
    v16_i4 risky = {0, 0, 0, 0};
    V16_EACH {
        v16_d2 low = v16_low(a.q[i]) * v16_low(b.q[i]) + v16_low(c.q[i]);
        v16_d2 high = v16_high(a.q[i]) * v16_high(b.q[i]) + v16_high(c.q[i]);
        out.q[i] = v16_narrow(low, high);
        risky |= (((v16_i4)low & mask) == middle) | (((v16_i4)high & mask) == middle);
        risky |= (out.q[i] <= smallest) & (out.q[i] >= -smallest);
    }
    v16_l2 any = (v16_l2)risky;
    if (__builtin_expect((any[0] | any[1]) != 0, 0))
        return v16_fma_exact(a, b, c);
    return out;
}
#endif

V16_FN v16_f4 v16_choose(v16_i4 mask, v16_f4 then, v16_f4 otherwise) {
    return (v16_f4)(((v16_i4)then & mask) | ((v16_i4)otherwise & ~mask));
}
/* x * x - square, what rounding took from square = x * x. */
V16_FN v16 v16_square_rest(v16 x, v16 square) {
    return v16_fma(x, x, v16_sub(v16_set(0.0f), square));
}
/* a > b ? a : b per lane, so b if one is not a number. */
V16_FN v16 v16_max(v16 a, v16 b) {
    V16_EACH a.q[i] = v16_choose(a.q[i] > b.q[i], a.q[i], b.q[i]);
    return a;
}
/* a < b ? a : b per lane. */
V16_FN v16 v16_min(v16 a, v16 b) {
    V16_EACH a.q[i] = v16_choose(a.q[i] < b.q[i], a.q[i], b.q[i]);
    return a;
}
/* a < b ? then : otherwise per lane. */
V16_FN v16 v16_select_less(v16 a, v16 b, v16 then, v16 otherwise) {
    V16_EACH a.q[i] = v16_choose(a.q[i] < b.q[i], then.q[i], otherwise.q[i]);
    return a;
}
/* Bits 0 to 8 of each lane's pattern become sign and exponent. */
V16_FN v16 v16_shift_to_exponent(v16 a) {
    V16_EACH a.q[i] = (v16_f4)((v16_i4)a.q[i] << 23);
    return a;
}

#include "backend/cpu/v16_fold.h"

#endif
