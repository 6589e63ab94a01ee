/* Philox 4x32-10 in portable integer arithmetic. */
#include "base/rng.h"

enum { ROUNDS = 10 };

void um_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t product0 = (uint64_t)0xd2511f53u * c0;
        uint64_t product1 = (uint64_t)0xcd9e8d57u * c2;
        c0 = (uint32_t)(product1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)product1;
        c2 = (uint32_t)(product0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)product0;
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

float um_rng_uniform(uint64_t seed, uint32_t image, uint32_t step, uint32_t position,
                     enum um_rng_purpose purpose) {
    uint32_t counter[4] = {position, step, image, (uint32_t)purpose};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    uint32_t words[4];
    um_philox(counter, key, words);
    uint32_t odd = words[0] >> 9 << 1 | 1u; /* below 2^24, so the conversion is exact */
    return (float)odd * 0x1p-24f;
}
