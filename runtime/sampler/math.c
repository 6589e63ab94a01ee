/* exp and log for float, computed in double with additions, multiplications and one division: IEEE
 * arithmetic gives the same bits on every platform, unlike a C library. */
#include "sampler/math.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

static const double LN2 = 0.693147180559945309417;
static const double LOG2E = 1.44269504088896340736;

static double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* exp(r) for |r| <= ln 2 / 2: the Taylor sum to r^9 is off by 7e-12, a ten-thousandth ulp. */
static inline double exp_taylor(double r) {
    double p = 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    return p * r + 1.0;
}

float um_expf(float x) {
    if (x != x)
        return x;
    if (x > 89.0f) // exp(88.73) is already beyond the largest float
        return INFINITY;
    if (x < -104.0f) // exp(-103.98) is below half of the smallest float
        return 0.0f;
    // x = n ln 2 + r
    double t = (double)x * LOG2E;
    int n = (int)(t < 0.0 ? t - 0.5 : t + 0.5);
    double r = (double)x - n * LN2;
    return (float)(exp_taylor(r) * power_of_two(n));
}

/* um_expf() for x <= 0 without its branches: exp(-104) rounds to 0, as everything below does. */
static inline float exp_below_zero(float x) {
    x = x > -104.0f ? x : -104.0f;
    int n = (int)((double)x * LOG2E - 0.5);
    double r = (double)x - n * LN2;
    return (float)(exp_taylor(r) * power_of_two(n));
}

void um_exp_below(float *x, uint32_t count, float max) {
    for (uint32_t i = 0; i < count; i++)
        x[i] = exp_below_zero(x[i] - max);
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
