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
