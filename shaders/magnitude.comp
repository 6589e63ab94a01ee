// UM_OP_MAGNITUDE: (R) -> (R): |x|, times the factor.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_magnitude push; };

void main() {
    const uint i = flat_id();
    if (i < push.count)
        out_at[i] = abs(in_at[i]) * push.factor;
}
