/* Random numbers for tests: small, seeded, the same on every platform. */
#ifndef UM_SUPPORT_RAND_H
#define UM_SUPPORT_RAND_H

#include <stddef.h>
#include <stdint.h>

struct test_rand {
    uint64_t state;
};

/* SplitMix64. */
uint64_t test_rand_u64(struct test_rand *r);

/* Uniform in 0 .. bound - 1; bound > 0. */
uint32_t test_rand_below(struct test_rand *r, uint32_t bound);

/* Uniform in [0, 1). */
float test_rand_unit(struct test_rand *r);

/* Mean 0, variance 1, bell-shaped within +-6: the sum of 12 uniform numbers, exact in float. */
float test_rand_normal(struct test_rand *r);

/* `count` values of the given mean and standard deviation. */
void test_rand_fill(struct test_rand *r, float *out, size_t count, float mean, float deviation);

#endif
