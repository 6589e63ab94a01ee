// Copies `count` vectors: what memory can do at most. For measuring.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { uvec4 in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { uvec4 out_at[]; };
layout(push_constant) uniform Push { um_push_peak push; };

void main() {
    const uint i = flat_id();
    if (i < push.count)
        out_at[i] = in_at[i];
}
