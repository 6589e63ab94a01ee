/* Allocation limits, blocks of arrays, message formatting and positional reads. */
#define _POSIX_C_SOURCE 200809L
#include "base/block.h"
#include "base/file.h"
#include "base/mem.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#if UM_BLOCK_GUARD
#include <sanitizer/asan_interface.h>
#endif

static void test_alloc(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 63, 64, 65, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *memory = um_alloc(sizes[i], 1);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % UM_ALIGNMENT, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(memory[k], 0);
        um_free(memory);
    }
    um_free(NULL);
}

static void test_alloc_overflow(void **state) {
    (void)state;
    assert_null(um_alloc(SIZE_MAX, 2));
    assert_null(um_alloc(SIZE_MAX / 2 + 1, 2)); /* the product is 0 */
    assert_null(um_alloc(SIZE_MAX, 1));         /* rounding up to the alignment is 0 */
    assert_null(um_alloc(SIZE_MAX - UM_ALIGNMENT + 1, 1));
}

static void test_block(void **state) {
    (void)state;
    static const size_t counts[] = {3, 0, 64, 1};
    struct um_block block = {0};
    unsigned char *arrays[4];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 4; i++)
            arrays[i] = um_block_take(&block, counts[i], 5);
        assert_int_equal(block.used, 64 + 0 + 320 + 64 + 4 * UM_BLOCK_GUARD);
        assert_int_equal(arrays[0] != NULL, round == 1);
        assert_true(round == 1 || um_block_allocate(&block));
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal((uintptr_t)arrays[i] % UM_ALIGNMENT, 0);
        for (size_t k = 0; k < counts[i] * 5; k++) {
            assert_int_equal(arrays[i][k], 0);
            arrays[i][k] = (unsigned char)(i + 1);
        }
    }
    for (int i = 0; i < 4; i++) // no array lies in another's
        for (size_t k = 0; k < counts[i] * 5; k++)
            assert_int_equal(arrays[i][k], i + 1);
#if UM_BLOCK_GUARD
    for (int i = 0; i < 4; i++) // an overrun is seen
        assert_true(__asan_address_is_poisoned(arrays[i] + counts[i] * 5));
#endif
    um_free(block.memory);
}

static void test_block_overflow(void **state) {
    (void)state;
    static const size_t wrong[][2] = {{SIZE_MAX, 2}, {SIZE_MAX, 1}, {SIZE_MAX - 127, 1}};
    for (int i = 0; i < 3; i++) {
        struct um_block block = {0};
        um_block_take(&block, 1, 1);
        um_block_take(&block, 1, 1);
        assert_null(um_block_take(&block, wrong[i][0], wrong[i][1]));
        assert_true(block.too_large);
        assert_false(um_block_allocate(&block));
    }
}

static void test_checked_arithmetic(void **state) {
    (void)state;
    uint64_t out = 5;
    assert_true(um_mul_u64(UINT32_MAX, UINT32_MAX, &out));
    assert_true(out == UINT64_C(0xfffffffe00000001));
    assert_true(um_add_u64(UINT64_MAX, 0, &out));
    assert_true(out == UINT64_MAX);
    out = 5;
    assert_false(um_mul_u64((uint64_t)1 << 32, (uint64_t)1 << 32, &out));
    assert_false(um_add_u64(UINT64_MAX, 1, &out));
    assert_true(out == 5);
}

static void test_strdup(void **state) {
    (void)state;
    char *copy = um_strdup("text");
    assert_string_equal(copy, "text");
    um_free(copy);
}

static void test_log(void **state) {
    (void)state;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    char longer[3000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(um_fail(&log, UM_ERROR_IO, "%s: %d", "a", 7), UM_ERROR_IO);
    assert_string_equal(capture.text, "a: 7");
    assert_int_equal(capture.level, UM_LOG_ERROR);
    um_log_write(&log, UM_LOG_INFO, "%s", longer);
    assert_int_equal(strlen(capture.text), 1023);
    assert_int_equal(capture.level, UM_LOG_INFO);
    assert_int_equal(capture.count, 2);
    assert_int_equal(um_fail(NULL, UM_ERROR, "nobody listens"), UM_ERROR);
    assert_int_equal(um_fail(&(struct um_log){0}, UM_ERROR, "nobody listens"), UM_ERROR);
}

static void test_file(void **state) {
    (void)state;
    char path[] = "/tmp/unmask-test-XXXXXX", out[8] = "";
    struct um_file file;
    struct um_file_error error;
    uint64_t size;
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_int_equal(write(handle, "0123456789", 10), 10);
    close(handle);
    assert_true(um_file_open(&file, path, &error));
    assert_true(um_file_size(&file, &size));
    assert_true(size == 10);
    assert_true(um_file_read(&file, 7, out, 3));
    assert_memory_equal(out, "789", 3);
    assert_true(um_file_read(&file, 0, out, 2));
    assert_memory_equal(out, "01", 2);
    assert_true(um_file_read(&file, 10, out, 0));
    assert_false(um_file_read(&file, 7, out, 4));
    assert_false(um_file_read(&file, UINT64_MAX, out, 4));
    assert_false(um_file_read(&file, (uint64_t)1 << 63, out, 4));
    um_file_close(&file);
    um_file_close(&file);
    unlink(path);
    assert_false(um_file_open(&file, path, &error));
    assert_true(error.missing);
    assert_string_equal(error.reason, "no such file");
    um_file_close(&file);
}

static void expect_unopened(const char *path, bool missing, const char *reason) {
    struct um_file file;
    struct um_file_error error;
    assert_false(um_file_open(&file, path, &error));
    assert_int_equal(error.missing, missing);
    assert_string_equal(error.reason, reason);
}

static void test_unopened(void **state) {
    (void)state;
    char name[300];
    memset(name, 'n', sizeof name);
    name[0] = '/';
    name[sizeof name - 1] = '\0';
    expect_unopened("/tmp/unmask-test-missing/x", true, "no such file");
    expect_unopened("/tmp", true, "not a regular file");
    expect_unopened(name, false, "the name is too long");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc),
        cmocka_unit_test(test_alloc_overflow),
        cmocka_unit_test(test_block),
        cmocka_unit_test(test_block_overflow),
        cmocka_unit_test(test_checked_arithmetic),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_strdup),
        cmocka_unit_test(test_unopened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
