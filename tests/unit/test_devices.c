/* Order, duplicates and choice of devices, over backends that exist only here: this file's table
 * takes the place of backend/registry.c. */
#include "backend/backend.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static um_device_info cpu_devices[1] = {
    {.name = "Test CPU", .backend = "cpu", .kind = UM_DEVICE_CPU_BACKEND}};
static um_device_info gpu_devices[80];
static size_t gpu_count;
static um_status gpu_status;
static unsigned gpu_lists; /* how often the second backend was asked */

static um_status list(um_device_info *out, size_t capacity, size_t *count,
                      const um_device_info *from, size_t available) {
    for (size_t i = 0; i < available && i < capacity; i++)
        out[i] = from[i];
    *count = available;
    return UM_OK;
}

static um_status list_cpu(um_device_info *out, size_t capacity, size_t *count,
                          const struct um_log *log) {
    (void)log;
    return list(out, capacity, count, cpu_devices, 1);
}

static um_status list_gpu(um_device_info *out, size_t capacity, size_t *count,
                          const struct um_log *log) {
    (void)log;
    gpu_lists++;
    if (gpu_status != UM_OK)
        return gpu_status;
    return list(out, capacity, count, gpu_devices, gpu_count);
}

static const struct um_backend_fns cpu = {.name = "cpu", .list = list_cpu};
static const struct um_backend_fns gpu = {.name = "vulkan", .list = list_gpu};
const struct um_backend_fns *const um_backends[] = {&gpu, &cpu};
const uint32_t um_backend_count = 2;

static void add(const char *name, um_device_kind kind, const char *uuid) {
    um_device_info *info = &gpu_devices[gpu_count++];
    *info = (um_device_info){.kind = kind, .backend = "vulkan"};
    snprintf(info->name, sizeof info->name, "%s", name);
    snprintf(info->uuid, sizeof info->uuid, "%s", uuid);
}

#define UUID_A "00112233445566778899aabbccddeeff"
#define UUID_B "12345678901234567890123456789012"

static int no_gpus(void **state) {
    (void)state;
    gpu_count = 0;
    gpu_status = UM_OK;
    return 0;
}

static int mixed_gpus(void **state) {
    no_gpus(state);
    add("llvmpipe (LLVM 15)", UM_DEVICE_SOFTWARE, "");
    add("Virtio Alpha", UM_DEVICE_VIRTUAL, "");
    add("Alpha Graphics 770", UM_DEVICE_INTEGRATED, UUID_B);
    add("Beta RTX 3090", UM_DEVICE_DISCRETE, UUID_A);
    add("Beta RTX 3090", UM_DEVICE_DISCRETE, "ffeeddccbbaa99887766554433221100");
    return 0;
}

