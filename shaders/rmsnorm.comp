// UM_OP_RMSNORM: (R, D) -> (R, D): x / sqrt(mean(x^2) + epsilon), weight, bias, then the scale and shift.
// UM_OP_QK_NORM: the same over query and key of qkv (R, 3, D), each a row here; the value is copied.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/reduce.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight { float weight_at[]; };
layout(std430, binding = UM_BIND_BIAS) readonly buffer Bias { float bias_at[]; };
layout(std430, binding = UM_BIND_IN_2) readonly buffer Modulation { float modulation_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_rmsnorm push; };

void main() {
    const uint row = reduce_row(), lane = reduce_lane(), lanes = reduce_lanes();
    const uint start = row * push.dim, end = row < push.rows ? push.dim : 0u;
    float squares = 0.0;
    for (uint i = lane; i < end; i += lanes)
        squares += in_at[start + i] * in_at[start + i];
    float inverse = 1.0 / sqrt(reduce_sum(squares) / float(push.dim) + push.epsilon);
    if (push.qkv != 0u && row % 3u == 2u)
        inverse = 1.0;
    const uint modulation = row / push.seq_length * push.width;
    for (uint i = lane; i < end; i += lanes) {
        float y = in_at[start + i] * inverse;
        if (push.has_weight != 0u)
            y *= weight_at[i];
        if (push.has_bias != 0u)
            y += bias_at[i];
        if (push.modulated != 0u)
            y = y * (1.0 + modulation_at[modulation + push.scale + i]) +
                modulation_at[modulation + push.shift + i];
        out_at[start + i] = y;
    }
}
