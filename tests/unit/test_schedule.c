/* Mask schedules: published counts, shapes of the curves, edge cases, the parser. */
#include "sampler/schedule.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const um_schedule FORMULAS[] = {
    UM_SCHEDULE_COSINE, UM_SCHEDULE_LINEAR, UM_SCHEDULE_SQUARE,
    UM_SCHEDULE_CUBIC,  UM_SCHEDULE_POW,    UM_SCHEDULE_EXPONENTIAL,
    UM_SCHEDULE_SQRT,   UM_SCHEDULE_ARCCOS, UM_SCHEDULE_LOGARITHMIC,
};
enum { FORMULA_COUNT = sizeof FORMULAS / sizeof FORMULAS[0] };

static void check_counts(um_schedule kind, uint32_t unknown, uint32_t steps,
                         const uint32_t *expected) {
    struct um_schedule_spec spec = {.kind = kind, .power = 2.0f, .steps = steps};
    uint32_t masked = unknown;
    for (uint32_t step = 0; step < steps; step++) {
        masked = um_schedule_masked(&spec, step, unknown, masked);
        assert_int_equal(masked, expected[step]);
    }
}

/* The counts of the published code, except that it leaves 1 token masked after the last step, in a
 * grid that it throws away. */
static void cosine_counts_are_the_published_ones(void **state) {
    (void)state;
    check_counts(UM_SCHEDULE_COSINE, 256, 8,
                 (const uint32_t[]){251, 236, 212, 181, 142, 97, 49, 0});
    check_counts(UM_SCHEDULE_COSINE, 256, 12,
                 (const uint32_t[]){253, 247, 236, 221, 203, 181, 155, 128, 97, 66, 33, 0});
    check_counts(UM_SCHEDULE_COSINE, 256, 16,
                 (const uint32_t[]){254, 251, 244, 236, 225, 212, 197, 181, 162, 142, 120, 97, 74,
                                    49, 25, 0});
    check_counts(UM_SCHEDULE_COSINE, 1024, 12,
                 (const uint32_t[]){1015, 989, 946, 886, 812, 724, 623, 512, 391, 265, 133, 0});
}

/* Worked by hand from the formulas in unmask.h for U = 16, T = 4: r = 1/4, 1/2, 3/4. */
static void other_schedules_follow_their_formulas(void **state) {
    (void)state;
    check_counts(UM_SCHEDULE_LINEAR, 16, 4, (const uint32_t[]){12, 8, 4, 0});
    check_counts(UM_SCHEDULE_SQUARE, 16, 4, (const uint32_t[]){15, 12, 7, 0});
    check_counts(UM_SCHEDULE_POW, 16, 4, (const uint32_t[]){15, 12, 7, 0});
    check_counts(UM_SCHEDULE_CUBIC, 16, 4, (const uint32_t[]){15, 14, 9, 0});
    check_counts(UM_SCHEDULE_SQRT, 16, 4, (const uint32_t[]){8, 4, 2, 0});
    check_counts(UM_SCHEDULE_EXPONENTIAL, 16, 4, (const uint32_t[]){14, 12, 8, 0});
    check_counts(UM_SCHEDULE_LOGARITHMIC, 16, 4, (const uint32_t[]){8, 4, 1, 0});
    check_counts(UM_SCHEDULE_ARCCOS, 16, 4, (const uint32_t[]){13, 10, 7, 0});
}

