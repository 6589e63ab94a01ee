// UM_OP_SWIGLU: (R, 2F) -> (R, F): silu of the first F times the last F.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_swiglu push; };

void main() {
    const uint i = flat_id();
    if (i >= push.count)
        return;
    const uint at = i + i / push.dim * push.dim;
    out_at[i] = um_silu(in_at[at]) * in_at[at + push.dim];
}
