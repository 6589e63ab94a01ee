// UM_OP_ATTENTION, second of three: softmax of each row of scores (pairs, queries, stride), in place.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/reduce.glsl"

layout(std430, binding = UM_BIND_OUT) buffer Scores { float scores[]; };
layout(push_constant) uniform Push { um_push_attention push; };

void main() {
    const uint rows = push.pairs * push.queries, row = reduce_row();
    const uint lane = reduce_lane(), lanes = reduce_lanes();
    const bool inside = row < rows; // the others only keep the barriers company
    const uint start = row * push.stride, end = inside ? push.seq_length : 0u;
    float largest = -3.0e38;
    for (uint i = lane; i < end; i += lanes)
        largest = max(largest, scores[start + i]);
    largest = reduce_max(largest);
    float sum = 0.0;
    for (uint i = lane; i < end; i += lanes) {
        const float e = um_exp(scores[start + i] - largest);
        scores[start + i] = e;
        sum += e;
    }
    const float scale = 1.0 / reduce_sum(sum);
    for (uint i = lane; i < end; i += lanes)
        scores[start + i] *= scale;
}
