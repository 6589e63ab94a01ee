// A workgroup computes TILE_M x TILE_N outputs; slices of both operands pass through shared memory. Each
// invocation holds SUMS_M x SUMS_N sums. Neighbours in x differ in n, so stores touch neighbouring words and
// the reads of `tile_a` are broadcasts.
layout(constant_id = UM_SPEC_TILE_M) const uint TILE_M = 64u;
layout(constant_id = UM_SPEC_TILE_N) const uint TILE_N = 64u;
layout(constant_id = UM_SPEC_SUMS_M) const uint SUMS_M = 8u;
layout(constant_id = UM_SPEC_SUMS_N) const uint SUMS_N = 4u;
const uint DOWN = TILE_M / SUMS_M, ACROSS = TILE_N / SUMS_N, GROUP = DOWN * ACROSS;
const uint TILE_K4 = 4u, PADDING = 1u;
#define STAGED vec4
vec4 stage_a(uint start, uint k) { return gemm_a4(start, k); }
vec4 stage_b(uint start, uint k) { return gemm_b4(start, k); }
#include "gemm_stage.glsl"

float sums[SUMS_M * SUMS_N];

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

void main() {
    const uint x = gl_LocalInvocationID.x % ACROSS, y = gl_LocalInvocationID.x / ACROSS;
    place_tile();
    if (tile_m0 >= gemm_m()) // of a counted op
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
