// The matrix product on the device's matrix units: factors rounded to F16, sums in F32. A workgroup computes
// TILE_M x TILE_N outputs, each of its subgroups SUMS_M x SUMS_N matrices of MATRIX_M x MATRIX_N of them.
#include "half.glsl"
layout(constant_id = UM_SPEC_GROUP) const uint GROUP = 128u;
layout(constant_id = UM_SPEC_TILE_M) const uint TILE_M = 64u;
layout(constant_id = UM_SPEC_TILE_N) const uint TILE_N = 64u;
layout(constant_id = UM_SPEC_SUMS_M) const uint SUMS_M = 2u;
layout(constant_id = UM_SPEC_SUMS_N) const uint SUMS_N = 2u;
layout(constant_id = UM_SPEC_MATRIX_M) const uint MATRIX_M = 16u;
layout(constant_id = UM_SPEC_MATRIX_N) const uint MATRIX_N = 16u;
layout(constant_id = UM_SPEC_MATRIX_K) const uint MATRIX_K = 16u;
const uint DOWN = TILE_M / (SUMS_M * MATRIX_M), ACROSS = TILE_N / (SUMS_N * MATRIX_N); // subgroups
const uint SUBGROUP = GROUP / (DOWN * ACROSS), LINE = SUMS_N * MATRIX_N;
const uint TILE_K4 = 8u, PADDING = 2u; // rows stay multiples of 16 bytes, which matrix loads want
#define STAGED f16vec4
f16vec4 stage_a(uint start, uint k) { return to_half(gemm_a4(start, k)); }
f16vec4 stage_b(uint start, uint k) { return gemm_b4h(start, k); }
#include "gemm_place.glsl"
#include "gemm_stage.glsl"

shared float results[DOWN * ACROSS * MATRIX_M * LINE]; // a row of matrices of each subgroup
#define MATRIX(type, rows, columns, use) coopmat<type, gl_ScopeSubgroup, rows, columns, use>

void main() {
    const uint x = gl_SubgroupID % ACROSS, y = gl_SubgroupID / ACROSS;
    MATRIX(float, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator) sums[SUMS_M * SUMS_N];
    [[unroll]] for (uint i = 0u; i < SUMS_M * SUMS_N; i++)
        sums[i] = MATRIX(float, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator)(0.0);
    place_tile();
    if (tile_m0 >= gemm_m())
        return;
    fetch_slice();
    for (bool more = true; more;) {
        put_slice();
        barrier();
        more = slices_left();
        if (more)
            fetch_slice();
        [[unroll]] for (uint k = 0u; k < TILE_K4 * 4u; k += MATRIX_K) {
            MATRIX(float16_t, MATRIX_M, MATRIX_K, gl_MatrixUseA) left[SUMS_M];
            [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
                coopMatLoad(left[i], tile_a, (y * SUMS_M + i) * MATRIX_M * ROW + k / 4u, ROW,
                            gl_CooperativeMatrixLayoutRowMajor);
            [[unroll]] for (uint j = 0u; j < SUMS_N; j++) {
                MATRIX(float16_t, MATRIX_K, MATRIX_N, gl_MatrixUseB) right;
                coopMatLoad(right, tile_b, (x * SUMS_N + j) * MATRIX_N * ROW + k / 4u, ROW,
                            gl_CooperativeMatrixLayoutColumnMajor);
                [[unroll]] for (uint i = 0u; i < SUMS_M; i++)
                    sums[i * SUMS_N + j] = coopMatMulAdd(left[i], right, sums[i * SUMS_N + j]);
            }
        }
        barrier();
    }
    const uint mine = gl_SubgroupID * MATRIX_M * LINE;
    [[dont_unroll]] for (uint row = 0u; row < SUMS_M; row++) {
        [[unroll]] for (uint i = 0u; i < SUMS_M; i++) // matrices cannot be chosen by a variable
            if (i == row)
                [[unroll]] for (uint j = 0u; j < SUMS_N; j++)
                    coopMatStore(sums[i * SUMS_N + j], results, mine + j * MATRIX_N, LINE,
                                 gl_CooperativeMatrixLayoutRowMajor);
        subgroupBarrier();
        for (uint e = gl_SubgroupInvocationID; e < MATRIX_M * LINE; e += SUBGROUP) {
            const uint m = tile_m0 + (y * SUMS_M + row) * MATRIX_M + e / LINE;
            const uint n = tile_n0 + x * LINE + e % LINE;
            if (m < gemm_m() && n < gemm_n())
                gemm_store(m, n, results[mine + e]);
        }
        subgroupBarrier();
    }
}
