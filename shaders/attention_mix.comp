// UM_OP_ATTENTION, last of three: scores (pairs, queries, stride) x values of qkv (B, T, 3D) -> (B, T, D).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/operand.glsl"

layout(std430, binding = UM_BIND_IN_1) readonly buffer Scores { float score_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Scores4 { vec4 score4_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_attention push; };

// z of the grid is the (batch, head) pair.
uint pair() { return push.first_pair + gl_WorkGroupID.z; }
uint dim() { return push.heads * push.head_dim; }
uint first_row() { return pair() / push.heads * push.seq_length; }

uint gemm_m() { return push.queries; }
uint gemm_n() { return push.head_dim; }
uint gemm_k() { return push.seq_length; }
uint gemm_taps() { return 1u; }
uint gemm_a(uint m, uint tap) { return (gl_WorkGroupID.z * push.queries + m) * push.stride; }
uint gemm_b(uint n, uint tap) {
    return first_row() * 3u * dim() + 2u * dim() + pair() % push.heads * push.head_dim + n;
}

vec4 gemm_a4(uint start, uint k) {
    vec4 v = score4_at[(start + k) >> 2]; // the stride is a multiple of four
    for (uint e = 1u; e < 4u; e++)
        v[e] = k + e < push.seq_length ? v[e] : 0.0;
    return v;
}

vec4 gemm_b4(uint start, uint k) {
    vec4 v;
    for (uint e = 0u; e < 4u; e++)
        v[e] = in_at[start + min(k + e, push.seq_length - 1u) * 3u * dim()];
    return v;
}

void gemm_store(uint m, uint n, float sum) {
    out_at[(first_row() + push.first_query + m) * dim() + pair() % push.heads * push.head_dim + n] = sum;
}

#include "lib/gemm.glsl"
