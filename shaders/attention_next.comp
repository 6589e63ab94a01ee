// UM_OP_ATTENTION_NEXT: one workgroup is one head of one image. Its key and value go into the cache, then its
// query sees the positions up to its own.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/reduce.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer In { float qkv[]; };        // (B, 3D)
layout(std430, binding = UM_BIND_IN_2) coherent buffer Cache { float cache[]; }; // (B, T, 2D)
layout(std430, binding = UM_BIND_IN_1) readonly buffer Ids { uint id_at[]; };    // the position first
layout(std430, binding = UM_BIND_WEIGHT) coherent buffer Scores { float scores[]; }; // (B * heads, T)
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_attention_next push; };

void wait_for_memory() {
    memoryBarrierBuffer();
    barrier();
}

float score(uint q, uint k) {
    float sum = 0.0;
    for (uint i = 0u; i < push.head_dim; i++)
        sum += qkv[q + i] * cache[k + i];
    return sum * push.scale;
}

void main() {
    const uint pair = flat_group(), lane = gl_LocalInvocationID.x, lanes = gl_WorkGroupSize.x;
    if (pair >= push.pairs)
        return; // all invocations of the group alike
    const uint dim = push.heads * push.head_dim, image = pair / push.heads;
    const uint column = pair % push.heads * push.head_dim, q = image * 3u * dim + column;
    const uint first = image * push.seq_length * 2u * dim + column, row = pair * push.seq_length;
    const uint position = min(id_at[0], push.seq_length - 1u);
    for (uint i = lane; i < push.head_dim; i += lanes) {
        cache[first + position * 2u * dim + i] = qkv[q + dim + i];
        cache[first + position * 2u * dim + dim + i] = qkv[q + 2u * dim + i];
    }
    wait_for_memory();
    float largest = -3.0e38;
    for (uint t = lane; t <= position; t += lanes) {
        const float s = score(q, first + t * 2u * dim);
        scores[row + t] = s;
        largest = max(largest, s);
    }
    largest = reduce_max(largest);
    float sum = 0.0;
    for (uint t = lane; t <= position; t += lanes) {
        const float e = um_exp(scores[row + t] - largest);
        scores[row + t] = e;
        sum += e;
    }
    const float share = 1.0 / reduce_sum(sum);
    wait_for_memory();
    for (uint i = lane; i < push.head_dim; i += lanes) {
        float value = 0.0;
        for (uint t = 0u; t <= position; t++)
            value += scores[row + t] * cache[first + t * 2u * dim + dim + i];
        out_at[image * dim + column + i] = value * share;
    }
}
