// UM_OP_GROUPNORM, second of three: slices (B, slices, groups, 2) -> (B, groups, 2): mean, 1 / deviation.
// Statistics of two parts join as in Chan, Golub and LeVeque, "Updating formulae" (1979).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/slices.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { vec2 slice_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { vec2 group_at[]; };
layout(push_constant) uniform Push { um_push_groupnorm push; };

void main() {
    const uint id = flat_id(), group = id % push.groups, image = id / push.groups;
    if (image >= push.batch)
        return;
    const uint width = push.channels / push.groups;
    float count = 0.0, mean = 0.0, squares = 0.0;
    for (uint s = 0u; s < push.slices; s++) {
        const uint pixels = slice_start(s + 1u, push.pixels, push.slices) -
                            slice_start(s, push.pixels, push.slices);
        const vec2 part = slice_at[(image * push.slices + s) * push.groups + group];
        const float more = float(pixels * width), both = count + more, delta = part.x - mean;
        mean += delta * (more / both);
        squares += part.y + delta * delta * (count * (more / both));
        count = both;
    }
    group_at[id] = vec2(mean, 1.0 / sqrt(squares / count + push.epsilon));
}
