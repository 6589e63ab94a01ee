/* exp and log for float from additions, multiplications and one division: IEEE arithmetic gives the
 * same bits on every platform, unlike a C library. */
#include "sampler/math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LN2 = 0.693147180559945309417;

static double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* exp for -104 <= x <= 89 without a branch: x = n ln 2 + r, |r| <= ln 2 / 2 (1 + 2^-22). The first
 * part of ln 2 has 9 bits, so n times it is exact; the polynomial is Cephes' (S. Moshier), off by
 * less than an ulp. 2^n comes in two factors, since neither 2^128 nor 2^-150 is a normal float. */
static inline float exp_core(float x) {
    const float to_integer = 12582912.0f; // 1.5 2^23: integers are its last bits
    float shifted = x * 1.44269504f + to_integer;
    int32_t n = (int32_t)(bits_of(shifted) - bits_of(to_integer));
    float whole = shifted - to_integer;
    float r = x - whole * 0.693359375f;
    r = r + whole * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    int32_t half = n >> 1;
    float first = float_of((uint32_t)(half + 127) << 23);
    float second = float_of((uint32_t)(n - half + 127) << 23);
    return p * first * second;
}

float um_expf(float x) {
    if (x != x)
        return x;
    if (x > 89.0f) // exp(88.73) is already beyond the largest float
        return INFINITY;
    if (x < -104.0f) // exp(-103.98) is below half of the smallest float
        return 0.0f;
    return exp_core(x);
}

void um_exp_below(float *x, uint32_t count, float max) {
    const uint32_t least = 0xc2d00000u; // -104; bits of negative floats grow with their size
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits = bits_of(x[i] - max);
        x[i] = exp_core(float_of(bits < least ? bits : least));
    }
}

float um_logf(float x) {
    if (x != x || x < 0.0f)
        return NAN;
    if (x == 0.0f)
        return -INFINITY;
    if (x == INFINITY)
        return x;
    // x = m 2^e, m in [sqrt(1/2), sqrt(2)); every float, subnormals too, is a normal double.
    double wide = (double)x;
    uint64_t bits;
    memcpy(&bits, &wide, sizeof bits);
    int e = (int)(bits >> 52) - 1023;
    double m = wide * power_of_two(-e);
    if (m > 1.41421356237309504880) {
        m *= 0.5;
        e += 1;
    }
    // log m = 2 artanh(s), |s| <= 0.172: the next term of the sum is 2e-13 of the result.
    double s = (m - 1.0) / (m + 1.0), s2 = s * s;
    double p = 1.0 / 15.0;
    p = p * s2 + 1.0 / 13.0;
    p = p * s2 + 1.0 / 11.0;
    p = p * s2 + 1.0 / 9.0;
    p = p * s2 + 1.0 / 7.0;
    p = p * s2 + 1.0 / 5.0;
    p = p * s2 + 1.0 / 3.0;
    p = p * s2 + 1.0;
    return (float)(e * LN2 + 2.0 * s * p);
}
