// UM_OP_GROUPNORM, last of three: (B, H, W, C) and (B, groups, 2) -> normalised, scaled, shifted, activated.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Scale { float scale_at[]; };
layout(std430, binding = UM_BIND_BIAS) readonly buffer Shift { float shift_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Groups { vec2 group_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_groupnorm push; };

void main() {
    const uint i = flat_id(), image_size = push.pixels * push.channels, image = i / image_size;
    if (image >= push.batch)
        return;
    const uint c = i % push.channels, group = c / (push.channels / push.groups);
    const vec2 stats = group_at[image * push.groups + group];
    const float y = (in_at[i] - stats.x) * stats.y * scale_at[c] + shift_at[c];
    out_at[i] = um_activate(y, push.activation);
}
