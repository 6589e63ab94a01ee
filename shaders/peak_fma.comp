// UM_PEAK_CHAINS chains of multiply-adds x = x * factor + offset, independent of each other: what arithmetic
// can do at most. Each begins with a number of its own, or one would do for all: chain c of invocation i with
// c + i % 8. The sum of an invocation's chains is its result. For measuring.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_peak push; };

void main() {
    const vec4 a = vec4(push.factor), b = vec4(push.offset);
    vec4 x0 = vec4(0.0, 1.0, 2.0, 3.0) + float(flat_id() % 8u);
    vec4 x1 = x0 + 4.0, x2 = x0 + 8.0, x3 = x0 + 12.0, x4 = x0 + 16.0, x5 = x0 + 20.0;
    for (uint i = 0u; i < push.count; i++) {
        x0 = fma(x0, a, b);
        x1 = fma(x1, a, b);
        x2 = fma(x2, a, b);
        x3 = fma(x3, a, b);
        x4 = fma(x4, a, b);
        x5 = fma(x5, a, b);
    }
    const vec4 sum = x0 + x1 + x2 + x3 + x4 + x5;
    out_at[flat_id()] = sum.x + sum.y + sum.z + sum.w;
}
