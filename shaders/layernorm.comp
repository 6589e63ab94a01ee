// UM_OP_LAYERNORM: (R, D) [+ residual] -> (R, D): mean, then variance about it, then scale and shift.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/reduce.glsl"
#include "lib/rows.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Scale { float scale_at[]; };
layout(std430, binding = UM_BIND_BIAS) readonly buffer Shift { float shift_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Residual { float residual_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_layernorm push; };

float x_at(uint i) {
    return push.has_residual != 0u ? in_at[i] + residual_at[i] : in_at[i];
}

void main() {
    const uint row = reduce_row(), lane = reduce_lane(), lanes = reduce_lanes();
    const uint rows = push.row_limited != 0u ? wanted_rows(push.rows) : push.rows;
    const uint start = row * push.dim, end = row < rows ? push.dim : 0u;
    float sum = 0.0;
    for (uint i = lane; i < end; i += lanes)
        sum += x_at(start + i);
    const float mean = reduce_sum(sum) / float(push.dim);
    float squares = 0.0;
    for (uint i = lane; i < end; i += lanes) {
        const float d = x_at(start + i) - mean;
        squares += d * d;
    }
    const float variance = reduce_sum(squares) / float(push.dim);
    const float inverse = 1.0 / sqrt(variance + push.epsilon);
    for (uint i = lane; i < end; i += lanes)
        out_at[start + i] = (x_at(start + i) - mean) * inverse * scale_at[i] + shift_at[i];
}
