/* Philox against its published vectors; um_rng_uniform against vectors that never change, because
 * every picture depends on them. */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Random123, tests/kat_vectors, "philox4x32 10". */
static void test_published(void **state) {
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], out[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         {UINT32_MAX, UINT32_MAX},
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         {0xa4093822, 0x299f31d0},
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        um_philox(cases[i].counter, cases[i].key, out);
        assert_memory_equal(out, cases[i].out, sizeof out);
    }
}

static void test_frozen(void **state) {
    (void)state;
    static const struct {
        uint64_t seed;
        uint32_t image, step, position;
        enum um_rng_purpose purpose;
        uint32_t odd; /* the value times 2^24 */
    } cases[] = {
        {0, 0, 0, 0, UM_RNG_TOKEN, 0x6627e9},
        {42, 0, 0, 0, UM_RNG_TOKEN, 0x9ceaf1},
        {42, 0, 0, 0, UM_RNG_CHOICE, 0x20439b},
        {42, 0, 0, 0, UM_RNG_ORDER, 0x53c0fb},
        {42, 0, 0, 1, UM_RNG_TOKEN, 0xfcdb21},
        {42, 0, 1, 0, UM_RNG_TOKEN, 0x42e0b9},
        {42, 1, 0, 0, UM_RNG_TOKEN, 0x029337},
        {0x123456789abcdef0u, 1023, 255, 255, UM_RNG_CHOICE, 0x214b79},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        float value = um_rng_uniform(cases[i].seed, cases[i].image, cases[i].step,
                                     cases[i].position, cases[i].purpose);
        assert_true(value == (float)cases[i].odd * 0x1p-24f);
    }
}

/* 2^16 draws: mean 1/2 within 5 standard deviations (1 / sqrt(12 x 65536) each), no end hit. */
static void test_range(void **state) {
    (void)state;
    double sum = 0;
    for (uint32_t i = 0; i < 65536; i++) {
        float value = um_rng_uniform(7, i >> 12, i >> 8 & 15, i & 255, UM_RNG_TOKEN);
        assert_true(value > 0 && value < 1);
        sum += (double)value;
    }
    double mean = sum / 65536;
    assert_true(mean > 0.5 - 5 * 0.00113 && mean < 0.5 + 5 * 0.00113);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
