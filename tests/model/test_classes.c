/* Finding a class by index, name, symbol or part, and the advice when that fails. */
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEART    "\xe2\x9d\xa4"
#define SELECTOR "\xef\xb8\x8f" /* U+FE0F */

static const char *names[] = {"grinning face", "cat face",  "cat", "red heart",
                              "smiling face",  "Face Palm", "3",   "a\x1b[31mb"};
static const char *symbols[] = {
    "\xf0\x9f\x98\x80", "\xf0\x9f\x90\xb1", "\xf0\x9f\x90\x88", HEART SELECTOR, "", "", "", ""};

static struct um_model_file model(void) {
    struct um_model_file file = {0};
    file.config.class_count = sizeof names / sizeof *names;
    file.class_names = names;
    file.class_symbols = symbols;
    return file;
}

static void expect_class(const char *text, int32_t expected) {
    struct um_model_file file = model();
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    int32_t found = -7;
    if (um_model_file_find_class(&file, text, &found, &log) != UM_OK || found != expected)
        fail_msg("\"%s\" is class %d, not %d: %s", text, (int)found, (int)expected, capture.text);
    assert_int_equal(capture.count, 0);
}

static void expect_none(const char *text, const char *fragment) {
    struct um_model_file file = model();
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    int32_t found = -7;
    assert_int_equal(um_model_file_find_class(&file, text, &found, &log), UM_ERROR_ARGUMENT);
    assert_int_equal(found, -7);
    assert_int_equal(capture.count, 1);
    if (!strstr(capture.text, fragment))
        fail_msg("\"%s\" does not contain \"%s\"", capture.text, fragment);
}

static void test_index(void **state) {
    (void)state;
    expect_class("0", 0);
    expect_class("007", 7);
    expect_class("3", 3); /* an index before a name */
    expect_none("8", "expected an index of 0 to 7");
    expect_none("4294967296", "0 to 7");
    expect_none("99999999999999999999999999", "0 to 7");
    expect_none("-1", "expected an index, a name, a symbol or a part");
}

static void test_name(void **state) {
    (void)state;
    expect_class("grinning face", 0);
    expect_class("CAT", 2); /* exact, though "cat face" has it as a part */
    expect_class("cat FACE", 1);
    expect_class("face palm", 5);
}

static void test_symbol(void **state) {
    (void)state;
    expect_class("\xf0\x9f\x90\xb1", 1);
    expect_class(HEART SELECTOR, 3);
    expect_class(HEART, 3);
    expect_class("\xf0\x9f\x98\x80" SELECTOR, 0);
}

static void test_part(void **state) {
    (void)state;
    expect_class("grin", 0);
    expect_class("HEART", 3);
    expect_class("palm", 5);
    expect_none("g f", "found it in 2: smiling face, grinning face");
    expect_class("ling f", 4);
}

static void test_ambiguous(void **state) {
    (void)state;
    expect_none("face", "found it in 4: cat face, Face Palm, smiling face, grinning face");
    expect_none("ing face", "found it in 2: smiling face, grinning face");
}

static void test_nearest(void **state) {
    (void)state;
    expect_none("grining", "the nearest names are grinning face");
    expect_none("hart", "the nearest names are red heart");
    expect_none("smilling face", "the nearest names are smiling face");
    expect_none("", "found nothing");
}

/* A model's names are foreign text: no escape sequence may reach the terminal. */
static void test_control_characters(void **state) {
    (void)state;
    expect_none("[31mc", "nearest names are a?[31mb");
}

/* Nothing of the model's script in common: no advice is better than six wrong ones. */
static void test_nothing_near(void **state) {
    (void)state;
    expect_none("\xf0\x9f\xa6\x84", "found none of the model's 8 classes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_index),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_symbol),
        cmocka_unit_test(test_part),
        cmocka_unit_test(test_ambiguous),
        cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_control_characters),
        cmocka_unit_test(test_nothing_near),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
