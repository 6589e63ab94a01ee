// IEEE double arithmetic in integers, since few devices have doubles and none promise how floats round: the
// same bits as the CPU's. A double is uvec2(low word, high word). Zero and normal numbers only, no overflow:
// the sampler's numbers lie between 2^-150 and 2^30. Rounded to nearest, ties to even.

const uvec2 D_ZERO = uvec2(0u);
const uvec2 D_ONE = uvec2(0x00000000u, 0x3ff00000u);

uvec2 d_shift_left(uvec2 a, uint n) { // n < 64
    if (n >= 32u)
        return uvec2(0u, a.x << (n - 32u));
    return n == 0u ? a : uvec2(a.x << n, a.y << n | a.x >> (32u - n));
}

// The lowest bit of the result also stands for all bits shifted out.
uvec2 d_shift_right_sticky(uvec2 a, uint n) {
    if (n == 0u)
        return a;
    if (n >= 64u)
        return uvec2((a.x | a.y) != 0u ? 1u : 0u, 0u);
    if (n >= 32u) {
        const uint m = n - 32u;
        const uint lost = a.x | (m == 0u ? 0u : a.y << (32u - m));
        return uvec2(a.y >> m | (lost != 0u ? 1u : 0u), 0u);
    }
    return uvec2(a.x >> n | a.y << (32u - n) | ((a.x << (32u - n)) != 0u ? 1u : 0u), a.y >> n);
}

uvec2 d_sum(uvec2 a, uvec2 b) { // of 64-bit integers
    uint carry;
    const uint low = uaddCarry(a.x, b.x, carry);
    return uvec2(low, a.y + b.y + carry);
}

uvec2 d_difference(uvec2 a, uvec2 b) {
    uint borrow;
    const uint low = usubBorrow(a.x, b.x, borrow);
    return uvec2(low, a.y - b.y - borrow);
}

bool d_above(uvec2 a, uvec2 b) { // of 64-bit integers, and of doubles that are not negative
    return a.y > b.y || (a.y == b.y && a.x > b.x);
}

uint d_exponent(uvec2 a) {
    return a.y >> 20 & 0x7ffu;
}

uvec2 d_significand(uvec2 a) { // 53 bits
    return uvec2(a.x, (a.y & 0xfffffu) | 0x100000u);
}

// Puts a double together. m: 56 bits, of which the lowest three are to be rounded away.
uvec2 d_round(uint sign, uint exponent, uvec2 m) {
    const uint rest = m.x & 7u;
    uvec2 kept = uvec2(m.x >> 3 | m.y << 29, m.y >> 3);
    if (rest > 4u || (rest == 4u && (kept.x & 1u) != 0u))
        kept = d_sum(kept, uvec2(1u, 0u)); // a carry out of the significand raises the exponent below
    return uvec2(kept.x, sign | ((exponent << 20) + (kept.y - 0x100000u)));
}

uvec2 d_add(uvec2 a, uvec2 b) {
    if (d_above(uvec2(b.x, b.y & 0x7fffffffu), uvec2(a.x, a.y & 0x7fffffffu))) {
        const uvec2 swap = a;
        a = b;
        b = swap;
    }
    if (((b.y & 0x7fffffffu) | b.x) == 0u)
        return a;
    uint exponent = d_exponent(a);
    uvec2 m = d_shift_left(d_significand(a), 3u);
    const uvec2 n = d_shift_right_sticky(d_shift_left(d_significand(b), 3u), exponent - d_exponent(b));
    const uint sign = a.y & 0x80000000u;
    if (((a.y ^ b.y) & 0x80000000u) == 0u) {
        m = d_sum(m, n);
        if (m.y >= 0x1000000u) {
            m = d_shift_right_sticky(m, 1u);
            exponent++;
        }
    } else {
        m = d_difference(m, n);
        if ((m.x | m.y) == 0u)
            return D_ZERO;
        const uint top = m.y != 0u ? 32u + uint(findMSB(m.y)) : uint(findMSB(m.x));
        m = d_shift_left(m, 55u - top);
        exponent -= 55u - top;
    }
    return d_round(sign, exponent, m);
}

