// UM_OP_LINEAR: (m, k) -> (m, n): x W^T + bias + residual, then activation.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/operand.glsl"
#include "lib/rows.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_BIAS) readonly buffer Bias { float bias_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Residual { float residual_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_linear push; };

uint gemm_m() { return push.row_limited != 0u ? wanted_rows(push.m) : push.m; }
uint gemm_n() { return push.n; }
uint gemm_k() { return push.k; }
uint gemm_taps() { return 1u; }
#ifdef UM_INT8
layout(std430, binding = UM_BIND_IN) readonly buffer InWords { uint in_words[]; }; // quantize.comp's
#else
uint gemm_a(uint m, uint tap) { return m * push.k; }
uint gemm_b(uint n, uint tap) { return n * push.k; }
vec4 gemm_a4(uint start, uint k) { return in_row4(start, k, push.k); }
#include "lib/gemm_weight.glsl"
#endif

void gemm_store(uint m, uint n, float sum) {
    const uint i = m * push.n + n;
    if (push.has_bias != 0u)
        sum += bias_at[n];
    if (push.has_residual != 0u)
        sum += residual_at[i];
    out_at[i] = um_activate(sum, push.activation);
}

#include "lib/gemm.glsl"
