// What the sampler's shaders know of a wanted row: its logits, its settings, scratch memory.
#include "lib/rows.glsl"
#include "lib/sampler_math.glsl"

layout(std430, binding = UM_BIND_IN) readonly buffer Logits { uint logit_at[]; };
layout(std430, binding = UM_BIND_IN_1) readonly buffer Settings { uint setting_at[]; };
layout(std430, binding = UM_BIND_WEIGHT) buffer Stats { uvec4 stats_at[]; }; // x: maximum, y: finite, z: key
layout(std430, binding = UM_BIND_BIAS) buffer Sums { uvec2 sum_at[]; };      // of the blocks of weights
layout(push_constant) uniform Push { um_push_sample push; };

const uint BLOCK = UM_SAMPLER_BLOCK;

// struct um_sample_head and um_sample_image.
uvec2 seed() { return uvec2(setting_at[0], setting_at[1]); }
uint step_number() { return setting_at[2]; }
float temperature() { return uintBitsToFloat(setting_at[3]); }
bool guided() { return setting_at[4] != 0u; }
float guidance() { return uintBitsToFloat(setting_at[5]); }
float noise_scale() { return uintBitsToFloat(setting_at[6]); }
bool halton() { return setting_at[7] != 0u; }
uint image_setting(uint image, uint word) { return setting_at[8u + 4u * image + word]; }
uint place(uint position) { return setting_at[8u + 4u * push.images + position]; }

// With guidance the second half of the rows is that of the null class.
uint sampled_rows() {
    const uint rows = wanted_rows(push.rows);
    return guided() ? rows / 2u : rows;
}

uint row_image(uint row) { return min(wanted_row(row) / push.seq_length, push.images - 1u); }
uint row_position(uint row) { return wanted_row(row) % push.seq_length - push.leading; }

// The guided logit over temperature.
float scaled_logit(uint row, uint code) {
    const uint i = row * push.codes + code;
    precise float logit = uintBitsToFloat(logit_at[i]);
    if (guided()) {
        const float without = uintBitsToFloat(logit_at[i + sampled_rows() * push.codes]);
        precise float apart = logit - without;
        precise float added = guidance() * apart;
        logit = without + added;
    }
    return divide_exact(logit, temperature());
}

uint weight_bits(uint row, uint code) {
    return exp_below_bits(scaled_logit(row, code), uintBitsToFloat(stats_at[row].x));
}
