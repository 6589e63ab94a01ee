// UM_OP_SAMPLE, first part: the largest logit of each row, and whether all are finite.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/reduce.glsl"
#include "lib/sampler_row.glsl"

void main() {
    const uint row = reduce_row(), lane = reduce_lane(), lanes = reduce_lanes();
    const uint end = row < sampled_rows() ? push.codes : 0u;
    float largest = -3.402823466e38, strange = 0.0;
    for (uint code = lane; code < end; code += lanes) {
        const float x = scaled_logit(row, code);
        if ((floatBitsToUint(x) & 0x7f800000u) == 0x7f800000u)
            strange = 1.0;
        else
            largest = max(largest, x);
    }
    largest = reduce_max(largest);
    strange = reduce_max(strange);
    if (end != 0u && lane == 0u)
        stats_at[row] = uvec4(floatBitsToUint(largest), strange == 0.0 ? 1u : 0u, 0u, 0u);
}
