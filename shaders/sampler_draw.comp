// UM_OP_SAMPLE, third part: draws each row's code and forms the key by which rows are kept.
#version 450
#extension GL_GOOGLE_include_directive : require
#include "um_shared.h"
#include "lib/index.glsl"
#include "lib/philox.glsl"
#include "lib/sampler_row.glsl"

layout(std430, binding = UM_BIND_OUT) writeonly buffer Out { uint out_at[]; };

uint draw(uint row, uvec2 target) {
    uvec2 before = D_ZERO;
    uint k = 0u;
    for (; k + BLOCK < push.codes; k += BLOCK) { // to the block that reaches the target
        const uvec2 after = d_add(before, sum_at[row * push.blocks + k / BLOCK]);
        if (d_above(after, target))
            break;
        before = after;
    }
    for (const uint end = min(k + BLOCK, push.codes); k < end; k++) {
        before = d_add(before, d_from_float(weight_bits(row, k)));
        if (d_above(before, target))
            return k;
    }
    while (k > 1u && weight_bits(row, k - 1u) == 0u) // rounding left the target unreached
        k--;
    return k - 1u;
}

float gumbel(uint row) {
    const float uniform_number =
        rng_uniform(seed(), row_position(row), step_number(), image_setting(row_image(row), 0u), RNG_CHOICE);
    return -log_exact(floatBitsToUint(-log_exact(floatBitsToUint(uniform_number))));
}

// Keys in the order of the scores; with Halton, the later a position's turn the lower.
uint key_of(uint row, float log_p) {
    if (halton()) {
        const uint count = push.seq_length - push.leading, start = image_setting(row_image(row), 3u);
        return count - 1u - (place(row_position(row)) + count - start) % count;
    }
    precise float noise = noise_scale() > 0.0 ? noise_scale() * gumbel(row) : 0.0;
    precise float score = log_p + noise;
    const uint bits = floatBitsToUint(score);
    return (bits & 0x80000000u) != 0u ? ~bits : bits | 0x80000000u;
}

void main() {
    const uint row = flat_id();
    if (row >= sampled_rows())
        return;
    if (stats_at[row].y == 0u) {
        out_at[3u * row] = 0xffffffffu;
        out_at[3u * row + 1u] = 0u;
        return;
    }
    uvec2 sum = D_ZERO;
    for (uint block = 0u; block < push.blocks; block++)
        sum = d_add(sum, sum_at[row * push.blocks + block]);
    const float uniform_number =
        rng_uniform(seed(), row_position(row), step_number(), image_setting(row_image(row), 0u), RNG_TOKEN);
    const uint code = draw(row, d_multiply(d_from_float(floatBitsToUint(uniform_number)), sum));
    precise float ratio = scaled_logit(row, code) - uintBitsToFloat(stats_at[row].x);
    precise float log_p = ratio - log_exact(d_to_float(sum));
    out_at[3u * row] = code;
    out_at[3u * row + 1u] = log_p < -104.0 ? 0u : exp_bits(log_p);
    stats_at[row].z = key_of(row, log_p);
}
