// UM_OP_CODEBOOK: ids (R) -> (R, E): rows of the codebook (K, E).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { uint id_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_codebook push; };

void main() {
    const uint i = flat_id(), row = i / push.dim;
    if (row >= push.rows)
        return;
    const uint id = min(id_at[row], push.codes - 1u); // a foreign id must not read past the table
    out_at[i] = weight_at(id * push.dim + i % push.dim);
}
