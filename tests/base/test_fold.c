/* um_fold(): the shared cases, and what must hold for every text. */
#include "base/utf8.h"
#include "support/names.h"
#include "support/rand.h"
#include "unmask/unmask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 512 };

static void the_shared_cases(void **state) {
    (void)state;
    static struct names names;
    size_t cases = 0;
    assert_true(names_read(&names, UM_TEST_DATA "/names.tsv"));
    for (size_t i = 0; i < names.row_count; i++) {
        const struct names_row *row = &names.rows[i];
        char out[ROOM];
        if (strcmp(row->kind, "fold") != 0)
            continue;
        assert_int_equal(um_fold(row->text, out, sizeof out), strlen(row->expected));
        if (strcmp(out, row->expected) != 0)
            fail_msg("\"%s\" becomes \"%s\", not \"%s\"", row->text, out, row->expected);
        cases++;
    }
    assert_true(cases >= 60);
    names_free(&names);
}

static void check_text(const char *text) {
    char once[ROOM], twice[ROOM];
    size_t length = um_fold(text, once, sizeof once);
    assert_true(length < sizeof once && length <= 3 * strlen(text));
    assert_int_equal(strlen(once), length);
    assert_int_equal(um_fold(once, twice, sizeof twice), length);
    assert_string_equal(once, twice);
}

/* Alone, between letters, and with a joiner between emoji. */
static void every_character_is_stable(void **state) {
    (void)state;
    for (uint32_t code = 1; code <= 0x10ffff; code++) {
        if (code >= 0xd800 && code <= 0xdfff)
            continue;
        char bytes[5] = {0}, text[64];
        um_utf8_write(code, bytes);
        check_text(bytes);
        if (code > 0x3100 && code % 16 && (code < 0x1d000 || code > 0x1ffff))
            continue; /* time */
        snprintf(text, sizeof text, "A%s\xcc\x81%s \xf0\x9f\x91\xa9\xe2\x80\x8d%s\xe2\x80\x8dz",
                 bytes, bytes, bytes);
        check_text(text);
    }
}

static void bytes_that_are_no_text(void **state) {
    (void)state;
    char out[ROOM];
    assert_int_equal(um_fold("a\xff"
                             "b",
                             out, sizeof out),
                     5);
    assert_string_equal(out, "a\xef\xbf\xbd"
                             "b");
    um_fold("\xc3", out, sizeof out);
    assert_string_equal(out, "\xef\xbf\xbd");
    struct test_rand random = {1};
    for (int i = 0; i < 20000; i++) {
        char text[40];
        size_t length = test_rand_below(&random, sizeof text);
        for (size_t k = 0; k < length; k++)
            text[k] = (char)(1 + test_rand_below(&random, 255));
        text[length] = '\0';
        check_text(text);
    }
}

/* As snprintf(): the whole length, whole characters, a NUL. */
static void a_short_buffer(void **state) {
    (void)state;
    static const char text[] = "A \xe2\x9d\xa4 B"; /* a heart of three bytes */
    static const size_t written[] = {0, 0, 1, 2, 2, 2, 5, 6, 7, 7};
    assert_int_equal(um_fold(text, NULL, 0), 7);
    for (size_t room = 1; room < sizeof written / sizeof *written; room++) {
        char out[16];
        memset(out, 'x', sizeof out);
        assert_int_equal(um_fold(text, out, room), 7);
        assert_int_equal(strlen(out), written[room]);
        assert_memory_equal(out, "a \xe2\x9d\xa4 b", written[room]);
        assert_int_equal(out[room], 'x');
    }
}

static void characters_are_never_cut(void **state) {
    (void)state;
    static const char text[] = "a\xe2\x9d\xa4\xc3\xa9";
    static const size_t kept[] = {0, 1, 1, 1, 4, 4, 6, 6, 6};
    for (size_t most = 0; most < sizeof kept / sizeof *kept; most++)
        assert_int_equal(um_utf8_fit(text, (int)most), kept[most]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shared_cases),         cmocka_unit_test(every_character_is_stable),
        cmocka_unit_test(bytes_that_are_no_text),   cmocka_unit_test(a_short_buffer),
        cmocka_unit_test(characters_are_never_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
