/* Every op on every Vulkan device that is listed, against the reference. UM_TEST_VALIDATION=1 turns
 * the validation layers on. Exit code 77 if there is no device. With --bench: its speed. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "ops/op_run.h"

enum { MAX_DEVICES = 16 };

static const struct um_backend_fns *backend;
static um_device_info devices[MAX_DEVICES];
static size_t device_count;

static void print_errors(void *user, um_log_level level, const char *text) {
    unsigned *errors = user;
    if (level > UM_LOG_WARN)
        return;
    *errors += level == UM_LOG_ERROR;
    print_message("%s\n", text);
}

static void on_each_device(void (*work)(void *device, const um_device_info *info)) {
    const char *validation = getenv("UM_TEST_VALIDATION");
    for (size_t i = 0; i < device_count; i++) {
        unsigned errors = 0;
        const struct um_device_options options = {.index = (uint32_t)i,
                                                  .validation = validation && *validation == '1',
                                                  .log = {.fn = print_errors, .user = &errors}};
        void *device;
        assert_int_equal(backend->device_open(&device, &options), UM_OK);
        work(device, &devices[i]);
        backend->device_close(&device);
        assert_int_equal(errors, 0);
    }
}

static void check_device(void *device, const um_device_info *info) {
    print_message("%s (%s)\n", info->name, info->driver);
    op_check_all(backend, device);
}

static void bench_device(void *device, const um_device_info *info) {
    op_bench(backend, device, info->name);
}

static void ops_are_right(void **state) {
    (void)state;
    on_each_device(check_device);
}

static size_t find_devices(void) {
    for (uint32_t i = 0; i < um_backend_count; i++)
        if (strcmp(um_backends[i]->name, "vulkan") == 0)
            backend = um_backends[i];
    if (!backend || backend->list(devices, MAX_DEVICES, &device_count, NULL) != UM_OK)
        return 0;
    return device_count = device_count < MAX_DEVICES ? device_count : MAX_DEVICES;
}

int main(int argc, char **argv) {
    if (!find_devices()) {
        printf("skip: no Vulkan device\n");
        return 77;
    }
    if (argc > 1 && strcmp(argv[1], "--bench") == 0) {
        on_each_device(bench_device);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(ops_are_right)};
    return cmocka_run_group_tests_name("ops on Vulkan", tests, NULL, NULL);
}