static void gpus_come_first_and_software_last(void **state) {
    (void)state;
    static const char *const expected[] = {"Beta RTX 3090", "Beta RTX 3090", "Alpha Graphics 770",
                                           "Virtio Alpha",  "Test CPU",      "llvmpipe (LLVM 15)"};
    um_device_info infos[8];
    size_t count = 0;
    assert_int_equal(um_devices(infos, 8, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(infos[i].name, expected[i]);
    assert_string_equal(infos[0].uuid, UUID_A); // equal kinds keep the driver's order
    struct um_device_slot slots[8];
    assert_int_equal(um_device_slots(slots, 8, &count, NULL), UM_OK);
    assert_int_equal(slots[0].index, 3);
    assert_ptr_equal(slots[0].backend, &gpu);
    assert_ptr_equal(slots[4].backend, &cpu);
    assert_int_equal(slots[5].index, 0);
}

static void gpu_is_a_real_one(void **state) {
    (void)state;
    struct um_device_slot slot;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    assert_int_equal(um_device_pick("GPU", &slot, &log), UM_OK);
    assert_string_equal(slot.info.name, "Beta RTX 3090");
    gpu_count = 1; /* llvmpipe alone */
    assert_int_equal(um_device_pick("gpu", &slot, &log), UM_ERROR_NO_DEVICE);
    assert_non_null(
        strstr(capture.text, "There is no GPU; there are: 0 \"Test CPU\", 1 \"llvmpipe"));
    add("Virtio Alpha", UM_DEVICE_VIRTUAL, "");
    assert_int_equal(um_device_pick("gpu", &slot, &log), UM_OK);
    assert_string_equal(slot.info.name, "Virtio Alpha");
}

static void a_short_array_gets_the_first_and_the_full_count(void **state) {
    (void)state;
    um_device_info infos[3];
    memset(infos, 0x55, sizeof infos);
    um_device_info guard = infos[2];
    size_t count = 0;
    assert_int_equal(um_devices(infos, 2, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 6);
    assert_memory_equal(&infos[2], &guard, sizeof guard);
    count = 0;
    assert_int_equal(um_devices(NULL, 0, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 6);
    assert_int_equal(um_devices(NULL, 1, &count, NULL, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_devices(infos, 1, NULL, NULL, NULL), UM_ERROR_ARGUMENT);
}

static void a_device_with_two_drivers_is_listed_once(void **state) {
    (void)state;
    add("Gamma by driver 2", UM_DEVICE_DISCRETE, UUID_A);
    um_device_info infos[8];
    size_t count = 0;
    assert_int_equal(um_devices(infos, 8, &count, NULL, NULL), UM_OK);
    assert_int_equal(count, 6);
}

static void too_many_devices_are_cut_off(void **state) {
    (void)state;
    for (int i = 0; i < 80; i++)
        add("Software", UM_DEVICE_SOFTWARE, "");
    um_device_info infos[100];
    size_t count = 0;
    assert_int_equal(um_devices(infos, 100, &count, NULL, NULL), UM_OK);
    assert_true(count >= 1 && count <= 81);
}

static const char *picked(const char *wanted, um_status expected) {
    static char text[1400];
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    struct um_device_slot slot;
    um_status status = um_device_pick(wanted, &slot, &log);
    assert_int_equal(status, expected);
    if (status == UM_OK)
        snprintf(text, sizeof text, "%s %s", slot.info.name, slot.info.uuid);
    else
        snprintf(text, sizeof text, "%s", capture.text);
    return text;
}

static void every_way_to_name_a_device_works(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {NULL, "Beta RTX 3090 " UUID_A},
        {"", "Beta RTX 3090 " UUID_A},
        {"auto", "Beta RTX 3090 " UUID_A},
        {"AUTO", "Beta RTX 3090 " UUID_A},
        {"vulkan", "Beta RTX 3090 " UUID_A},
        {"cpu", "Test CPU "},
        {"0", "Beta RTX 3090 " UUID_A},
        {"2", "Alpha Graphics 770 " UUID_B},
        {"5", "llvmpipe (LLVM 15) "},
        {"LLVMPIPE", "llvmpipe (LLVM 15) "},
        {"graphics", "Alpha Graphics 770 " UUID_B},
        {"test cpu", "Test CPU "},
        {"770", "Alpha Graphics 770 " UUID_B}, // no such index, but a part of a name
        {"rtx", "Beta RTX 3090 " UUID_A},      // two of the same model: the first
        {UUID_B, "Alpha Graphics 770 " UUID_B},
        {"00112233-4455-6677-8899-AABBCCDDEEFF", "Beta RTX 3090 " UUID_A},
        {"virtio alpha", "Virtio Alpha "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(picked(cases[i][0], UM_OK), cases[i][1]);
}

static void what_matches_nothing_or_too_much_is_explained(void **state) {
    (void)state;
    const char *text = picked("quantum", UM_ERROR_NO_DEVICE);
    assert_non_null(strstr(text, "\"quantum\""));
    assert_non_null(strstr(text, "llvmpipe (LLVM 15)"));
    assert_non_null(strstr(text, "Test CPU"));
    text = picked("alpha", UM_ERROR_NO_DEVICE);
    assert_non_null(strstr(text, "2 \"Alpha Graphics 770\", 3 \"Virtio Alpha\""));
    assert_null(strstr(text, "llvmpipe"));
    picked("6", UM_ERROR_NO_DEVICE);
    picked("15", UM_ERROR_NO_DEVICE); // llvmpipe's name has it, but it reads as an index
    picked("-1", UM_ERROR_NO_DEVICE);
    picked("99999999999999999999", UM_ERROR_NO_DEVICE);
    picked("00112233-4455-6677-8899-AABBCCDDEEF", UM_ERROR_NO_DEVICE);
    picked("-", UM_ERROR_NO_DEVICE);
}

static void without_gpus_everything_is_the_cpu(void **state) {
    (void)state;
    assert_string_equal(picked(NULL, UM_OK), "Test CPU ");
    assert_string_equal(picked("0", UM_OK), "Test CPU ");
    assert_non_null(strstr(picked("vulkan", UM_ERROR_NO_DEVICE), "Test CPU"));
}

static void a_broken_vulkan_is_no_error(void **state) {
    (void)state;
    gpu_status = UM_ERROR;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    um_device_info infos[4];
    size_t count = 0;
    assert_int_equal(um_devices(infos, 4, &count, log.fn, log.user), UM_OK);
    assert_int_equal(count, 1);
    assert_int_equal(capture.level, UM_LOG_WARN);
    assert_non_null(strstr(capture.text, "vulkan"));
    assert_string_equal(picked("auto", UM_OK), "Test CPU ");
}

static void software_vulkan_only_when_asked_for(void **state) {
    (void)state;
    add("llvmpipe", UM_DEVICE_SOFTWARE, "");
    assert_string_equal(picked("auto", UM_OK), "Test CPU ");
    assert_string_equal(picked("vulkan", UM_OK), "llvmpipe ");
}

static void the_cpu_is_picked_without_starting_vulkan(void **state) {
    (void)state;
    unsigned before = gpu_lists;
    assert_string_equal(picked("cpu", UM_OK), "Test CPU ");
    assert_int_equal(gpu_lists, before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(gpus_come_first_and_software_last, mixed_gpus),
        cmocka_unit_test_setup(gpu_is_a_real_one, mixed_gpus),
        cmocka_unit_test_setup(a_short_array_gets_the_first_and_the_full_count, mixed_gpus),
        cmocka_unit_test_setup(a_device_with_two_drivers_is_listed_once, mixed_gpus),
        cmocka_unit_test_setup(too_many_devices_are_cut_off, no_gpus),
        cmocka_unit_test_setup(every_way_to_name_a_device_works, mixed_gpus),
        cmocka_unit_test_setup(what_matches_nothing_or_too_much_is_explained, mixed_gpus),
        cmocka_unit_test_setup(without_gpus_everything_is_the_cpu, no_gpus),
        cmocka_unit_test_setup(a_broken_vulkan_is_no_error, no_gpus),
        cmocka_unit_test_setup(software_vulkan_only_when_asked_for, no_gpus),
        cmocka_unit_test_setup(the_cpu_is_picked_without_starting_vulkan, mixed_gpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
