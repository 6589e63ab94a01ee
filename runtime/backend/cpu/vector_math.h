/* exp and the activations on 16 lanes. Included after one of the v16_*.h. Only exactly rounded
 * operations in a fixed order, so every level gives the same bits. NaN in gives NaN out. */
#ifndef UM_BACKEND_CPU_VECTOR_MATH_H
#define UM_BACKEND_CPU_VECTOR_MATH_H

#include "backend/ops.h"

/* a * b + c rounded twice, which WebAssembly can do, too. */
V16_FN v16 v16_mul_add(v16 a, v16 b, v16 c) {
    return v16_add(v16_mul(a, b), c);
}

/* e^x, at most 2 ulp off for x in -87.3 .. 88; 0 below, e^88 above.
 *
 * x = n ln 2 + r; the polynomial is a Chebyshev fit of (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, off
 * by 8e-9 of e^r. Adding 1.5 * 2^23 + 127 rounds x / ln 2 to n and leaves n + 127 in the low bits.
 */
V16_MATH_FN v16 v16_exp(v16 x) {
    const v16 lowest = v16_set(-87.3f), bias = v16_set(12583039.0f);
    v16 bounded = v16_min(v16_set(88.0f), v16_max(lowest, x));
    v16 shifted = v16_add(v16_mul(bounded, v16_set(1.44269504f)), bias);
    v16 n = v16_sub(shifted, bias);
    v16 r = v16_mul_add(n, v16_set(-0.693145752f), bounded); /* 16 bits: n times it is exact */
    r = v16_mul_add(n, v16_set(-1.42860677e-6f), r);
    v16 p = v16_set(0.001392621347f);
    p = v16_mul_add(p, r, v16_set(0.008363202972f));
    p = v16_mul_add(p, r, v16_set(0.04166655444f));
    p = v16_mul_add(p, r, v16_set(0.1666657685f));
    p = v16_mul_add(p, r, v16_set(0.5f));
    p = v16_mul_add(v16_mul(p, r), r, r);
    p = v16_add(p, v16_set(1.0f));
    v16 result = v16_mul(p, v16_shift_to_exponent(shifted));
    return v16_select_less(x, lowest, v16_set(0.0f), result);
}

/* x / (1 + e^-x). */
V16_MATH_FN v16 v16_silu(v16 x) {
    v16 e = v16_exp(v16_sub(v16_set(0.0f), x));
    return v16_div(x, v16_add(v16_set(1.0f), e));
}

/* 0.5 x (1 + tanh u) = x / (1 + e^-2u), u = sqrt(2 / pi) (x + 0.044715 x^3). */
V16_MATH_FN v16 v16_gelu_tanh(v16 x) {
    v16 slope = v16_mul_add(v16_mul(x, x), v16_set(-0.0713548163f), v16_set(-1.59576912f));
    v16 e = v16_exp(v16_mul(x, slope));
    return v16_div(x, v16_add(v16_set(1.0f), e));
}

/* 0.5 x (1 + erf(x / sqrt 2)) = x - x h for x >= 0 and x h below, h = 0.5 erfc(|x| / sqrt 2).
 *
 * h = e^(-x^2 / 2) t g(t) with t = 1 / (1 + 0.28 |x|); g is a Chebyshev fit on 0 .. 1, off by a
 * relative 3e-8. `rest` is what rounding x^2 lost, which matters where x^2 is large. */
V16_MATH_FN v16 v16_gelu_erf(v16 x) {
    v16 magnitude = v16_max(v16_sub(v16_set(0.0f), x), x);
    v16 square = v16_mul(x, x);
    v16 rest = v16_square_rest(x, square);
    v16 e = v16_exp(v16_mul(square, v16_set(-0.5f)));
    e = v16_mul_add(e, v16_mul(rest, v16_set(-0.5f)), e);
    v16 d = v16_mul_add(magnitude, v16_set(0.28f), v16_set(1.0f));
    v16 t = v16_div(v16_set(1.0f), d);
    v16 g = v16_set(-0.03009258956f);
    g = v16_mul_add(g, t, v16_set(0.1496830434f));
    g = v16_mul_add(g, t, v16_set(-0.2657327056f));
    g = v16_mul_add(g, t, v16_set(0.178552717f));
    g = v16_mul_add(g, t, v16_set(-0.07028368115f));
    g = v16_mul_add(g, t, v16_set(0.09659899026f));
    g = v16_mul_add(g, t, v16_set(0.1171390042f));
    g = v16_mul_add(g, t, v16_set(0.1714622229f));
    g = v16_mul_add(g, t, v16_set(0.2058567852f));
    g = v16_mul_add(g, t, v16_set(0.2234085351f));
    g = v16_mul_add(g, t, v16_set(0.2234076709f));
    v16 tail = v16_div(v16_mul(v16_mul(x, v16_set(0.5f)), v16_mul(e, g)), d);
    return v16_select_less(x, v16_set(0.0f), tail, v16_sub(x, tail));
}

V16_MATH_FN v16 v16_activate(v16 x, enum um_activation activation) {
    switch (activation) {
    case UM_ACT_GELU_TANH:
        return v16_gelu_tanh(x);
    case UM_ACT_GELU_ERF:
        return v16_gelu_erf(x);
    case UM_ACT_SILU:
        return v16_silu(x);
    case UM_ACT_NONE:
        break;
    }
    return x;
}

#endif
