// Each invocation keeps UM_DIRECT_M x UM_DIRECT_N sums in registers and reads its operands straight from
// memory. On software devices, where shared memory and barriers cost as much as loads, this is the fast shape.
void main() {
    const uint columns = (gemm_n() + UM_DIRECT_N - 1u) / UM_DIRECT_N;
    const uint id = flat_id();
    const uint m0 = id / columns * UM_DIRECT_M, n0 = id % columns * UM_DIRECT_N;
    if (m0 >= gemm_m())
        return;
    float sum[UM_DIRECT_M][UM_DIRECT_N];
    for (uint i = 0u; i < UM_DIRECT_M; i++)
        for (uint j = 0u; j < UM_DIRECT_N; j++)
            sum[i][j] = 0.0;
    for (uint tap = 0u; tap < gemm_taps(); tap++) {
        uint a[UM_DIRECT_M], b[UM_DIRECT_N];
        for (uint i = 0u; i < UM_DIRECT_M; i++)
            a[i] = gemm_a(min(m0 + i, gemm_m() - 1u), tap);
        for (uint j = 0u; j < UM_DIRECT_N; j++)
            b[j] = gemm_b(min(n0 + j, gemm_n() - 1u), tap);
        for (uint k = 0u; k < gemm_k(); k += 4u) {
            vec4 right[UM_DIRECT_N];
            for (uint j = 0u; j < UM_DIRECT_N; j++)
                right[j] = gemm_b4(b[j], k);
            for (uint i = 0u; i < UM_DIRECT_M; i++) {
                vec4 left = gemm_a4(a[i], k);
                for (uint j = 0u; j < UM_DIRECT_N; j++)
                    sum[i][j] += dot(left, right[j]);
            }
        }
    }
    for (uint i = 0u; i < UM_DIRECT_M; i++)
        for (uint j = 0u; j < UM_DIRECT_N; j++)
            if (m0 + i < gemm_m() && n0 + j < gemm_n())
                gemm_store(m0 + i, n0 + j, sum[i][j]);
}
