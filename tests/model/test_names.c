/* Classes found by the shared cases, and by their own names and symbols in the bundled model. */
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

static struct names names;
static struct um_model_file shared;

static int read_cases(void **state) {
    (void)state;
    if (!names_read(&names, UM_TEST_DATA "/names.tsv"))
        return 1;
    shared.config.class_count = (uint32_t)names.class_count;
    shared.class_names = names.class_names;
    shared.class_symbols = names.class_symbols;
    return 0;
}

static int drop_cases(void **state) {
    (void)state;
    names_free(&names);
    return 0;
}

/* The message where the lookup fails; "" where it succeeds, and *found is written. */
static const char *look_up(const char *text, int32_t *found) {
    static struct check_log capture;
    struct um_log log = check_log_start(&capture);
    um_status status = um_model_file_find_class(&shared, text, found, &log);
    assert_int_equal(status, capture.count ? UM_ERROR_ARGUMENT : UM_OK);
    return capture.text;
}

static void check_row(const struct names_row *row) {
    int32_t found = -7;
    char offered[256];
    const char *said = look_up(row->text, &found);
    size_t expected = names_class(&names, row->expected);
    if (strcmp(row->kind, "find") == 0) {
        if (found != (int32_t)expected)
            fail_msg("\"%s\" is class %d, not \"%s\": %s", row->text, (int)found, row->expected,
                     said);
        return;
    }
    const char *fragment = "found none of the model's";
    if (strcmp(row->kind, "first") == 0)
        fragment = "expected a part of one name, found it in";
    if (strcmp(row->kind, "near") == 0) {
        assert_true(expected < names.class_count);
        snprintf(offered, sizeof offered, "found none; the nearest names are %s", row->expected);
        fragment = offered;
        if (strstr(said, "nearest symbols"))
            snprintf(offered, sizeof offered, "the nearest symbols are %s %s",
                     names.class_symbols[expected], row->expected);
    }
    assert_int_equal(found, -7);
    if (!strstr(said, fragment))
        fail_msg("\"%s\": \"%s\" does not contain \"%s\"", row->text, said, fragment);
}

static void the_shared_cases(void **state) {
    (void)state;
    size_t cases = 0;
    for (size_t i = 0; i < names.row_count; i++) {
        const char *kind = names.rows[i].kind;
        if (strcmp(kind, "class") != 0 && strcmp(kind, "fold") != 0) {
            check_row(&names.rows[i]);
            cases++;
        }
    }
    assert_true(cases >= 60);
}

/* Nothing is left of them to compare. */
static void texts_of_nothing(void **state) {
    (void)state;
    static const char *const texts[] = {"", "  ", "...", "\xf0\x9f\x8f\xbd", "\xcc\x81", "-"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int32_t found = -7;
        assert_non_null(strstr(look_up(texts[i], &found), "found nothing"));
        assert_int_equal(found, -7);
    }
}

/* Hyphens do not count, but a minus before a number does. */
static void negative_numbers(void **state) {
    (void)state;
    static const char *const texts[] = {"-1", " -1", "\342\210\2221", "-0"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        int32_t found = -7;
        assert_non_null(strstr(look_up(texts[i], &found), "expected an index, a name"));
        assert_int_equal(found, -7);
    }
}

/* Where folding makes two names the same, each is still found by its own spelling. */
static void names_that_differ_in_little(void **state) {
    (void)state;
    static const char *class_names[] = {"resume", "r\xc3\xa9sum\xc3\xa9", "re sume", "(7)"};
    static const char *class_symbols[] = {"", "", "", "\xf0\x9f\x8f\xbd"};
    struct um_model_file file = {.class_names = class_names, .class_symbols = class_symbols};
    file.config.class_count = 4;
    for (int32_t i = 0; i < 4; i++) {
        int32_t found = -7;
        assert_int_equal(um_model_file_find_class(&file, class_names[i], &found, NULL), UM_OK);
        assert_int_equal(found, i);
    }
    int32_t found = -7;
    assert_int_equal(um_model_file_find_class(&file, "R\xc3\x89SUME", &found, NULL), UM_OK);
    assert_int_equal(found, 0);
    assert_int_equal(um_model_file_find_class(&file, "RE-SUME", &found, NULL), UM_OK);
    assert_int_equal(found, 2);
    assert_int_equal(um_model_file_find_class(&file, "\xf0\x9f\x8f\xbd", &found, NULL), UM_OK);
    assert_int_equal(found, 3);
}

/* Characters are whole where a long name is cut. */
static void long_names_are_cut_between_characters(void **state) {
    (void)state;
    char name[400] = "", text[400] = "x";
    for (int i = 0; i < 60; i++)
        strcat(strcat(name, "\xe9\xa1\x94"), ""); /* three bytes each */
    strcat(text, name);
    const char *class_names[] = {name}, *class_symbols[] = {""};
    struct um_model_file file = {.class_names = class_names, .class_symbols = class_symbols};
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    int32_t found;
    file.config.class_count = 1;
    assert_int_equal(um_model_file_find_class(&file, text, &found, &log), UM_ERROR_ARGUMENT);
    char out[2048];
    um_fold(capture.text, out, sizeof out);
    assert_non_null(strstr(capture.text, "\xe9\xa1\x94"));
    assert_null(strstr(out, "\xef\xbf\xbd"));
}

static void the_bundled_model(void **state) {
    (void)state;
    struct um_model_file file;
    if (um_model_file_open(&file, UM_ASSETS "/emoji-64.gguf", &reading, NULL) != UM_OK)
        skip();
    for (uint32_t i = 0; i < file.config.class_count; i++) {
        const char *const texts[] = {file.class_names[i], file.class_symbols[i]};
        for (size_t k = 0; k < 2; k++) {
            char folded[512];
            int32_t found = -7;
            um_fold(texts[k], folded, sizeof folded);
            if (um_model_file_find_class(&file, folded, &found, NULL) != UM_OK ||
                found != (int32_t)i)
                fail_msg("class %u: \"%s\" is class %d", (unsigned)i, texts[k], (int)found);
        }
    }
    um_model_file_close(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_cases),
        cmocka_unit_test(texts_of_nothing),
        cmocka_unit_test(negative_numbers),
        cmocka_unit_test(names_that_differ_in_little),
        cmocka_unit_test(long_names_are_cut_between_characters),
        cmocka_unit_test(the_bundled_model),
    };
    return cmocka_run_group_tests(tests, read_cases, drop_cases);
}
