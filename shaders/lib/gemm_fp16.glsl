// As gemm_tile.glsl with F16 arithmetic in pairs: both operands are rounded to F16, 16 products are summed
// in F16, and these sums in F32. Pairs are words wherever they live through a loop, because compilers take
// a vector of half floats apart there, and the halves then take twice the registers.
#include "half.glsl"
#include "gemm_sums.glsl"
const uint TILE_K4 = 8u, PADDING = 1u;
#define STAGED uvec2
uvec2 packed(f16vec4 v) { return uvec2(packFloat2x16(v.xy), packFloat2x16(v.zw)); }
uvec2 stage_a(uint start, uint k) { return packed(to_half(gemm_a4(start, k))); }
uvec2 stage_b(uint start, uint k) { return packed(gemm_b4h(start, k)); }
#include "gemm_stage.glsl"

// Two vectors of each operand at a time, in this order: compilers load neighbours in shared memory together,
// and what comes too early takes registers until its turn.
void multiply(uint x, uint y) {
    f16vec2 part[SUMS_M * SUMS_N];
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        part[i] = f16vec2(0.0);
    [[unroll]] for (uint e = 0u; e < TILE_K4; e += 2u) {
        uvec2 right[SUMS_N][2];
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            [[unroll]] for (uint h = 0u; h < 2u; h++)
                right[j][h] = tile_b[(x + ACROSS * j) * ROW + e + h];
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
            [[unroll]] for (uint h = 0u; h < 2u; h++) {
                const uvec2 left = tile_a[(y + DOWN * i) * ROW + e + h];
                [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                    const uint s = i * SUMS_N + j;
                    part[s] = fma(unpackFloat2x16(left.x), unpackFloat2x16(right[j][h].x), part[s]);
                    part[s] = fma(unpackFloat2x16(left.y), unpackFloat2x16(right[j][h].y), part[s]);
                }
            }
    }
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        sums[i] += float(part[i].x) + float(part[i].y);
}

#include "gemm_slices.glsl"
