// Each invocation keeps UM_DIRECT_M x UM_DIRECT_N sums in registers and reads its operands from memory.
// On software devices, where shared memory and barriers cost as much as loads, this is the fast shape.
// Written in matrices of 4 x 4 instead of loops over arrays, because SwiftShader unrolls nothing.

uvec4 rows_a(uint m, uint tap) {
    const uvec4 row = min(m + uvec4(0u, 1u, 2u, 3u), uvec4(gemm_m() - 1u));
    return uvec4(gemm_a(row.x, tap), gemm_a(row.y, tap), gemm_a(row.z, tap), gemm_a(row.w, tap));
}

uvec4 rows_b(uint n, uint tap) {
    const uvec4 row = min(n + uvec4(0u, 1u, 2u, 3u), uvec4(gemm_n() - 1u));
    return uvec4(gemm_b(row.x, tap), gemm_b(row.y, tap), gemm_b(row.z, tap), gemm_b(row.w, tap));
}

mat4 load_a(uvec4 row, uint k) {
    return transpose(mat4(gemm_a4(row.x, k), gemm_a4(row.y, k), gemm_a4(row.z, k), gemm_a4(row.w, k)));
}

mat4 load_b(uvec4 row, uint k) {
    return mat4(gemm_b4(row.x, k), gemm_b4(row.y, k), gemm_b4(row.z, k), gemm_b4(row.w, k));
}

// Column j of `sum` is output column n + j; its four elements are rows m to m + 3.
void store(uint m, uint n, mat4 sum) {
    for (uint j = 0u; j < 4u && n + j < gemm_n(); j++)
        for (uint i = 0u; i < 4u && m + i < gemm_m(); i++)
            gemm_store(m + i, n + j, sum[j][i]);
}

void main() {
    const uint columns = (gemm_n() + UM_DIRECT_N - 1u) / UM_DIRECT_N;
    const uint id = flat_id();
    const uint m = id / columns * UM_DIRECT_M, n = id % columns * UM_DIRECT_N;
    if (m >= gemm_m())
        return;
    mat4 sum00 = mat4(0.0), sum01 = mat4(0.0), sum10 = mat4(0.0), sum11 = mat4(0.0);
    for (uint tap = 0u; tap < gemm_taps(); tap++) {
        const uvec4 a0 = rows_a(m, tap), a1 = rows_a(m + 4u, tap);
        const uvec4 b0 = rows_b(n, tap), b1 = rows_b(n + 4u, tap);
        for (uint k = 0u; k < gemm_k(); k += 4u) {
            const mat4 right0 = load_b(b0, k), right1 = load_b(b1, k);
            const mat4 left0 = load_a(a0, k), left1 = load_a(a1, k);
            sum00 += left0 * right0;
            sum01 += left0 * right1;
            sum10 += left1 * right0;
            sum11 += left1 * right1;
        }
    }
    store(m, n, sum00);
    store(m, n + 4u, sum01);
    store(m + 4u, n, sum10);
    store(m + 4u, n + 4u, sum11);
}
