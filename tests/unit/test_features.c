/* What UNMASK_DISABLE may say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "backend/features.h"
#include "support/check.h"

static void expect(const char *text, uint32_t expected) {
    struct check_log log;
    const struct um_log sink = check_log_start(&log);
    uint32_t mask = 99;
    assert_int_equal(um_features_parse(text, &mask, &sink), UM_OK);
    assert_int_equal(mask, expected);
    assert_int_equal(log.count, 0);
}

static void test_words(void **state) {
    (void)state;
    expect(NULL, 0);
    expect("", 0);
    expect(" ,, ", 0);
    expect("fp16", UM_FEATURE_FP16);
    expect("int8,subgroup", UM_FEATURE_INT8 | UM_FEATURE_SUBGROUP);
    expect(" coopmat , pipecache\n", UM_FEATURE_COOPMAT | UM_FEATURE_PIPECACHE);
    expect("fp16,fp16", UM_FEATURE_FP16);
}

static void test_each_name(void **state) {
    (void)state;
    for (uint32_t i = 0; i < UM_FEATURE_COUNT; i++)
        expect(um_feature_name(i), UINT32_C(1) << i);
}

static void refuse(const char *text, const char *word) {
    struct check_log log;
    const struct um_log sink = check_log_start(&log);
    uint32_t mask = 99;
    assert_int_equal(um_features_parse(text, &mask, &sink), UM_ERROR_ARGUMENT);
    assert_int_equal(mask, 99);
    assert_int_equal(log.count, 1);
    assert_int_equal(log.level, UM_LOG_ERROR);
    assert_non_null(strstr(log.text, word));
}

static void test_other_words(void **state) {
    (void)state;
    refuse("fp32", "\"fp32\"");
    refuse("fp16,FP16", "\"FP16\"");
    refuse("int8;subgroup", "\"int8;subgroup\"");
    refuse("fp1", "\"fp1\"");
    refuse("fp16 fp160", "\"fp160\"");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_each_name),
        cmocka_unit_test(test_other_words),
    };
    return cmocka_run_group_tests_name("features", tests, NULL, NULL);
}
