// Multiply-adds of UM_PEAK_LEFT x UM_PEAK_RIGHT pairs of matrices, F16 factors and F32 sums: what matrix
// units can do at most. The right factors change their sign from round to round, so that sums stay small and
// exact and no round can be left out. Sum (i, j) begins with its number. The result of a subgroup is the sum
// of its sums. For measuring.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "lib/extensions.glsl"
#include "um_shared.h"
#include "lib/index.glsl"

layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { float out_at[]; };
layout(push_constant) uniform Push { um_push_peak push; };
layout(constant_id = UM_SPEC_MATRIX_M) const uint MATRIX_M = 16u;
layout(constant_id = UM_SPEC_MATRIX_N) const uint MATRIX_N = 16u;
layout(constant_id = UM_SPEC_MATRIX_K) const uint MATRIX_K = 16u;
const uint LEFT = MATRIX_M * MATRIX_K, RIGHT = MATRIX_K * MATRIX_N;

shared float16_t left_at[UM_PEAK_LEFT * LEFT], right_at[UM_PEAK_RIGHT * RIGHT];
#define MATRIX(type, rows, columns, use) coopmat<type, gl_ScopeSubgroup, rows, columns, use>

// Halves from -3.5 to 3.5; limits.c knows them, too.
float16_t factor(uint number) { return float16_t(float((number * 2654435761u) >> 29) - 3.5); }

void main() {
    for (uint e = gl_LocalInvocationID.x; e < UM_PEAK_LEFT * LEFT; e += gl_WorkGroupSize.x)
        left_at[e] = factor(e);
    for (uint e = gl_LocalInvocationID.x; e < UM_PEAK_RIGHT * RIGHT; e += gl_WorkGroupSize.x)
        right_at[e] = factor(e + UM_PEAK_LEFT * LEFT);
    barrier();
    MATRIX(float16_t, MATRIX_M, MATRIX_K, gl_MatrixUseA) left[UM_PEAK_LEFT];
    MATRIX(float16_t, MATRIX_K, MATRIX_N, gl_MatrixUseB) right[UM_PEAK_RIGHT];
    MATRIX(float, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator) sums[UM_PEAK_LEFT * UM_PEAK_RIGHT];
    [[unroll]] for (uint i = 0u; i < UM_PEAK_LEFT; i++)
        coopMatLoad(left[i], left_at, i * LEFT, MATRIX_K, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint j = 0u; j < UM_PEAK_RIGHT; j++)
        coopMatLoad(right[j], right_at, j * RIGHT, MATRIX_N, gl_CooperativeMatrixLayoutRowMajor);
    [[unroll]] for (uint s = 0u; s < UM_PEAK_LEFT * UM_PEAK_RIGHT; s++)
        sums[s] = MATRIX(float, MATRIX_M, MATRIX_N, gl_MatrixUseAccumulator)(float(s));
    for (uint round = 0u; round < push.count; round++) {
        [[unroll]] for (uint i = 0u; i < UM_PEAK_LEFT; i++)
            [[unroll]] for (uint j = 0u; j < UM_PEAK_RIGHT; j++)
                sums[i * UM_PEAK_RIGHT + j] = coopMatMulAdd(left[i], right[j], sums[i * UM_PEAK_RIGHT + j]);
        [[unroll]] for (uint j = 0u; j < UM_PEAK_RIGHT; j++)
            right[j] = -right[j];
    }
    [[unroll]] for (uint s = 1u; s < UM_PEAK_LEFT * UM_PEAK_RIGHT; s++)
        sums[0] = sums[0] + sums[s];
    const uint place = flat_group() * gl_NumSubgroups + gl_SubgroupID;
    coopMatStore(sums[0], out_at, place * MATRIX_M * MATRIX_N, MATRIX_N, gl_CooperativeMatrixLayoutRowMajor);
}
