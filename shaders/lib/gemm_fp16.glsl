// As gemm_tile.glsl with F16 arithmetic in pairs: both operands are rounded to F16, 16 products are summed
// in F16, and these sums in F32.
#include "half.glsl"
layout(constant_id = UM_SPEC_TILE_M) const uint TILE_M = 64u;
layout(constant_id = UM_SPEC_TILE_N) const uint TILE_N = 64u;
layout(constant_id = UM_SPEC_SUMS_M) const uint SUMS_M = 8u;
layout(constant_id = UM_SPEC_SUMS_N) const uint SUMS_N = 4u;
const uint DOWN = TILE_M / SUMS_M, ACROSS = TILE_N / SUMS_N, GROUP = DOWN * ACROSS;
const uint TILE_K4 = 8u, PADDING = 1u;
#define STAGED f16vec4
f16vec4 stage_a(uint start, uint k) { return to_half(gemm_a4(start, k)); }
f16vec4 stage_b(uint start, uint k) { return gemm_b4h(start, k); }
#include "gemm_stage.glsl"

float sums[SUMS_M * SUMS_N];

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

void main() {
    const uint x = gl_LocalInvocationID.x % ACROSS, y = gl_LocalInvocationID.x / ACROSS;
    place_tile();
    if (tile_m0 >= gemm_m())
        return;
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        sums[i] = 0.0;
    fetch_slice();
    for (bool more = true; more;) {
        put_slice();
        barrier();
        more = slices_left();
        if (more)
            fetch_slice();
        multiply(x, y);
        barrier();
    }
    [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
            const uint m = tile_m0 + y + DOWN * i, n = tile_n0 + x + ACROSS * j;
            if (m < gemm_m() && n < gemm_n())
                gemm_store(m, n, sums[i * SUMS_N + j]);
        }
}
