/* SHA-256 by x86's SHA extensions; compiled with them, run only where they are. The instructions
 * keep the state as (f e b a) and (h g d c) and do two rounds each (Intel, "SHA Extensions"). */
#include "base/sha256_blocks.h"

#include <cpuid.h>
#include <immintrin.h>

static const uint32_t round_constants[64] __attribute__((aligned(16))) = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static bool ask(void) {
    unsigned a, b, c, d, sse_c;
    if (!__get_cpuid(1, &a, &b, &sse_c, &d) || !__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return false;
    return (sse_c & bit_SSE4_1) && (sse_c & bit_SSSE3) && (b & bit_SHA);
}

/* Asked once: virtual machines answer slowly. Threads that ask at the same time get one answer. */
static bool supported(void) {
    enum { UNKNOWN, NO, YES };
    static int known;
    int answer = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (answer == UNKNOWN) {
        answer = ask() ? YES : NO;
        __atomic_store_n(&known, answer, __ATOMIC_RELAXED);
    }
    return answer == YES;
}

/* Words 4 t + 16 .. 4 t + 19 of the message schedule from the sixteen before. */
static __m128i next_words(const __m128i w[4]) {
    __m128i sum = _mm_add_epi32(_mm_sha256msg1_epu32(w[0], w[1]), _mm_alignr_epi8(w[3], w[2], 4));
    return _mm_sha256msg2_epu32(sum, w[3]);
}

static void block_rounds(__m128i *feba, __m128i *hgdc, const uint8_t *block) {
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    __m128i w[4];
    for (int i = 0; i < 4; i++)
        w[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * i)),
                                swap);
    for (int t = 0; t < 16; t++) {
        __m128i sum = _mm_add_epi32(
            w[0], _mm_load_si128((const __m128i *)(const void *)(round_constants + 4 * t)));
        *hgdc = _mm_sha256rnds2_epu32(*hgdc, *feba, sum);
        *feba = _mm_sha256rnds2_epu32(*feba, *hgdc, _mm_shuffle_epi32(sum, 0x0e));
        __m128i next = next_words(w);
        w[0] = w[1];
        w[1] = w[2];
        w[2] = w[3];
        w[3] = next;
    }
}

bool um_sha256_blocks(uint32_t state[8], const uint8_t *blocks, size_t count) {
    if (!supported())
        return false;
    const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)state);        /* d c b a */
    const __m128i high = _mm_loadu_si128((const __m128i *)(const void *)(state + 4)); /* h g f e */
    __m128i feba = _mm_shuffle_epi32(_mm_unpacklo_epi64(low, high), 0x1b);
    __m128i hgdc = _mm_shuffle_epi32(_mm_unpackhi_epi64(low, high), 0x1b);
    for (; count; count--, blocks += 64) {
        const __m128i feba_before = feba, hgdc_before = hgdc;
        block_rounds(&feba, &hgdc, blocks);
        feba = _mm_add_epi32(feba, feba_before);
        hgdc = _mm_add_epi32(hgdc, hgdc_before);
    }
    uint32_t first[4], second[4];
    _mm_storeu_si128((__m128i *)(void *)first, feba);
    _mm_storeu_si128((__m128i *)(void *)second, hgdc);
    const uint32_t out[8] = {first[3], first[2], second[3], second[2],
                             first[1], first[0], second[1], second[0]};
    for (int i = 0; i < 8; i++)
        state[i] = out[i];
    return true;
}
