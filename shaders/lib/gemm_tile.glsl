// A workgroup computes TILE_M x TILE_N outputs; slices of both operands pass through shared memory.
#include "gemm_sums.glsl"
const uint TILE_K4 = 4u, PADDING = 1u;
#define STAGED vec4
#define HALVES
vec4 stage_a(uint start, uint k) { return gemm_a4(start, k); }
vec4 stage_b(uint start, uint k) { return gemm_b4(start, k); }
#include "gemm_stage.glsl"

// Half a vector of each operand at a time, and not unrolled: compilers load early what a straight line needs
// late, and whole vectors of both operands beside 64 sums are more registers than there are.
void multiply(uint x, uint y) {
    [[dont_unroll]] for (uint e = 0u; e < 2u * TILE_K4; e++) {
        vec2 right[SUMS_N];
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            right[j] = tile_b[(x + ACROSS * j) * ROW + e];
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++) {
            const vec2 left = tile_a[(y + DOWN * i) * ROW + e];
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                const uint s = i * SUMS_N + j;
                sums[s] = fma(left.y, right[j].y, fma(left.x, right[j].x, sums[s]));
            }
        }
    }
}

#include "gemm_slices.glsl"
