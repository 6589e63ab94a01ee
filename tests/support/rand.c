/* SplitMix64 (Steele, Lea and Flood, 2014) and what is derived from it. */
#include "support/rand.h"

uint64_t test_rand_u64(struct test_rand *r) {
    uint64_t z = r->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t test_rand_below(struct test_rand *r, uint32_t bound) {
    return (uint32_t)((test_rand_u64(r) >> 32) * bound >> 32);
}

float test_rand_unit(struct test_rand *r) {
    return (float)(test_rand_u64(r) >> 40) * 0x1p-24f;
}

float test_rand_normal(struct test_rand *r) {
    int32_t sum = 0; /* of twelve 16-bit numbers: below 2^20, so exact in float */
    for (int i = 0; i < 3; i++)
        for (uint64_t bits = test_rand_u64(r), k = 0; k < 4; k++, bits >>= 16)
            sum += (int32_t)(bits & 0xffffu);
    return (float)(sum - 6 * 65535) * 0x1p-16f;
}

void test_rand_fill(struct test_rand *r, float *out, size_t count, float mean, float deviation) {
    for (size_t i = 0; i < count; i++)
        out[i] = mean + deviation * test_rand_normal(r);
}
