/* Every kernel of every level that this machine can run, in one loop (as FFmpeg's and dav1d's
 * checkasm): random odd sizes, operands in memory that ends at a page which must not be touched,
 * once with all ends and once with all starts, and every byte compared with what the portable level
 * leaves. That level is held against sums in double by test_ops_cpu. With --bench: the same kernels
 * at the sizes of the 256x256 network, timed beside the portable ones. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/clock.h"
#include "ops/kernel_case.h"

enum { CASES = 60 };

static char now[256]; /* what runs, for guarded_catch */

static void say(const char *kind, const char *level, const struct kernel_case *c, uint64_t seed) {
    snprintf(now, sizeof now, "%s %s, %s (seed %llu)", level, kind, c->size,
             (unsigned long long)seed);
}

static void compare(const struct kernel_case *right, const struct kernel_case *mine) {
    assert_int_equal(right->count, mine->count);
    for (int i = 0; i < mine->count; i++) {
        if (mine->private[i])
            continue;
        const uint32_t *a = right->buffers[i].data, *b = mine->buffers[i].data;
        assert_int_equal(right->buffers[i].bytes, mine->buffers[i].bytes);
        for (size_t k = 0; k < mine->buffers[i].bytes / 4; k++)
            if (a[k] != b[k])
                fail_msg("%s: element %zu of buffer %d is %08x instead of %08x", now, k, i, b[k],
                         a[k]);
    }
}

static void check_case(const struct kernel_kind *kind, const struct um_cpu_kernels *level,
                       uint64_t seed, bool at_end) {
    struct kernel_case right, mine;
    kernel_case_build(&right, kind, um_cpu_kernels_at(UM_CPU_PORTABLE), seed, false, at_end);
    kernel_case_build(&mine, kind, level, seed, false, at_end);
    say(kind->name, right.kernels->name, &right, seed);
    right.call(&right);
    say(kind->name, level->name, &mine, seed);
    mine.call(&mine);
    compare(&right, &mine);
    kernel_case_free(&right);
    kernel_case_free(&mine);
}

static void check_level(enum um_cpu_level at) {
    const struct um_cpu_kernels *level = um_cpu_kernels_at(at);
    if (!level) {
        print_message("skip: this processor lacks the instructions of level %d\n", (int)at);
        skip();
    }
    guarded_catch(now); /* cmocka has put its own handler there */
    for (int k = 0; k < kernel_kind_count; k++)
        for (uint64_t seed = 0; seed < CASES; seed++)
            for (int at_end = 0; at_end < 2; at_end++)
                check_case(&kernel_kinds[k], level, seed, at_end);
    print_message("%s: %d cases of %d kernels give the portable level's bytes\n", level->name,
                  2 * CASES * kernel_kind_count, kernel_kind_count);
}

static void portable_stays_inside(void **state) {
    (void)state;
    check_level(UM_CPU_PORTABLE);
}

static void avx2_equals_portable(void **state) {
    (void)state;
    check_level(UM_CPU_AVX2);
}

static void avx512_equals_portable(void **state) {
    (void)state;
    check_level(UM_CPU_AVX512);
}

static void avx512_vnni_equals_portable(void **state) {
    (void)state;
    check_level(UM_CPU_AVX512_VNNI);
}

static void neon_equals_portable(void **state) {
    (void)state;
    check_level(UM_CPU_NEON);
}

static void bf16_is_right(void **state) {
    (void)state;
    if (!um_cpu_bf16_kernels()) {
        print_message("skip: this processor has no bf16 instructions\n");
        skip();
    }
    guarded_catch(now);
    for (uint64_t seed = 0; seed < CASES; seed++)
        for (int at_end = 0; at_end < 2; at_end++) {
            snprintf(now, sizeof now, "bf16, seed %llu", (unsigned long long)seed);
            kernel_check_bf16(um_cpu_bf16_kernels(), seed, at_end);
        }
}

/* Seconds of one call, the best of several rounds. */
static double seconds_of(struct kernel_case *c) {
    double best = 1e9;
    unsigned calls = 1;
    for (int round = 0; round < 12; round++) {
        const double start = um_clock_seconds();
        for (unsigned i = 0; i < calls; i++)
            c->call(c);
        const double seconds = um_clock_seconds() - start;
        if (seconds / calls < best)
            best = seconds / calls;
        if (seconds < 2e-3)
            calls *= 2;
    }
    return best;
}

static int bench(void) {
    printf("| kernel | size | level | GFLOP/s | times portable |\n|---|---|---|--:|--:|\n");
    for (int k = 0; k < kernel_kind_count; k++) {
        double portable = 0;
        for (int at = 0; at < UM_CPU_LEVELS; at++) {
            const struct um_cpu_kernels *level = um_cpu_kernels_at((enum um_cpu_level)at);
            if (!level)
                continue;
            struct kernel_case c;
            /* not at the end: masked accesses that reach over a guard page are slow */
            kernel_case_build(&c, &kernel_kinds[k], level, 1, true, false);
            const double seconds = seconds_of(&c);
            if (at == UM_CPU_PORTABLE)
                portable = seconds;
            printf("| %s | %s | %s | %.1f | %.1f |\n", kernel_kinds[k].name, c.size, level->name,
                   c.flops / seconds * 1e-9, portable / seconds);
            kernel_case_free(&c);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--bench") == 0)
        return bench();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_stays_inside),  cmocka_unit_test(avx2_equals_portable),
        cmocka_unit_test(avx512_equals_portable), cmocka_unit_test(avx512_vnni_equals_portable),
        cmocka_unit_test(neon_equals_portable),   cmocka_unit_test(bf16_is_right),
    };
    return cmocka_run_group_tests_name("kernels", tests, NULL, NULL);
}