/* 10 x 0.3 must be 3 tokens, although 1 - 0.7 is a little less than 0.3 in floating point. */
static void exact_products_do_not_lose_a_token(void **state) {
    (void)state;
    check_counts(UM_SCHEDULE_LINEAR, 10, 10, (const uint32_t[]){9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
}

static void every_schedule_falls_and_ends_at_zero(void **state) {
    (void)state;
    for (int f = 0; f < FORMULA_COUNT; f++) {
        for (uint32_t steps = 1; steps <= 300; steps += steps < 20 ? 1 : 97) {
            for (uint32_t unknown = 1; unknown <= 1025; unknown += unknown < 20 ? 1 : 335) {
                struct um_schedule_spec spec = {.kind = FORMULAS[f], .power = 3.5f, .steps = steps};
                uint32_t masked = unknown;
                for (uint32_t step = 0; step < steps; step++) {
                    double share = um_schedule_share(&spec, step, unknown);
                    assert_true(share >= 1e-6 && share <= 1.0);
                    uint32_t now = um_schedule_masked(&spec, step, unknown, masked);
                    assert_true(step + 1 == steps ? now == 0 : now >= 1 && now <= masked);
                    assert_true(now < masked || masked == 1); // every step fixes something
                    masked = now;
                }
                assert_int_equal(masked, 0);
            }
        }
    }
}

static void nothing_masked_stays_nothing(void **state) {
    (void)state;
    struct um_schedule_spec spec = {.kind = UM_SCHEDULE_COSINE, .steps = 8};
    assert_int_equal(um_schedule_masked(&spec, 0, 0, 0), 0);
    assert_int_equal(um_schedule_masked(&spec, 3, 256, 0), 0);
}

static void tables_are_used_as_given(void **state) {
    (void)state;
    const float table[] = {0.75f, 0.5f, 0.9f, 0.0f};
    struct um_schedule_spec spec = {.kind = UM_SCHEDULE_TABLE, .table = table, .steps = 4};
    assert_int_equal(um_schedule_masked(&spec, 0, 100, 100), 75);
    assert_int_equal(um_schedule_masked(&spec, 1, 100, 75), 50);
    assert_int_equal(um_schedule_masked(&spec, 2, 100, 50), 49); // cannot mask fixed tokens again
    assert_int_equal(um_schedule_masked(&spec, 3, 100, 49), 0);
}

static um_status parse(const char *text, um_schedule *schedule, float *power, float *table,
                       size_t *count) {
    return um_schedule_parse(text, schedule, power, table, 4, count);
}

static void names_go_through_the_parser_and_back(void **state) {
    (void)state;
    for (int f = 0; f < FORMULA_COUNT; f++) {
        if (FORMULAS[f] == UM_SCHEDULE_POW)
            continue;
        um_schedule schedule = UM_SCHEDULE_DEFAULT;
        assert_int_equal(
            um_schedule_parse(um_schedule_name(FORMULAS[f]), &schedule, NULL, NULL, 0, NULL),
            UM_OK);
        assert_int_equal(schedule, FORMULAS[f]);
    }
    assert_string_equal(um_schedule_name(UM_SCHEDULE_POW), "pow");
    assert_string_equal(um_schedule_name(UM_SCHEDULE_TABLE), "table");
    assert_string_equal(um_schedule_name(UM_SCHEDULE_DEFAULT), "default");
    assert_non_null(um_schedule_name((um_schedule)99));
}

static void powers_and_tables_are_parsed(void **state) {
    (void)state;
    um_schedule schedule;
    float power = 0.0f, table[4];
    size_t count = 0;
    assert_int_equal(parse("pow2.5", &schedule, &power, table, &count), UM_OK);
    assert_int_equal(schedule, UM_SCHEDULE_POW);
    assert_true(power == 2.5f);
    assert_int_equal(parse("0.9,.75,0.25,0", &schedule, &power, table, &count), UM_OK);
    assert_int_equal(schedule, UM_SCHEDULE_TABLE);
    assert_int_equal(count, 4);
    assert_true(table[0] == 0.9f && table[1] == 0.75f && table[2] == 0.25f && table[3] == 0.0f);
    assert_int_equal(parse("1", &schedule, &power, table, &count), UM_OK);
    assert_int_equal(count, 1);
}

static void nonsense_is_refused_and_changes_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "cos",
        "Cosine",
        "cosine ",
        "pow",
        "pow0",
        "pow-1",
        "pow2x",
        "pow1e1",
        "pow101",
        "1.5",
        "-0.5",
        "0.5,",
        ",0.5",
        "0.5;0",
        "0.5,nan",
        "inf",
        ".",
        "0.1,0.2,0.3,0.4,0.5",
        "default",
        "0x1",
        "0.5,,0",
        "table",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        um_schedule schedule = UM_SCHEDULE_SQRT;
        float power = 7.0f, table[4];
        size_t count = 99;
        assert_int_equal(parse(texts[i], &schedule, &power, table, &count), UM_ERROR_ARGUMENT);
        assert_int_equal(schedule, UM_SCHEDULE_SQRT);
        assert_true(power == 7.0f);
        assert_int_equal(count, 99);
    }
    um_schedule schedule;
    assert_int_equal(um_schedule_parse(NULL, &schedule, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_schedule_parse("cosine", NULL, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_schedule_parse("0.5", &schedule, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosine_counts_are_the_published_ones),
        cmocka_unit_test(other_schedules_follow_their_formulas),
        cmocka_unit_test(exact_products_do_not_lose_a_token),
        cmocka_unit_test(every_schedule_falls_and_ends_at_zero),
        cmocka_unit_test(nothing_masked_stays_nothing),
        cmocka_unit_test(tables_are_used_as_given),
        cmocka_unit_test(names_go_through_the_parser_and_back),
        cmocka_unit_test(powers_and_tables_are_parsed),
        cmocka_unit_test(nonsense_is_refused_and_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
