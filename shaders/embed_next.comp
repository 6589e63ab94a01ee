// UM_OP_EMBED_NEXT: ids (1 + B), the position first -> (B, D): token row + row of the position.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { uint id_at[]; };
layout(constant_id = UM_SPEC_BIAS_F16) const bool BIAS_F16 = false;
layout(std430, binding = UM_BIND_BIAS) readonly buffer Position { uint position_words[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_embed_next push; };

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
    const uint row = i / push.dim, d = i % push.dim;
    const uint id = min(id_at[1u + row], push.rows - 1u); // foreign numbers must not read past the tables
    const uint position = min(id_at[0], push.seq_length - 1u);
    out_at[i] = weight_at(id * push.dim + d) + position_at(position * push.dim + d);
}
