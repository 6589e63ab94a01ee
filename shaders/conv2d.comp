// UM_OP_CONV2D: (B, H, W, k) -> (B, H, W, n): kernel 1 or 3, stride 1, zero padding, + bias + residual.
// A matrix product whose rows are pixels and whose sum runs over kernel taps x input channels. Where memory
// is short, the input is not there but made where it is read, by normalising or enlarging: SOURCE.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/operand.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_BIAS) readonly buffer Bias { float bias_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Residual { float residual_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(std430, binding = UM_BIND_IN_2) readonly buffer Norm { float norm_at[]; }; // groupnorm_channels.comp's
layout(constant_id = UM_SPEC_SOURCE) const uint SOURCE = UM_SOURCE_WHOLE;
layout(push_constant) uniform Push { um_push_conv2d push; };

uint gemm_m() { return push.m; }
uint gemm_n() { return push.n; }
uint gemm_k() { return push.k; }
uint gemm_taps() { return push.kernel * push.kernel; }

uint gemm_a(uint m, uint tap) {
    const int half_kernel = int(push.kernel / 2u);
    const int dy = int(tap / push.kernel) - half_kernel, dx = int(tap % push.kernel) - half_kernel;
    const int y = int(m / push.width % push.height) + dy, x = int(m % push.width) + dx;
    if (y < 0 || x < 0 || y >= int(push.height) || x >= int(push.width))
        return GEMM_ZERO;
    if (SOURCE == UM_SOURCE_UPSAMPLE) {
        const uint image = m / (push.width * push.height), width = push.width / 2u;
        return ((image * (push.height / 2u) + uint(y) / 2u) * width + uint(x) / 2u) * push.k;
    }
    return uint(int(m) + dy * int(push.width) + dx) * push.k;
}

vec4 norm_row4(uint start, uint k) {
    vec4 v = vec4(0.0);
    for (uint e = 0u; e < 4u; e++)
        if (k + e < push.k)
            v[e] = norm_at[start + k + e];
    return v;
}

// The elements of row `start` of the map, normalised.
vec4 normalised(vec4 v, uint start, uint k) {
    const uint first = start / (push.height * push.width * push.k) * 3u * push.k;
    const vec4 mean = norm_row4(first, k), scale = norm_row4(first + push.k, k);
    v = (v - mean) * scale + norm_row4(first + 2u * push.k, k);
    for (uint e = 0u; e < 4u; e++)
        v[e] = um_activate(v[e], push.activation);
    return v;
}

uint gemm_b(uint n, uint tap) { return (n * gemm_taps() + tap) * push.k; }

vec4 gemm_a4(uint start, uint k) {
    vec4 v = in_row4(start == GEMM_ZERO ? 0u : start, k, push.k);
    if (SOURCE == UM_SOURCE_NORM && start != GEMM_ZERO)
        v = normalised(v, start, k);
    return start == GEMM_ZERO ? vec4(0.0) : v;
}
#include "lib/gemm_weight.glsl"

void gemm_store(uint m, uint n, float sum) {
    const uint i = m * push.n + n;
    if (push.has_bias != 0u)
        sum += bias_at[n];
    if (push.has_residual != 0u)
        sum += residual_at[i];
    out_at[i] = sum;
}

#include "lib/gemm.glsl"
