// The sums of a workgroup that computes TILE_M x TILE_N outputs without matrix units: an invocation holds
// SUMS_M x SUMS_N of them. Neighbours in x differ in n, so stores touch neighbouring words and the reads of
// `tile_a` are broadcasts.
layout(constant_id = UM_SPEC_TILE_M) const uint TILE_M = 64u;
layout(constant_id = UM_SPEC_TILE_N) const uint TILE_N = 64u;
layout(constant_id = UM_SPEC_SUMS_M) const uint SUMS_M = 8u;
layout(constant_id = UM_SPEC_SUMS_N) const uint SUMS_N = 4u;
const uint DOWN = TILE_M / SUMS_M, ACROSS = TILE_N / SUMS_N, GROUP = DOWN * ACROSS;
#include "gemm_place.glsl"

float sums[SUMS_M * SUMS_N];

void clear_sums() {
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        sums[i] = 0.0;
}

void store_sums(uint x, uint y) {
    [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
        [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
            const uint m = tile_m0 + y + DOWN * i, n = tile_n0 + x + ACROSS * j;
            if (m < gemm_m() && n < gemm_n())
                gemm_store(m, n, sums[i * SUMS_N + j]);
        }
}
