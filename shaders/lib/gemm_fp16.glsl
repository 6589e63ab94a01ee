// As gemm_tile.glsl with F16 arithmetic in pairs: both operands are rounded to F16, 16 products are summed
// in F16, and these sums in F32.
#include "half.glsl"
#include "gemm_sums.glsl"
const uint TILE_K4 = 8u, PADDING = 1u;
#define STAGED f16vec4
f16vec4 stage_a(uint start, uint k) { return to_half(gemm_a4(start, k)); }
f16vec4 stage_b(uint start, uint k) { return gemm_b4h(start, k); }
#include "gemm_stage.glsl"

void multiply(uint x, uint y) {
    f16vec2 part[SUMS_M * SUMS_N];
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        part[i] = f16vec2(0.0);
    [[unroll]] for (uint e = 0u; e < TILE_K4; e++) {
        f16vec4 right[SUMS_N];
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
            right[j] = tile_b[(x + ACROSS * j) * ROW + e];
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++) {
            const f16vec4 left = tile_a[(y + DOWN * i) * ROW + e];
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                const uint s = i * SUMS_N + j;
                part[s] = fma(left.xy, right[j].xy, part[s]);
                part[s] = fma(left.zw, right[j].zw, part[s]);
            }
        }
    }
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        sums[i] += float(part[i].x) + float(part[i].y);
}

#include "gemm_slices.glsl"
