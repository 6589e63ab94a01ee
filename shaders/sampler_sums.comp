// UM_OP_SAMPLE, second part: the sums of 64 weights each, added up in the CPU's order.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/sampler_row.glsl"

void main() {
    const uint i = flat_id(), row = i / push.blocks, first = i % push.blocks * BLOCK;
    if (row >= sampled_rows() || stats_at[row].y == 0u)
        return;
    const uint count = min(BLOCK, push.codes - first), whole = count & ~3u;
    uvec2 sums[4] = uvec2[4](D_ZERO, D_ZERO, D_ZERO, D_ZERO);
    for (uint k = 0u; k < count; k++) {
        const uint lane = k < whole ? k & 3u : 0u;
        sums[lane] = d_add(sums[lane], d_from_float(weight_bits(row, first + k)));
    }
    sum_at[i] = d_add(d_add(sums[0], sums[1]), d_add(sums[2], sums[3]));
}
