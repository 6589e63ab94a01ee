// UM_OP_ATTENTION, first of three: qkv (B, T, 3D) -> scores (pairs, queries, stride): q k^T x scale.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/operand.glsl"

layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_attention push; };

// z of the grid is the (batch, head) pair.
uint qkv_start(uint token, uint part) {
    const uint pair = push.first_pair + gl_WorkGroupID.z, dim = push.heads * push.head_dim;
    const uint row = pair / push.heads * push.seq_length + token;
    return row * 3u * dim + part * dim + pair % push.heads * push.head_dim;
}

uint gemm_m() { return push.queries; }
uint gemm_n() { return push.seq_length; }
uint gemm_k() { return push.head_dim; }
uint gemm_taps() { return 1u; }
uint gemm_a(uint m, uint tap) { return qkv_start(push.first_query + m, 0u); }
uint gemm_b(uint n, uint tap) { return qkv_start(n, 1u); }
vec4 gemm_a4(uint start, uint k) { return in_row4(start, k, push.head_dim); }
vec4 gemm_b4(uint start, uint k) { return in_row4(start, k, push.head_dim); }

void gemm_store(uint m, uint n, float sum) {
    out_at[(gl_WorkGroupID.z * push.queries + m) * push.stride + n] = sum * push.scale;
}

#include "lib/gemm.glsl"
