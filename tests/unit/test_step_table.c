/* The text form of a per-step table: what it means, and that every wrong one is named. */
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The 8 steps that ImprovedNAT searched for its large model (AutoNAT_L-T8). */
static const char AUTONAT[] = "# AutoNAT-L, 8 steps\n"
                              "mask_ratio  temperature choice_temperature cfg_scale\n"
                              "0.953  2.90  2.40  0\n"
                              "0.880  1.87  2.48  0\n"
                              "0.794  1.14  1.19  0\n"
                              "\n"
                              "0.746  1.38  0.77  0.92 # guidance begins\n"
                              "0.625  1.47  1.07  1.62\r\n"
                              "0.407\t1.38\t0.94\t1.19\n"
                              "0.261  1.71  0.78  1.38\n"
                              "-      0.71  -     1.23";

static void a_table_is_read(void **state) {
    (void)state;
    um_step_row rows[8];
    size_t count = 0;
    assert_int_equal(um_step_table_parse(AUTONAT, rows, 8, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 8);
    assert_true(rows[0].masked == 0.953f && rows[0].temperature == 2.90f);
    assert_true(rows[0].choice_temperature == 2.40f && rows[0].cfg_scale == 0.0f);
    assert_true(rows[5].masked == 0.407f && rows[5].cfg_scale == 1.19f);
    assert_true(rows[7].masked < 0.0f && rows[7].choice_temperature < 0.0f);
    assert_true(rows[7].temperature == 0.71f && rows[7].cfg_scale == 1.23f);
}

static void columns_may_be_few_and_in_any_order(void **state) {
    (void)state;
    um_step_row rows[4];
    size_t count = 0;
    const char *text = "\xEF\xBB\xBF" // as some editors write it
                       "cfg_scale mask_ratio\n1 0.5\n2.5 0\n";
    assert_int_equal(um_step_table_parse(text, rows, 4, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 2);
    assert_true(rows[1].cfg_scale == 2.5f && rows[1].masked == 0.0f);
    assert_true(rows[1].temperature < 0.0f && rows[1].choice_temperature < 0.0f);
}

static void wrong_tables_are_named(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "a line of columns"},
        {"# nothing\n\n", "a line of columns"},
        {"cfg_scale\n", "a line per step"},
        {"0.5\n0.3\n", "line 1: \"0.5\" is no column"},
        {"mask_ratio mask_ratio\n1 1\n", "line 1: the column mask_ratio stands there twice"},
        {"mask_ratio temperature choice_temperature cfg_scale temperature\n1 1 1 1 1\n",
         "line 1: the column temperature stands there twice"},
        {"mask_ratio Temperature\n", "\"Temperature\" is no column"},
        {"cfg_scale\n1\n1 2\n", "line 3: expected 1 value as in the first line, found 2"},
        {"cfg_scale mask_ratio\n1 1\n\n1\n", "line 4: expected 2 values"},
        {"cfg_scale\n1 2 3 4 5 6\n", "found at least 5"},
        {"cfg_scale\n-1\n", "line 2: cfg_scale is \"-1\", expected 0 to 100 or -"},
        {"cfg_scale\n101\n", "expected 0 to 100"},
        {"cfg_scale\n1e3\n", "cfg_scale is \"1e3\""},
        {"cfg_scale\n1,5\n", "cfg_scale is \"1,5\""},
        {"cfg_scale\nnan\n", "cfg_scale is \"nan\""},
        {"temperature\n0\n", "temperature is \"0\", expected 0.0001 to 100 or -"},
        {"mask_ratio\n1.1\n", "mask_ratio is \"1.1\", expected 0 to 1 or -"},
        {"choice_temperature\n1001\n", "expected 0 to 1000"},
        {"cfg_scale\n1\n2\n3\n4\n5\n", "line 6: there is room for 4 steps only"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct check_log capture;
        struct um_log log = check_log_start(&capture);
        um_step_row rows[4];
        size_t count = 77;
        assert_int_equal(um_step_table_parse(cases[i].text, rows, 4, &count, log.fn, log.user),
                         UM_ERROR_ARGUMENT);
        assert_int_equal(count, 77);
        if (!strstr(capture.text, cases[i].says))
            fail_msg("\"%s\" does not say \"%s\"", capture.text, cases[i].says);
    }
    um_step_row row;
    size_t count;
    assert_int_equal(um_step_table_parse(NULL, &row, 1, &count, NULL, NULL), UM_ERROR_ARGUMENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_is_read),
        cmocka_unit_test(columns_may_be_few_and_in_any_order),
        cmocka_unit_test(wrong_tables_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
