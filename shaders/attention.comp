// UM_OP_ATTENTION in one kernel: qkv (B, T, 3D) -> (B, T, D). A workgroup takes TILE_M queries of one head
// and walks over the keys, TILE_N at a time; what it has summed is rescaled when a larger score comes
// (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018), so no scores go through
// memory.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/math.glsl"
#include "lib/operand.glsl"

layout(constant_id = UM_SPEC_TILE_M) const uint QUERIES = 32u; // a multiple of 16
layout(constant_id = UM_SPEC_TILE_N) const uint KEYS = 32u;    // likewise
layout(constant_id = UM_SPEC_HEAD4) const uint HEAD4 = 16u;
layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_attention push; };

const uint GROUP = UM_ATTENTION_GROUP, ROW = HEAD4 + 1u;
const uint PARTS = GROUP / QUERIES;              // invocations that share a row of scores in the softmax
const uint ACROSS = HEAD4 > 8u ? 16u : 8u;       // invocations along a row of the output
const uint SUMS_M = QUERIES * ACROSS / GROUP, SUMS_N = (HEAD4 + ACROSS - 1u) / ACROSS;
shared vec4 query_at[QUERIES * ROW];
shared vec4 tile[KEYS * ROW]; // keys, then values
shared float score_at[QUERIES][KEYS + 1u];
shared float factor_at[QUERIES], part_at[GROUP];

uint pair() { return push.first_pair + gl_WorkGroupID.z; }

uint row_start(uint token, uint part) {
    const uint dim = push.heads * push.head_dim;
    const uint row = (pair() / push.heads * push.seq_length + token) * 3u + part;
    return row * dim + pair() % push.heads * push.head_dim;
}

vec4 qkv_at(uint token, uint part, uint k4) {
    return token < push.seq_length ? in_row4(row_start(token, part), k4 * 4u, push.head_dim) : vec4(0.0);
}

void load_tile(uint first, uint part) {
    for (uint i = gl_LocalInvocationID.x; i < KEYS * HEAD4; i += GROUP)
        tile[i / HEAD4 * ROW + i % HEAD4] = qkv_at(first + i / HEAD4, part, i % HEAD4);
}

// 8 x 16 invocations, each with every eighth query and every sixteenth key.
void find_scores(uint first) {
    const uint x = gl_LocalInvocationID.x % 16u, y = gl_LocalInvocationID.x / 16u;
    float sums[QUERIES / 8u][KEYS / 16u];
    [[unroll]] for (uint i = 0u; i < QUERIES / 8u; i++)
        [[unroll]] for (uint j = 0u; j < KEYS / 16u; j++)
            sums[i][j] = 0.0;
    for (uint e = 0u; e < HEAD4; e++)
        [[unroll]] for (uint j = 0u; j < KEYS / 16u; j++) {
            const vec4 key = tile[(x + 16u * j) * ROW + e];
            [[unroll]] for (uint i = 0u; i < QUERIES / 8u; i++)
                sums[i][j] += dot(query_at[(y + 8u * i) * ROW + e], key);
        }
    [[unroll]] for (uint i = 0u; i < QUERIES / 8u; i++)
        [[unroll]] for (uint j = 0u; j < KEYS / 16u; j++)
            score_at[y + 8u * i][x + 16u * j] =
                first + x + 16u * j < push.seq_length ? sums[i][j] * push.scale : -3.0e38;
}

void main() {
    const uint self = gl_LocalInvocationID.x, row = self / PARTS, part = self % PARTS;
    const uint x = self % ACROSS, y = self / ACROSS, down = GROUP / ACROSS;
    const uint first_query = flat_group() * QUERIES;
    vec4 sums[SUMS_M][SUMS_N];
    [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            sums[i][j] = vec4(0.0);
    for (uint i = self; i < QUERIES * HEAD4; i += GROUP)
        query_at[i / HEAD4 * ROW + i % HEAD4] = qkv_at(first_query + i / HEAD4, 0u, i % HEAD4);
    float largest = -3.0e38, total = 0.0;
    for (uint first = 0u; first < push.seq_length; first += KEYS) {
        load_tile(first, 1u);
        barrier();
        find_scores(first);
        barrier();
        load_tile(first, 2u);
        float top = largest;
        for (uint k = 0u; k < KEYS; k++)
            top = max(top, score_at[row][k]);
        const float factor = um_exp(largest - top);
        largest = top;
        total *= factor;
        barrier();
        for (uint k = part; k < KEYS; k += PARTS) {
            const float e = first + k < push.seq_length ? um_exp(score_at[row][k] - top) : 0.0;
            score_at[row][k] = e;
            total += e;
        }
        if (part == 0u)
            factor_at[row] = factor;
        barrier();
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
                sums[i][j] *= factor_at[y + down * i];
        for (uint k = 0u; k < KEYS; k++)
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                const vec4 value = tile[k * ROW + min(x + ACROSS * j, HEAD4)];
                [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
                    sums[i][j] += score_at[y + down * i][k] * value;
            }
        barrier();
    }
    part_at[self] = total;
    barrier();
    for (uint i = 0u; i < SUMS_M; i++) {
        const uint r = y + down * i, query = first_query + r;
        float sum = 0.0;
        for (uint p = 0u; p < PARTS; p++)
            sum += part_at[r * PARTS + p];
        const uint start = (pair() / push.heads * push.seq_length + query) * push.heads * push.head_dim +
                           pair() % push.heads * push.head_dim;
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            for (uint e = 0u; e < 4u; e++) {
                const uint d = (x + ACROSS * j) * 4u + e;
                if (query < push.seq_length && d < push.head_dim)
                    out_at[start + d] = sums[i][j][e] / sum;
            }
    }
}
