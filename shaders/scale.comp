// UM_OP_SCALE: x scale + shift, then activation.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_scale push; };

void main() {
    const uint i = flat_id();
    if (i < push.count)
        out_at[i] = um_activate(in_at[i] * push.scale + push.shift, push.activation);
}
