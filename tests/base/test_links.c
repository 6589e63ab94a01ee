/* Names that only POSIX has: links, and paths through what is no folder. */
#define _DEFAULT_SOURCE
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void expect_unopened(const char *path, bool missing, const char *reason) {
    struct um_file file;
    struct um_file_error error;
    assert_false(um_file_open(&file, path, &error));
    assert_int_equal(error.missing, missing);
    assert_string_equal(error.reason, reason);
}

static void test_links(void **state) {
    (void)state;
    char path[] = "/tmp/unmask-test-XXXXXX";
    expect_unopened("/dev/null/x", true, "no such file");
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    close(handle);
    unlink(path);
    assert_int_equal(symlink(path, path), 0);
    expect_unopened(path, false, "too many symbolic links");
    unlink(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_links)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
