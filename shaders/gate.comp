// UM_OP_GATE: (R, D) + residual (R, D) -> (R, D): residual + x times the image's gate.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_IN_2) readonly buffer Modulation { float modulation_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Residual { float residual_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_gate push; };

void main() {
    const uint i = flat_id();
    if (i >= push.count)
        return;
    const uint image = i / push.dim / push.seq_length;
    out_at[i] = residual_at[i] + in_at[i] * modulation_at[image * push.width + push.gate + i % push.dim];
}
