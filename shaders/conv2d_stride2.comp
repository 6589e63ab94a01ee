// UM_OP_CONV2D_STRIDE2: (B, H, W, k) -> (B, H/2, W/2, n): kernel 3, stride 2, zeros right and below, + bias.
// A matrix product whose rows are the result's pixels and whose sum runs over kernel taps x input channels.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/operand.glsl"
#include "lib/weight.glsl"

layout(std430, binding = UM_BIND_BIAS) readonly buffer Bias { float bias_at[]; };
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_conv2d push; };

uint gemm_m() { return push.m; }
uint gemm_n() { return push.n; }
uint gemm_k() { return push.k; }
uint gemm_taps() { return 9u; }

uint gemm_a(uint m, uint tap) {
    const uint width = push.width / 2u, line = m / width; // over all images: H is even
    const uint y = line * 2u + tap / 3u, x = m % width * 2u + tap % 3u;
    const bool below = tap >= 6u && (line + 1u) % (push.height / 2u) == 0u;
    return below || x >= push.width ? GEMM_ZERO : (y * push.width + x) * push.k;
}

uint gemm_b(uint n, uint tap) { return (n * 9u + tap) * push.k; }

vec4 gemm_a4(uint start, uint k) {
    const vec4 v = in_row4(start == GEMM_ZERO ? 0u : start, k, push.k);
    return start == GEMM_ZERO ? vec4(0.0) : v;
}
#include "lib/gemm_weight.glsl"

void gemm_store(uint m, uint n, float sum) {
    out_at[m * push.n + n] = push.has_bias != 0u ? sum + bias_at[n] : sum;
}

#include "lib/gemm.glsl"