uvec2 d_negative(uvec2 a) {
    return uvec2(a.x, a.y ^ 0x80000000u);
}

uvec2 d_multiply(uvec2 a, uvec2 b) {
    if (((a.y & 0x7fffffffu) | a.x) == 0u || ((b.y & 0x7fffffffu) | b.x) == 0u)
        return D_ZERO;
    // Significands with the top bit at 63; the top bit of the product is at 126 or 127.
    const uvec2 p = d_shift_left(d_significand(a), 11u), q = d_shift_left(d_significand(b), 11u);
    uint high, low;
    umulExtended(p.x, q.x, high, low);
    uint sticky = low;
    uvec2 middle = uvec2(high, 0u);
    umulExtended(p.x, q.y, high, low);
    middle = d_sum(middle, uvec2(low, high));
    uvec2 product = uvec2(middle.y, 0u); // its upper half
    umulExtended(p.y, q.x, high, low);
    middle = d_sum(uvec2(middle.x, 0u), uvec2(low, high));
    sticky |= middle.x;
    umulExtended(p.y, q.y, high, low);
    product = d_sum(d_sum(product, uvec2(middle.y, 0u)), uvec2(low, high));
    uint exponent = d_exponent(a) + d_exponent(b) - 1023u;
    if (product.y >= 0x80000000u)
        exponent++;
    else
        product = d_sum(product, product); // the bits below are zeros or sticky ones
    product.x |= sticky != 0u ? 1u : 0u;
    return d_round((a.y ^ b.y) & 0x80000000u, exponent, d_shift_right_sticky(product, 8u));
}

uvec2 d_divide(uvec2 a, uvec2 b) { // b is not zero
    if (((a.y & 0x7fffffffu) | a.x) == 0u)
        return D_ZERO;
    uint exponent = d_exponent(a) + 1023u - d_exponent(b);
    uvec2 rest = d_significand(a), quotient = D_ZERO;
    const uvec2 divisor = d_significand(b);
    if (d_above(divisor, rest)) {
        rest = d_sum(rest, rest);
        exponent--;
    }
    for (uint i = 0u; i < 55u; i++) { // 53 bits and two to round with
        quotient = d_sum(quotient, quotient);
        if (!d_above(divisor, rest)) {
            quotient.x |= 1u;
            rest = d_difference(rest, divisor);
        }
        rest = d_sum(rest, rest);
    }
    quotient = d_sum(quotient, quotient);
    quotient.x |= (rest.x | rest.y) != 0u ? 1u : 0u;
    return d_round((a.y ^ b.y) & 0x80000000u, exponent, quotient);
}

uvec2 d_from_int(int value) {
    if (value == 0)
        return D_ZERO;
    const uint size = uint(abs(value)), top = uint(findMSB(size));
    const uvec2 m = d_shift_left(uvec2(size, 0u), 52u - top);
    return uvec2(m.x, (value < 0 ? 0x80000000u : 0u) | (((1023u + top) << 20) + (m.y - 0x100000u)));
}

uvec2 d_from_float(uint bits) { // subnormal ones, too
    const uint sign = bits & 0x80000000u, exponent = bits >> 23 & 0xffu, m = bits & 0x7fffffu;
    if (exponent != 0u)
        return uvec2(m << 29, sign | (exponent + 896u) << 20 | m >> 3);
    if (m == 0u)
        return D_ZERO;
    const uint top = uint(findMSB(m));
    const uvec2 wide = d_shift_left(uvec2(m, 0u), 52u - top);
    return uvec2(wide.x, sign | ((874u + top) << 20) + (wide.y - 0x100000u));
}

// The bits of the nearest float; for numbers whose float is zero or normal.
uint d_to_float(uvec2 a) {
    if (((a.y & 0x7fffffffu) | a.x) == 0u)
        return 0u;
    const uint rest = a.x & 0x1fffffffu;
    uint m = (a.y & 0xfffffu) << 3 | a.x >> 29;
    uint bits = (d_exponent(a) - 896u) << 23 | m;
    if (rest > 0x10000000u || (rest == 0x10000000u && (m & 1u) != 0u))
        bits++;
    return (a.y & 0x80000000u) | bits;
}
