// The weight binding: F32, pairs of F16 or blocks of Q8_0, read as stored.
//
// unpackHalf2x16 needs no 16-bit storage feature. It must keep subnormal halves: trained weights hold many.
// Direct3D demands that of the same instruction, and the op tests check it on every driver they run on.
layout(constant_id = UM_SPEC_WEIGHT) const uint WEIGHT = UM_WEIGHT_F32;
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight { uint weight_words[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight2 { uvec2 weight_words2[]; };
layout(std430, binding = UM_BIND_WEIGHT) readonly buffer Weight4 { vec4 weight_floats4[]; };

// Elements i .. i + 3 of Q8_0; i is a multiple of four.
vec4 weight_q8(uint i) {
    const uint block = i / 32u * UM_Q8_WORDS;
    const int word = int(weight_words[block + i % 32u / 4u]);
    const ivec4 q = ivec4(word << 24, word << 16, word << 8, word) >> 24;
    return vec4(q) * uintBitsToFloat(weight_words[block + 8u]);
}

float weight_at(uint i) {
    if (WEIGHT == UM_WEIGHT_Q8)
        return weight_q8(i & ~3u)[i & 3u];
    if (WEIGHT == UM_WEIGHT_F16) {
        vec2 pair = unpackHalf2x16(weight_words[i >> 1]);
        return (i & 1u) == 0u ? pair.x : pair.y;
    }
    return uintBitsToFloat(weight_words[i]);
}

// Elements i .. i + 3; i is a multiple of four.
vec4 weight4_at(uint i) {
    if (WEIGHT == UM_WEIGHT_Q8)
        return weight_q8(i);
    if (WEIGHT == UM_WEIGHT_F16) {
        uvec2 words = weight_words2[i >> 2];
        return vec4(unpackHalf2x16(words.x), unpackHalf2x16(words.y));
    }
    return weight_floats4[i >> 2];
}
