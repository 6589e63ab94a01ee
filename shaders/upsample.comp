// UM_OP_UPSAMPLE: (B, H, W, C) -> (B, 2H, 2W, C): nearest neighbour.
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
    const uint out_width = push.width * 2u, out_height = push.height * 2u;
    const uint c = i % push.channels, pixel = i / push.channels;
    const uint x = pixel % out_width / 2u, y = pixel / out_width % out_height / 2u;
    const uint image = pixel / out_width / out_height;
    out_at[i] = in_at[((image * push.height + y) * push.width + x) * push.channels + c];
}
