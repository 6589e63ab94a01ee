// UM_OP_GROUPNORM, first of three: (B, H, W, C) -> mean and sum of squared deviations of each slice of the
// pixels of each group: (B, slices, groups, 2). Two passes over a slice, so nothing cancels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/slices.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { vec2 slice_at[]; };
layout(push_constant) uniform Push { um_push_groupnorm push; };

void main() {
    const uint id = flat_id(), group = id % push.groups, slice = id / push.groups % push.slices;
    const uint image = id / push.groups / push.slices;
    if (image >= push.batch)
        return;
    const uint width = push.channels / push.groups;
    const uint first = slice_start(slice, push.pixels, push.slices);
    const uint end = slice_start(slice + 1u, push.pixels, push.slices);
    const uint start = image * push.pixels * push.channels + group * width;
    float sum = 0.0;
    for (uint p = first; p < end; p++)
        for (uint c = 0u; c < width; c++)
            sum += in_at[start + p * push.channels + c];
    const float mean = sum / float((end - first) * width);
    float squares = 0.0;
    for (uint p = first; p < end; p++)
        for (uint c = 0u; c < width; c++) {
            const float d = in_at[start + p * push.channels + c] - mean;
            squares += d * d;
        }
    slice_at[id] = vec2(mean, squares);
}
