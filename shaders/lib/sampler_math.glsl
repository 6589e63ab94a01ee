// The sampler's exp, log and division: step by step the CPU's (runtime/sampler/math.c), so that equal numbers
// give equal bits. `precise` keeps products and sums apart. Results that may be subnormal are put together as
// bits, because drivers may flush subnormal floats.
#include "lib/double.glsl"

// exp(x) as bits for -104 <= x <= 0.
uint exp_bits(float x) {
    precise float scaled = x * 1.44269504;
    precise float shifted = scaled + 12582912.0; // 1.5 2^23: integers are its last bits
    const int n = floatBitsToInt(shifted) - 0x4b400000;
    precise float whole = shifted - 12582912.0;
    precise float product = whole * 0.693359375;
    precise float r = x - product;
    product = whole * 2.12194440e-4;
    r = r + product;
    precise float p = 1.9875691500e-4 * r;
    p = p + 1.3981999507e-3;
    p = p * r;
    p = p + 8.3334519073e-3;
    p = p * r;
    p = p + 4.1665795894e-2;
    p = p * r;
    p = p + 1.6666665459e-1;
    p = p * r;
    p = p + 5.0000001201e-1;
    precise float square = r * r;
    p = p * square;
    p = p + r;
    p = p + 1.0;
    const uint bits = floatBitsToUint(p);
    const int exponent = int(bits >> 23) + n;
    if (exponent > 0)
        return uint(exponent) << 23 | (bits & 0x7fffffu);
    const uint shift = uint(1 - exponent), m = (bits & 0x7fffffu) | 0x800000u;
    if (shift > 24u)
        return 0u;
    const uint rest = m << (32u - shift), kept = m >> shift;
    return kept + (rest > 0x80000000u || (rest == 0x80000000u && (kept & 1u) != 0u) ? 1u : 0u);
}

// exp(x - max) as bits; x <= max.
uint exp_below_bits(float x, float max) {
    precise float below = x - max;
    return exp_bits(uintBitsToFloat(min(floatBitsToUint(below), 0xc2d00000u))); // -104 at the least
}

uvec2 log_polynomial(uvec2 square) {
    uvec2 p = uvec2(0x11111111u, 0x3fb11111u);                                   // 1 / 15
    p = d_add(d_multiply(p, square), uvec2(0x13b13b14u, 0x3fb3b13bu));           // 1 / 13
    p = d_add(d_multiply(p, square), uvec2(0x745d1746u, 0x3fb745d1u));           // 1 / 11
    p = d_add(d_multiply(p, square), uvec2(0x1c71c71cu, 0x3fbc71c7u));           // 1 / 9
    p = d_add(d_multiply(p, square), uvec2(0x92492492u, 0x3fc24924u));           // 1 / 7
    p = d_add(d_multiply(p, square), uvec2(0x9999999au, 0x3fc99999u));           // 1 / 5
    p = d_add(d_multiply(p, square), uvec2(0x55555555u, 0x3fd55555u));           // 1 / 3
    return d_add(d_multiply(p, square), D_ONE);
}

// log of a normal float above 0.
float log_exact(uint bits) {
    int e = int(bits >> 23) - 127;
    uvec2 m = d_from_float((bits & 0x7fffffu) | 0x3f800000u);
    if (d_above(m, uvec2(0x667f3bcdu, 0x3ff6a09eu))) { // sqrt 2
        m.y -= 0x100000u;
        e++;
    }
    const uvec2 s = d_divide(d_add(m, d_negative(D_ONE)), d_add(m, D_ONE));
    const uvec2 tail = d_multiply(d_add(s, s), log_polynomial(d_multiply(s, s)));
    const uvec2 whole = d_multiply(d_from_int(e), uvec2(0xfefa39efu, 0x3fe62e42u)); // e ln 2
    return uintBitsToFloat(d_to_float(d_add(whole, tail)));
}

// a / b, b normal: Vulkan's own division may be off by 2.5 units.
float divide_exact(float a, float b) {
    const uint sign = (floatBitsToUint(a) ^ floatBitsToUint(b)) & 0x80000000u;
    const uint bits = floatBitsToUint(a) & 0x7fffffffu, divisor_bits = floatBitsToUint(b) & 0x7fffffffu;
    if (divisor_bits == 0x3f800000u)
        return uintBitsToFloat(bits | sign);
    if (bits < 0x800000u || bits >= 0x7f800000u) // what is subnormal vanishes beside other logits
        return bits < 0x800000u ? 0.0 : uintBitsToFloat(bits | sign);
    uint rest = (bits & 0x7fffffu) | 0x800000u, quotient = 0u;
    const uint divisor = (divisor_bits & 0x7fffffu) | 0x800000u;
    int exponent = int(bits >> 23) - int(divisor_bits >> 23) + 127;
    if (rest < divisor) {
        rest <<= 1;
        exponent--;
    }
    for (uint i = 0u; i < 25u; i++) { // 24 bits and one to round with
        quotient <<= 1;
        if (rest >= divisor) {
            quotient |= 1u;
            rest -= divisor;
        }
        rest <<= 1;
    }
    if (exponent <= 0)
        return 0.0;
    uint m = quotient >> 1;
    if ((quotient & 1u) != 0u && (rest != 0u || (m & 1u) != 0u))
        m++;
    const uint result = (uint(exponent) << 23) + (m - 0x800000u);
    return uintBitsToFloat(exponent >= 255 || result >= 0x7f800000u ? sign | 0x7f800000u : sign | result);
}
