// UM_OP_EMBED: ids (B, stride) -> (B, T, D): token row + position row, that alone at bare positions.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { uint id_at[]; };
layout(constant_id = UM_SPEC_BIAS_F16) const bool BIAS_F16 = false;
layout(std430, binding = UM_BIND_BIAS) readonly buffer Position { uint position_words[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_embed push; };

float position_at(uint i) {
    if (BIAS_F16) {
        const vec2 pair = unpackHalf2x16(position_words[i >> 1]);
        return (i & 1u) == 0u ? pair.x : pair.y;
    }
    return uintBitsToFloat(position_words[i]);
}

void main() {
    const uint i = flat_id();
    if (i >= push.count)
        return;
    const uint row = i / push.dim, d = i % push.dim, t = row % push.seq_length;
    const float position = push.has_position != 0u ? position_at(t * push.dim + d) : 0.0;
    if (t < push.bare) {
        out_at[i] = position;
        return;
    }
    // A foreign id must not read past the table.
    const uint id = min(id_at[row / push.seq_length * push.stride + t], push.rows - 1u);
    out_at[i] = weight_at(id * push.dim + d) + position;
}
