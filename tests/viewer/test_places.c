/* Addresses, names, and the folder for pictures. */
#include "viewer/places.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void addresses_become_paths(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"file:///u/a%20b/c.png", "/u/a b/c.png"},
        {"file://localhost/x.png", "/x.png"},
        {"file:/x.png", "/x.png"},
        {"file:///100%25/%C3%BC.png", "/100%/\xc3\xbc.png"},
        {"file:///a%2", "/a%2"},
        {"file:///a%zz%4", "/a%zz%4"},
        {"file:///a%00b", "/a%00b"},
        {"file://host", ""},
        {"/plain/100%25.png", "/plain/100%25.png"},
        {"files/x.png", "files/x.png"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = path_of_uri(cases[i][0]);
        assert_non_null(path);
        assert_string_equal(path, cases[i][1]);
        free(path);
    }
}

static void names_lose_folder_and_ending(void **state) {
    (void)state;
    static const char *const cases[][2] = {{"/x/a b.jpeg", "a b"},
                                           {"photo.tar.gz", "photo.tar"},
                                           {".hidden", ".hidden"},
                                           {"/x.y/plain", "plain"},
                                           {"/x/", ""}};
    char stem[8];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char full[64];
        path_stem(full, sizeof full, cases[i][0]);
        assert_string_equal(full, cases[i][1]);
    }
    path_stem(stem, sizeof stem, "abcde\xc3\xbc\xc3\xbc.png"); // cut between letters
    assert_string_equal(stem, "abcde\xc3\xbc");
}

static void what_a_sandbox_was_given(void **state) {
    (void)state;
    assert_true(path_is_document("/run/user/1000/doc/1a2b/my name"));
    assert_true(path_is_document("/run/flatpak/doc/1a2b/my name"));
    assert_false(path_is_document("/run/user/1000/other/doc/x"));
    assert_false(path_is_document("/run/user/doc"));
    assert_false(path_is_document("/run/user"));
    assert_false(path_is_document("/srv/run/flatpak/doc/1a2b/x"));
    assert_false(path_is_document(""));
}

static void the_desktop_says_where_pictures_are(void **state) {
    (void)state;
    char folder[40] = "before";
    static const char text[] = "# comment\nXDG_MUSIC_DIR=\"$HOME/Musik\"\n"
                               "  XDG_PICTURES_DIR=\"$HOME/Meine Bilder\"\n";
    assert_true(pictures_in_user_dirs(folder, sizeof folder, text, "/u/x"));
    assert_string_equal(folder, "/u/x/Meine Bilder");
    assert_true(pictures_in_user_dirs(folder, sizeof folder, "XDG_PICTURES_DIR=\"/srv/p\"", "/h"));
    assert_string_equal(folder, "/srv/p");
    static const char *const nothing[] = {"", "XDG_PICTURES_DIR=", "XDG_PICTURES_DIR=\"relative\"",
                                          "XDG_PICTURES_DIR=\"/open", "#XDG_PICTURES_DIR=\"/x\""};
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        assert_false(pictures_in_user_dirs(folder, sizeof folder, nothing[i], "/h"));
    assert_string_equal(folder, "/srv/p");
    assert_false(pictures_in_user_dirs(folder, 4, "XDG_PICTURES_DIR=\"$HOME/abc\"", "/h"));
}

static void paths_become_absolute(void **state) {
    (void)state;
    char path[4200] = "/x", small[4] = "abc";
    assert_true(path_make_absolute(path, sizeof path));
    assert_string_equal(path, "/x");
    strcpy(path, "a/b");
    assert_true(path_make_absolute(path, sizeof path));
    assert_true(path[0] == '/' && strcmp(path + strlen(path) - 4, "/a/b") == 0);
    strcpy(path, ".");
    assert_true(path_make_absolute(path, sizeof path));
    assert_true(path[0] == '/' && path[strlen(path) - 1] != '.');
    assert_false(path_make_absolute(small, sizeof small));
    assert_string_equal(small, "abc");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_become_paths),
        cmocka_unit_test(names_lose_folder_and_ending),
        cmocka_unit_test(what_a_sandbox_was_given),
        cmocka_unit_test(the_desktop_says_where_pictures_are),
        cmocka_unit_test(paths_become_absolute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
