/* The Vulkan backend as a device: what it lists, that it repeats itself to the byte, that it can be
 * cancelled, that running out of memory is an error and not the end. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "support/compare.h"
#include "vulkan/rig.h"

enum { ROWS = 130, PAIRS = 3 };

static void test_list_describes_devices(void **state) {
    (void)state;
    um_device_info list[8];
    size_t count = 0;
    assert_int_equal(um_backend_vulkan.list(list, 8, &count, NULL), UM_OK);
    for (size_t i = 0; i < count && i < 8; i++) {
        assert_true(strlen(list[i].name) > 0);
        assert_true(strlen(list[i].driver) > 0);
        assert_string_equal(list[i].backend, "vulkan");
        assert_int_equal(strlen(list[i].uuid), 32);
        assert_int_equal(strspn(list[i].uuid, "0123456789abcdef"), 32);
        assert_true(list[i].kind >= UM_DEVICE_DISCRETE && list[i].kind <= UM_DEVICE_SOFTWARE);
        assert_true(list[i].api_version >= VK_API_VERSION_1_1);
        assert_true(list[i].memory_bytes > 0);
    }
    size_t again = 0;
    assert_int_equal(um_backend_vulkan.list(NULL, 0, &again, NULL), UM_OK);
    assert_int_equal(again, count);
}

static void test_device_that_does_not_exist(void **state) {
    (void)state;
    struct check_log log;
    const struct um_device_options options = {.index = 1000, .log = check_log_start(&log)};
    void *device = &log;
    assert_int_equal(um_backend_vulkan.device_open(&device, &options), UM_ERROR_NO_DEVICE);
    assert_null(device);
    assert_non_null(strstr(log.text, "1000"));
}

static void test_identical_bytes(void **state) {
    (void)state;
    float first[ROWS * RIG_DIM], second[ROWS * RIG_DIM];
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, first, NULL), UM_OK);
    assert_int_equal(rig_run(&rig, second, NULL), UM_OK);
    assert_memory_equal(first, second, sizeof first);
    rig_close(&rig);

    memset(second, 0, sizeof second);
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, second, NULL), UM_OK);
    assert_memory_equal(first, second, sizeof first);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

/* The shapes for GPUs and for software devices add in different orders, so their results differ in
 * the last bits only: 64 products per sum and three layers leave NMSE below 1e-11. */
static void test_both_shapes_agree(void **state) {
    (void)state;
    float software[ROWS * RIG_DIM], gpu[ROWS * RIG_DIM];
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    rig.device->direct = true;
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, software, NULL), UM_OK);
    rig.device->direct = false;
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, gpu, NULL), UM_OK);
    assert_true(compare_nmse(gpu, software, ROWS * RIG_DIM) < 1e-11);
    rig_close(&rig);
}

/* Matrix units are measured, and their result checked, where the driver has them; where not, or
 * where they are switched off, there is a reason. */
static void test_matrix_limit(void **state) {
    (void)state;
    struct rig rig;
    double work = 0, seconds = 0;
    assert_int_equal(rig_open(&rig), UM_OK);
    if (rig.device->features.offered & UM_VK_COOPMAT) {
        assert_int_equal(um_vk_measure(rig.device, UM_LIMIT_MATRIX, &work, &seconds), UM_OK);
        assert_true(work > 0 && seconds > 0 && seconds < 60);
        print_message("matrix units: %.1f GFLOP/s\n", 1e-9 * work / seconds);
        assert_int_equal(rig.log.count, 0);
        rig.device->features.used &= ~(uint32_t)UM_VK_COOPMAT;
    }
    assert_int_equal(um_vk_measure(rig.device, UM_LIMIT_MATRIX, &work, &seconds),
                     UM_ERROR_NO_DEVICE);
    assert_non_null(strstr(rig.log.text, "matrix units"));
    rig_close(&rig);
}

static void *cancel_soon(void *flag) {
    const struct timespec pause = {.tv_nsec = 200 * 1000 * 1000};
    nanosleep(&pause, NULL);
    *(volatile int *)flag = 1;
    return NULL;
}

/* Far more work than fits in the time until the flag rises: 100 GFLOP and more. */
static void test_cancel(void **state) {
    (void)state;
    enum { MANY_ROWS = 16384, MANY_PAIRS = 800 };
    float *out = malloc(sizeof *out * MANY_ROWS * RIG_DIM);
    assert_non_null(out);
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, MANY_ROWS, MANY_PAIRS), UM_OK);
    volatile int cancel = 1;
    assert_int_equal(rig_run(&rig, out, &cancel), UM_CANCELLED);
    cancel = 0;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, (void *)&cancel), 0);
    assert_int_equal(rig_run(&rig, out, &cancel), UM_CANCELLED);
    pthread_join(thread, NULL);

    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, out, NULL), UM_OK);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
    free(out);
}

static void test_too_large_for_the_device(void **state) {
    (void)state;
    float out[ROWS * RIG_DIM];
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, UINT32_MAX / RIG_DIM, 1), UM_ERROR_MEMORY);
    assert_null(rig.program);
    assert_int_equal(rig.log.level, UM_LOG_ERROR);
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    assert_int_equal(rig_run(&rig, out, NULL), UM_OK);
    rig_close(&rig);
}

int main(void) {
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_describes_devices),
        cmocka_unit_test(test_device_that_does_not_exist),
        cmocka_unit_test(test_identical_bytes),
        cmocka_unit_test(test_both_shapes_agree),
        cmocka_unit_test(test_matrix_limit),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_too_large_for_the_device),
    };
    return cmocka_run_group_tests_name("vulkan device", tests, NULL, NULL);
}
