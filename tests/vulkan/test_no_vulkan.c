/* Machines without a usable Vulkan: nothing is listed, nothing fails, the CPU works. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "support/check.h"

extern const struct um_backend_fns um_backend_vulkan;

static void use_driver_file(const char *path) {
    assert_int_equal(setenv("VK_ICD_FILENAMES", path, 1), 0);
    assert_int_equal(setenv("VK_DRIVER_FILES", path, 1), 0);
}

static void expect_only_the_cpu(void) {
    struct check_log log;
    const struct um_log sink = check_log_start(&log);
    um_device_info list[4];
    size_t count = 99;
    assert_int_equal(um_backend_vulkan.list(list, 4, &count, &sink), UM_OK);
    assert_int_equal(count, 0);
    assert_true(log.count == 0 || log.level >= UM_LOG_INFO);

    const struct um_device_options options = {.log = sink};
    void *device = &log;
    assert_int_equal(um_backend_vulkan.device_open(&device, &options), UM_ERROR_NO_DEVICE);
    assert_null(device);

    um_context *context = NULL;
    assert_int_equal(um_context_create(&context, NULL), UM_OK);
    assert_int_equal(um_context_device(context)->kind, UM_DEVICE_CPU_BACKEND);
    um_context_destroy(&context);
    const um_context_params params = {.device = "vulkan", .log = sink.fn, .log_user = sink.user};
    assert_int_equal(um_context_create(&context, &params), UM_ERROR_NO_DEVICE);
    assert_null(context);
    assert_int_equal(log.level, UM_LOG_ERROR);
}

static void test_no_driver(void **state) {
    (void)state;
    use_driver_file("/nonexistent/icd.json");
    expect_only_the_cpu();
}

static void test_driver_file_is_garbage(void **state) {
    (void)state;
    const char *path = "garbage_icd.json";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"ICD\": {\"library_path\": 7}", file);
    fclose(file);
    use_driver_file(path);
    expect_only_the_cpu();
    remove(path);
}

static void test_driver_library_is_missing(void **state) {
    (void)state;
    const char *path = "missing_icd.json";
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \"./missing.so\", "
          "\"api_version\": \"1.1.0\"}}",
          file);
    fclose(file);
    use_driver_file(path);
    expect_only_the_cpu();
    remove(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_driver),
        cmocka_unit_test(test_driver_file_is_garbage),
        cmocka_unit_test(test_driver_library_is_missing),
    };
    return cmocka_run_group_tests_name("no Vulkan", tests, NULL, NULL);
}
