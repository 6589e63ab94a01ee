/* Type-ahead over class names, and UTF-8. */
#include "support/names.h"
#include "viewer/search.h"
#include "viewer/ui/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"face with tears of joy", "cat",          "cat face", "bobcat",
                                    "grinning cat",           "Fleur-de-lis", "naïve 顔"};
static const char *const symbols[] = {"😂", "🐈", "🐱", "", "😺", "⚜", "顔"};
enum { COUNT = 7 };

/* While typing, the class that a lookup finds comes first. */
static void the_shared_cases(void **state) {
    (void)state;
    static struct names cases;
    size_t checked = 0;
    assert_true(names_read(&cases, UM_TEST_DATA "/names.tsv"));
    for (size_t i = 0; i < cases.row_count; i++) {
        const struct names_row *row = &cases.rows[i];
        bool some = strcmp(row->kind, "find") == 0 || strcmp(row->kind, "first") == 0;
        bool none = strcmp(row->kind, "near") == 0 || strcmp(row->kind, "none") == 0;
        int32_t found = -1;
        if (!some && !none) {
            continue;
        }
        size_t count = search_classes(row->text, cases.class_names, cases.class_symbols,
                                      cases.class_count, &found, 1);
        if (count != some || (some && found != (int32_t)names_class(&cases, row->expected))) {
            fail_msg("\"%s\": %zu found, the first is %d", row->text, count, (int)found);
        }
        checked++;
    }
    assert_true(checked >= 60);
    names_free(&cases);
}

static size_t find(const char *query, int32_t *found) {
    return search_classes(query, names, symbols, COUNT, found, COUNT);
}

static void best_first(void **state) {
    (void)state;
    int32_t found[COUNT];
    assert_int_equal(find("CAT", found), 4);
    assert_int_equal(found[0], 1); /* the name itself */
    assert_int_equal(found[1], 2); /* a beginning */
    assert_int_equal(found[2], 4); /* a word */
    assert_int_equal(found[3], 3); /* a part */
}

static void symbols_and_other_scripts(void **state) {
    (void)state;
    int32_t found[COUNT];
    assert_int_equal(find("🐱", found), 1);
    assert_int_equal(found[0], 2);
    assert_int_equal(find("顔", found), 1);
    assert_int_equal(found[0], 6);
    assert_int_equal(find("NAÏVE", found), 1);
    assert_int_equal(find("nai", found), 1);
}

static void words_in_any_order(void **state) {
    (void)state;
    int32_t found[COUNT];
    assert_int_equal(find("joy  tears ", found), 1);
    assert_int_equal(found[0], 0);
    assert_int_equal(find("joy nothing", found), 0);
    assert_int_equal(find("lis", found), 1);
}

static void an_index(void **state) {
    (void)state;
    int32_t found[COUNT];
    assert_int_equal(find("3", found), 1);
    assert_int_equal(found[0], 3);
    assert_int_equal(find("7", found), 0);
}

static void an_empty_query_lists_all(void **state) {
    (void)state;
    int32_t found[COUNT];
    assert_int_equal(find("", found), COUNT);
    assert_int_equal(find("   ", found), COUNT);
    for (int32_t i = 0; i < COUNT; i++) {
        assert_int_equal(found[i], i);
    }
    assert_int_equal(search_classes("", names, symbols, COUNT, found, 2), 2);
}

static void letters_and_malformed_bytes(void **state) {
    (void)state;
    uint32_t letter;
    assert_int_equal(utf8_read("A", &letter), 1);
    assert_int_equal(utf8_read("é", &letter), 2);
    assert_int_equal(letter, 0xe9);
    assert_int_equal(utf8_read("😂", &letter), 4);
    assert_int_equal(letter, 0x1f602);
    const char *const bad[] = {
        "\x80", "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xe2\x28\xa1", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(utf8_read(bad[i], &letter), 0);
    }
    assert_int_equal(utf8_before("a😂b", 5), 1);
    assert_int_equal(utf8_after("a😂b", 1), 5);
    assert_int_equal(utf8_before("a", 0), 0);
    assert_int_equal(utf8_after("a", 1), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_cases),
        cmocka_unit_test(best_first),
        cmocka_unit_test(an_index),
        cmocka_unit_test(symbols_and_other_scripts),
        cmocka_unit_test(words_in_any_order),
        cmocka_unit_test(an_empty_query_lists_all),
        cmocka_unit_test(letters_and_malformed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
