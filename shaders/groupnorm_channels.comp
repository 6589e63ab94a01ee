// UM_OP_GROUPNORM, last of three where the result is never whole: (B, groups, 2) -> (B, 3, C), of each
// channel the mean, what to multiply by and what to add. conv2d.comp applies them.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Scale { float scale_at[]; };
layout(std430, binding = UM_BIND_BIAS) readonly buffer Shift { float shift_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Groups { vec2 group_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_groupnorm push; };

void main() {
    const uint id = flat_id(), c = id % push.channels, image = id / push.channels;
    if (image >= push.batch)
        return;
    const vec2 stats = group_at[image * push.groups + c / (push.channels / push.groups)];
    const uint first = image * 3u * push.channels + c;
    out_at[first] = stats.x;
    out_at[first + push.channels] = stats.y * scale_at[c];
    out_at[first + 2u * push.channels] = shift_at[c];
}
