// A workgroup computes UM_TILE_M x UM_TILE_N outputs; slices of both operands pass through shared memory.
// Each of the 128 invocations holds 8 x 4 sums. Neighbours in x differ in n, so stores and the reads of
// `tile_b` touch neighbouring words and the reads of `tile_a` are broadcasts.
const uint TILE_K = 16u;
const uint SUMS_M = 8u, SUMS_N = 4u;
// One word of padding spreads the transposing stores over the banks.
shared float tile_a[TILE_K][UM_TILE_M + 1];
shared float tile_b[TILE_K][UM_TILE_N + 1];

void main() {
    const uint columns = (gemm_n() + UM_TILE_N - 1u) / UM_TILE_N;
    const uint m0 = flat_group() / columns * UM_TILE_M, n0 = flat_group() % columns * UM_TILE_N;
    const uint self = gl_LocalInvocationID.x, x = self % 16u, y = self / 16u;
    const uint load_k = self % 4u * 4u, load_row = self / 4u;

    float sum[SUMS_M][SUMS_N];
    for (uint i = 0u; i < SUMS_M; i++)
        for (uint j = 0u; j < SUMS_N; j++)
            sum[i][j] = 0.0;
    for (uint tap = 0u; tap < gemm_taps(); tap++) {
        uint a[2], b[2];
        for (uint i = 0u; i < 2u; i++) {
            a[i] = gemm_a(min(m0 + load_row + 32u * i, gemm_m() - 1u), tap);
            b[i] = gemm_b(min(n0 + load_row + 32u * i, gemm_n() - 1u), tap);
        }
        for (uint k = 0u; k < gemm_k(); k += TILE_K) {
            for (uint i = 0u; i < 2u; i++) {
                const bool inside = k + load_k < gemm_k();
                const vec4 left = inside ? gemm_a4(a[i], k + load_k) : vec4(0.0);
                const vec4 right = inside ? gemm_b4(b[i], k + load_k) : vec4(0.0);
                for (uint e = 0u; e < 4u; e++) {
                    tile_a[load_k + e][load_row + 32u * i] = left[e];
                    tile_b[load_k + e][load_row + 32u * i] = right[e];
                }
            }
            barrier();
            for (uint e = 0u; e < TILE_K; e++)
                for (uint i = 0u; i < SUMS_M; i++)
                    for (uint j = 0u; j < SUMS_N; j++)
                        sum[i][j] += tile_a[e][y + 8u * i] * tile_b[e][x + 16u * j];
            barrier();
        }
    }
    for (uint i = 0u; i < SUMS_M; i++)
        for (uint j = 0u; j < SUMS_N; j++) {
            const uint m = m0 + y + 8u * i, n = n0 + x + 16u * j;
            if (m < gemm_m() && n < gemm_n())
                gemm_store(m, n, sum[i][j]);
        }
}
