// UM_OP_NEAREST_CODE: (R, E) -> ids (R): nearest row of the codebook (K, E), lowest index on ties.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/reduce.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { uint id_at[]; };
layout(push_constant) uniform Push { um_push_codebook push; };

void main() {
    const uint row = reduce_row(), lane = reduce_lane(), lanes = reduce_lanes();
    const uint end = row < push.rows ? push.codes : 0u;
    float best = 3.0e38;
    uint best_code = 0u;
    for (uint code = lane; code < end; code += lanes) {
        float distance = 0.0;
        for (uint e = 0u; e < push.dim; e++) {
            const float d = in_at[row * push.dim + e] - weight_at(code * push.dim + e);
            distance += d * d;
        }
        if (distance < best) {
            best = distance;
            best_code = code;
        }
    }
    // Of the lanes that hold the smallest distance, the lowest code wins; codes below 2^24 are exact floats.
    const float smallest = -reduce_max(-best);
    const float code = -reduce_max(best == smallest ? -float(best_code) : -3.0e38);
    if (row < push.rows && lane == 0u)
        id_at[row] = uint(code);
}
