/* The machine's own speed: peak THREADS prints GFLOP/s or GOP/s of F32, bf16 and int8 multiply-adds
 * on registers alone, 0 for what this processor cannot do. The best of several short runs, so that
 * a moment without other work is enough; and for F32 one run that takes as long as a forward pass
 * of the 256x256 network, which meets whatever else the machine does as that does. */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/cpu/unroll.h"
#include "base/clock.h"

enum { KINDS = 4, LONG = 75 }; /* short runs that take 0.3 s */

#if defined(__x86_64__)
#include <immintrin.h>

enum { CHAINS = 12, ROUNDS = 2000000 };

/* Kept in registers, and from being computed ahead. */
#define PEAK_LOOP(type, set, step, take)                                                           \
    type sum[CHAINS];                                                                              \
    UNROLL_FOR(i, CHAINS) {                                                                        \
        sum[i] = set(i);                                                                           \
    }                                                                                              \
    for (int n = 0; n < ROUNDS; n++) {                                                             \
        UNROLL_FOR(i, CHAINS) {                                                                    \
            sum[i] = step;                                                                         \
            __asm__ volatile("" : "+v"(sum[i]));                                                   \
        }                                                                                          \
    }                                                                                              \
    UNROLL_FOR(i, CHAINS - 1) {                                                                    \
        sum[0] = take;                                                                             \
    }

#define SET_F512(i) _mm512_set1_ps((float)(i))
#define SET_I512(i) _mm512_set1_epi32(i)
#define SET_F256(i) _mm256_set1_ps((float)(i))

__attribute__((target("avx512f"))) static float f32_512(void) {
    const __m512 a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
    PEAK_LOOP(__m512, SET_F512, _mm512_fmadd_ps(sum[i], a, b), _mm512_add_ps(sum[0], sum[i + 1]))
    return _mm512_reduce_add_ps(sum[0]);
}

__attribute__((target("avx2,fma"))) static float f32_256(void) {
    const __m256 a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
    PEAK_LOOP(__m256, SET_F256, _mm256_fmadd_ps(sum[i], a, b), _mm256_add_ps(sum[0], sum[i + 1]))
    return _mm256_cvtss_f32(sum[0]);
}

__attribute__((target("avx512f,avx512bw,avx512bf16"))) static float bf16_512(void) {
    const __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f003f00);
    PEAK_LOOP(__m512, SET_F512, _mm512_dpbf16_ps(sum[i], a, a), _mm512_add_ps(sum[0], sum[i + 1]))
    return _mm512_reduce_add_ps(sum[0]);
}

__attribute__((target("avx512f,avx512bw,avx512vnni"))) static float int8_512(void) {
    const __m512i a = _mm512_set1_epi32(0x01020304);
    PEAK_LOOP(__m512i, SET_I512, _mm512_dpbusd_epi32(sum[i], a, a),
              _mm512_add_epi32(sum[0], sum[i + 1]))
    return (float)_mm512_reduce_add_epi32(sum[0]);
}

struct kind {
    const char *name;
    float (*run)(void);
    double operations; /* of one chain in one round */
    bool supported;
    int repeats; /* 0 = short */
};

static void find_kinds(struct kind kinds[KINDS]) {
    const bool wide = __builtin_cpu_supports("avx512f");
    kinds[0] =
        wide ? (struct kind){"f32", f32_512, 32, true, 0}
             : (struct kind){"f32", f32_256, 16,
                             __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), 0};
    kinds[1] = (struct kind){"bf16", bf16_512, 64, __builtin_cpu_supports("avx512bf16"), 0};
    kinds[2] = (struct kind){"int8", int8_512, 128, __builtin_cpu_supports("avx512vnni"), 0};
    kinds[3] = kinds[0];
    kinds[3].name = "f32-long";
    kinds[3].repeats = LONG;
}
#else
enum { CHAINS = 1, ROUNDS = 1 };
struct kind {
    const char *name;
    float (*run)(void);
    double operations;
    bool supported;
    int repeats;
};

static void find_kinds(struct kind kinds[KINDS]) {
    kinds[0] = (struct kind){.name = "f32"};
    kinds[3] = (struct kind){.name = "f32-long"};
    kinds[1] = (struct kind){.name = "bf16"};
    kinds[2] = (struct kind){.name = "int8"};
}
#endif

static volatile float sink;

static void *thread_main(void *user) {
    const struct kind *kind = user;
    for (int i = 0; i < 1 + kind->repeats; i++)
        sink = kind->run();
    return NULL;
}

/* Seconds of `threads` runs side by side. */
static double run_once(const struct kind *kind, long threads) {
    pthread_t handles[64];
    const double start = um_clock_seconds();
    for (long i = 1; i < threads; i++)
        if (pthread_create(&handles[i], NULL, thread_main, (void *)(uintptr_t)kind))
            abort();
    thread_main((void *)(uintptr_t)kind);
    for (long i = 1; i < threads; i++)
        pthread_join(handles[i], NULL);
    return um_clock_seconds() - start;
}

int main(int argc, char **argv) {
    const long threads = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
    if (threads < 1 || threads > 64)
        return 2;
    struct kind kinds[KINDS];
    find_kinds(kinds);
    for (int k = 0; k < KINDS; k++) {
        double best = 0;
        for (int i = 0; kinds[k].supported && i < (kinds[k].repeats ? 1 : 10); i++) {
            double rate = kinds[k].operations * CHAINS * ROUNDS * (1 + kinds[k].repeats) *
                          (double)threads / run_once(&kinds[k], threads) * 1e-9;
            if (rate > best)
                best = rate;
        }
        printf("%s %.1f\n", kinds[k].name, best);
    }
    return 0;
}
