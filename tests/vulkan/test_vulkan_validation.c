/* Proves that validation is on: deliberate mistakes must be reported and must fail the run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vulkan/rig.h"

enum { BYTES = 256 };

static um_status try_open(struct rig *rig) {
    memset(rig, 0, sizeof *rig);
    const struct um_device_options options = {.validation = true,
                                              .log = check_log_start(&rig->log)};
    void *device;
    um_status status = um_backend_vulkan.device_open(&device, &options);
    rig->device = device;
    return status;
}

static void open_validated(struct rig *rig) {
    assert_int_equal(try_open(rig), UM_OK);
}

/* Exits with 77 and the reason if the layer is missing: a group of skipped tests would pass. Where
 * UM_TEST_VALIDATION says that it is installed, the tests fail instead. */
static void need_layer(void) {
    struct rig rig;
    um_status status = try_open(&rig);
    const char *installed = getenv("UM_TEST_VALIDATION");
    if (status == UM_ERROR_NO_DEVICE && strstr(rig.log.text, "VK_LAYER_KHRONOS_validation") &&
        !(installed && *installed == '1')) {
        printf("skip: %s\n", rig.log.text);
        exit(77);
    }
    if (status == UM_OK)
        rig_close(&rig);
}

static void begin(struct um_vk_device *device, struct um_vk_buffer *buffer) {
    const VkBufferUsageFlags usage =
        VK_BUFFER_USAGE_TRANSFER_DST_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT;
    assert_int_equal(um_vk_buffer_create(device, buffer, BYTES, usage), UM_OK);
    const VkCommandBufferBeginInfo info = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    assert_int_equal(device->vk.vkBeginCommandBuffer(device->transfer, &info), VK_SUCCESS);
}

/* A correct program is silent, so a message below is about the mistake. */
static void test_no_mistake(void **state) {
    (void)state;
    float out[10 * RIG_DIM];
    struct rig rig;
    open_validated(&rig);
    assert_int_equal(rig_build(&rig, 10, 2), UM_OK);
    assert_int_equal(rig_run(&rig, out, NULL), UM_OK);
    assert_int_equal(um_vk_check(rig.device), UM_OK);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

/* Two writes to the same bytes with nothing between them: synchronization validation. */
static void test_missing_barrier(void **state) {
    (void)state;
    struct rig rig;
    struct um_vk_buffer buffer;
    open_validated(&rig);
    begin(rig.device, &buffer);
    const struct VolkDeviceTable *vk = &rig.device->vk;
    vk->vkCmdFillBuffer(rig.device->transfer, buffer.handle, 0, BYTES, 1);
    vk->vkCmdFillBuffer(rig.device->transfer, buffer.handle, 0, BYTES, 2);
    assert_int_equal(vk->vkEndCommandBuffer(rig.device->transfer), VK_SUCCESS);
    assert_non_null(strstr(rig.log.text, "SYNC-HAZARD-WRITE"));
    assert_int_equal(um_vk_check(rig.device), UM_ERROR);
    um_vk_buffer_destroy(rig.device, &buffer);
    rig_close(&rig);
}

/* A copy beyond the end of a buffer: core validation. It is only recorded, never executed. */
static void test_copy_out_of_range(void **state) {
    (void)state;
    struct rig rig;
    struct um_vk_buffer buffer;
    open_validated(&rig);
    begin(rig.device, &buffer);
    const struct VolkDeviceTable *vk = &rig.device->vk;
    const VkBufferCopy region = {0, BYTES, BYTES};
    vk->vkCmdCopyBuffer(rig.device->transfer, rig.device->staging.handle, buffer.handle, 1,
                        &region);
    vk->vkEndCommandBuffer(rig.device->transfer);
    assert_true(rig.log.count > 0);
    assert_int_equal(um_vk_check(rig.device), UM_ERROR);
    um_vk_buffer_destroy(rig.device, &buffer);
    rig_close(&rig);
}

/* Under validation a run poisons what nothing has written, so forgotten writes show as NaN. */
static void test_poison(void **state) {
    (void)state;
    struct rig rig;
    open_validated(&rig);
    const struct um_value values[] = {{.elements = 64, .role = UM_VALUE_INPUT, .offset = 0},
                                      {.elements = 64, .role = UM_VALUE_TEMP, .offset = 256},
                                      {.elements = 64, .role = UM_VALUE_OUTPUT, .offset = 512}};
    const struct um_op op = {.kind = UM_OP_AVGPOOL,
                             .in = UM_INPUTS(1), /* never written */
                             .out = 2,
                             .weights = UM_NO_WEIGHTS,
                             .p.resize = {1, 8, 8, 1}};
    const struct um_program_desc desc = {
        .ops = &op, .op_count = 1, .values = values, .value_count = 3, .arena_bytes = 768};
    float out[64];
    assert_int_equal(rig_build(&rig, 1, 1), UM_OK); /* for the weights */
    um_backend_vulkan.program_destroy(&rig.program);
    assert_int_equal(um_backend_vulkan.program_create(&rig.program, rig.weights, &desc), UM_OK);
    assert_int_equal(um_backend_vulkan.run(rig.program, NULL), UM_OK);
    assert_int_equal(um_backend_vulkan.read(rig.program, 2, out), UM_OK);
    for (size_t i = 0; i < 16; i++)
        assert_true(out[i] != out[i]);
    rig_close(&rig);
}

int main(void) {
    rig_need_device();
    need_layer();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_mistake),
        cmocka_unit_test(test_missing_barrier),
        cmocka_unit_test(test_copy_out_of_range),
        cmocka_unit_test(test_poison),
    };
    return cmocka_run_group_tests_name("vulkan validation", tests, NULL, NULL);
}
