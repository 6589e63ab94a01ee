// The right-hand operand of linear and conv2d: rows of the weight binding.
vec4 gemm_b4(uint start, uint k) {
    if (VEC4)
        return weight4_at(start + k);
    vec4 v = vec4(0.0);
    for (uint e = 0u; e < 4u; e++)
        if (k + e < gemm_k())
            v[e] = weight_at(start + k + e);
    return v;
}

#if defined(UM_FP16) || defined(UM_COOPMAT)
f16vec4 gemm_b4h(uint start, uint k) {
    if (VEC4 && WEIGHT == UM_WEIGHT_F16) {
        const uvec2 words = weight_words2[(start + k) >> 2];
        return f16vec4(unpackFloat2x16(words.x), unpackFloat2x16(words.y));
    }
    return f16vec4(gemm_b4(start, k));
}
#endif
