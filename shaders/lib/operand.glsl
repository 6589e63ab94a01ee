// The input binding as floats, and four of its elements at once.
layout(constant_id = UM_SPEC_VEC4) const bool VEC4 = false;
layout(std430, binding = UM_BIND_IN) readonly buffer In { float in_at[]; };
layout(std430, binding = UM_BIND_IN) readonly buffer In4 { vec4 in4_at[]; };

const uint GEMM_ZERO = 0xffffffffu;

// Elements k .. k + 3 of the row of `count` that starts at `start`; 0 past its end.
vec4 in_row4(uint start, uint k, uint count) {
    if (VEC4)
        return in4_at[(start + k) >> 2];
    vec4 v = vec4(0.0);
    for (uint e = 0u; e < 4u; e++)
        if (k + e < count)
            v[e] = in_at[start + k + e];
    return v;
}
