// UM_OP_AVGPOOL: (B, H, W, C) -> (B, H/2, W/2, C): mean of 2x2.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_resize push; };

void main() {
    const uint i = flat_id();
    if (i >= push.count)
        return;
    const uint out_width = push.width / 2u, out_height = push.height / 2u;
    const uint c = i % push.channels, pixel = i / push.channels;
    const uint x = pixel % out_width, y = pixel / out_width % out_height;
    const uint image = pixel / out_width / out_height;
    const uint row = push.width * push.channels;
    const uint at = ((image * push.height + 2u * y) * push.width + 2u * x) * push.channels + c;
    const float top = in_at[at] + in_at[at + push.channels];
    const float bottom = in_at[at + row] + in_at[at + row + push.channels];
    out_at[i] = 0.25 * (top + bottom);
}
