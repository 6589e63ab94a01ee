// A workgroup computes TILE_M x TILE_N outputs; slices of both operands pass through shared memory.
#include "gemm_sums.glsl"
const uint TILE_K4 = 4u, PADDING = 1u;
#define STAGED vec4
vec4 stage_a(uint start, uint k) { return gemm_a4(start, k); }
vec4 stage_b(uint start, uint k) { return gemm_b4(start, k); }
#include "gemm_stage.glsl"

void multiply(uint x, uint y) {
    [[unroll]] for (uint e = 0u; e < TILE_K4; e++) {
        vec4 right[SUMS_N];
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            right[j] = tile_b[(x + ACROSS * j) * ROW + e];
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++) {
            const vec4 left = tile_a[(y + DOWN * i) * ROW + e];
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                float sum = sums[i * SUMS_N + j];
                sum = fma(left.x, right[j].x, sum);
                sum = fma(left.y, right[j].y, sum);
                sum = fma(left.z, right[j].z, sum);
                sums[i * SUMS_N + j] = fma(left.w, right[j].w, sum);
            }
        }
    }
}

#include "gemm_slices.glsl"
