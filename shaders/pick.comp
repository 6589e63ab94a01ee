// UM_OP_PICK: chosen rows of (R0, D), or of the weight, -> (R, D).
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/rows.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_pick push; };

void main() {
    const uint i = flat_id(), r = i / push.dim, d = i % push.dim;
    if (r >= wanted_rows(push.rows))
        return;
    // A foreign number must not read past the input.
    const uint row = push.in_rows != 0u ? min(wanted_row(r), push.in_rows - 1u)
                                        : wanted_row(r) % push.seq_length;
    out_at[i] = push.in_rows != 0u ? in_at[row * push.dim + d] : weight_at(row * push.dim + d);
}
