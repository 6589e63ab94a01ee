// The weight binding: F32 or pairs of F16, read as stored.
//
// unpackHalf2x16 needs no 16-bit storage feature. It must keep subnormal halves: trained weights hold many.
// Direct3D demands that of the same instruction, and the op tests check it on every driver they run on.
layout(constant_id = UM_SPEC_WEIGHT_F16) const bool WEIGHT_F16 = false;
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight { uint weight_words[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight2 { uvec2 weight_words2[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight4 { vec4 weight_floats4[]; };

float weight_at(uint i) {
    if (WEIGHT_F16) {
        vec2 pair = unpackHalf2x16(weight_words[i >> 1]);
        return (i & 1u) == 0u ? pair.x : pair.y;
    }
    return uintBitsToFloat(weight_words[i]);
}

// Elements i .. i + 3; i is a multiple of four.
vec4 weight4_at(uint i) {
    if (WEIGHT_F16) {
        uvec2 words = weight_words2[i >> 2];
        return vec4(unpackHalf2x16(words.x), unpackHalf2x16(words.y));
    }
    return weight_floats4[i >> 2];
}
