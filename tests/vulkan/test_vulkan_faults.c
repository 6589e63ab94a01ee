/* Calls into the driver that fail: each gives the right status and a message, leaves nothing behind
 * (under validation a leaked object is a message), and never a result that looks right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vulkan/rig.h"

enum { ROWS = 20, PAIRS = 2 };

/* The call that fails: `countdown` calls pass before. 0 = this one. Negative = none. */
static int countdown;
static VkResult failure;
static struct VolkDeviceTable real;

static bool fails(void) {
    return countdown-- == 0;
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate_memory(VkDevice device,
                                                      const VkMemoryAllocateInfo *info,
                                                      const VkAllocationCallbacks *callbacks,
                                                      VkDeviceMemory *memory) {
    if (countdown >= 0) /* from here on: otherwise another memory type would do */
        return failure;
    return real.vkAllocateMemory(device, info, callbacks, memory);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache,
                                                       uint32_t count,
                                                       const VkComputePipelineCreateInfo *infos,
                                                       const VkAllocationCallbacks *callbacks,
                                                       VkPipeline *pipelines) {
    if (fails())
        return failure;
    return real.vkCreateComputePipelines(device, cache, count, infos, callbacks, pipelines);
}

static VKAPI_ATTR VkResult VKAPI_CALL create_buffer(VkDevice device, const VkBufferCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks,
                                                    VkBuffer *buffer) {
    if (fails())
        return failure;
    return real.vkCreateBuffer(device, info, callbacks, buffer);
}

static VKAPI_ATTR VkResult VKAPI_CALL allocate_sets(VkDevice device,
                                                    const VkDescriptorSetAllocateInfo *info,
                                                    VkDescriptorSet *sets) {
    if (fails())
        return failure;
    return real.vkAllocateDescriptorSets(device, info, sets);
}

static VKAPI_ATTR VkResult VKAPI_CALL queue_submit(VkQueue queue, uint32_t count,
                                                   const VkSubmitInfo *infos, VkFence fence) {
    if (fails())
        return failure;
    return real.vkQueueSubmit(queue, count, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL wait_for_fences(VkDevice device, uint32_t count,
                                                      const VkFence *fences, VkBool32 all,
                                                      uint64_t timeout) {
    const VkResult result = real.vkWaitForFences(device, count, fences, all, UINT64_MAX);
    (void)timeout;
    return fails() ? failure : result;
}

static VKAPI_ATTR VkResult VKAPI_CALL never_signalled(VkDevice device, uint32_t count,
                                                      const VkFence *fences, VkBool32 all,
                                                      uint64_t timeout) {
    (void)device, (void)count, (void)fences, (void)all, (void)timeout;
    return VK_TIMEOUT;
}

static void open_with_faults(struct rig *rig) {
    countdown = -1;
    assert_int_equal(rig_open(rig), UM_OK);
    real = rig->device->vk;
}

/* The k-th call of one kind fails while a program is built and run, for every k there is. */
static void fail_each(void (*arm)(struct VolkDeviceTable *table), VkResult result,
                      um_status expected, int at_least) {
    float out[ROWS * RIG_DIM];
    int failed = 0;
    for (int k = 0;; k++) {
        struct rig rig;
        open_with_faults(&rig);
        arm(&rig.device->vk);
        countdown = k;
        failure = result;
        um_status status = rig_build(&rig, ROWS, PAIRS);
        if (status == UM_OK)
            status = rig_run(&rig, out, NULL);
        const bool reached = countdown < 0;
        countdown = -1;
        if (reached) {
            failed++;
            assert_int_equal(status, expected);
            assert_int_equal(rig.log.level, UM_LOG_ERROR);
            if (expected == UM_ERROR_DEVICE_LOST)
                assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_ERROR_DEVICE_LOST);
        }
        const unsigned messages = rig.log.count;
        const uint32_t validation = rig.device->instance.messages;
        rig_close(&rig);
        assert_int_equal(validation, 0);
        assert_int_equal(rig.log.count, messages); /* closing is silent: nothing had leaked */
        if (!reached)
            break;
    }
    assert_true(failed >= at_least);
}

static void arm_pipelines(struct VolkDeviceTable *table) {
    table->vkCreateComputePipelines = create_pipelines;
}
static void arm_buffers(struct VolkDeviceTable *table) {
    table->vkCreateBuffer = create_buffer;
}
static void arm_sets(struct VolkDeviceTable *table) {
    table->vkAllocateDescriptorSets = allocate_sets;
}
static void arm_submit(struct VolkDeviceTable *table) {
    table->vkQueueSubmit = queue_submit;
}
static void arm_wait(struct VolkDeviceTable *table) {
    table->vkWaitForFences = wait_for_fences;
}

/* A driver that is known tests itself no more, which would build the same pipelines. */
static void make_known(void) {
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    rig_close(&rig);
}

static void test_pipeline_memory(void **state) {
    (void)state;
    make_known();
    fail_each(arm_pipelines, VK_ERROR_OUT_OF_DEVICE_MEMORY, UM_ERROR_MEMORY, 2);
}

static void test_buffers(void **state) {
    (void)state;
    fail_each(arm_buffers, VK_ERROR_OUT_OF_HOST_MEMORY, UM_ERROR_MEMORY, 3);
}

static void test_sets(void **state) {
    (void)state;
    fail_each(arm_sets, VK_ERROR_OUT_OF_POOL_MEMORY, UM_ERROR_MEMORY, 1);
}

static void test_lost_at_submit(void **state) {
    (void)state;
    fail_each(arm_submit, VK_ERROR_DEVICE_LOST, UM_ERROR_DEVICE_LOST, 4);
}

static void test_lost_while_waiting(void **state) {
    (void)state;
    fail_each(arm_wait, VK_ERROR_DEVICE_LOST, UM_ERROR_DEVICE_LOST, 4);
}

/* The work may still be running, so from then on nothing is touched that it could use. */
static void test_wait_that_fails(void **state) {
    (void)state;
    float out[ROWS * RIG_DIM];
    struct rig rig;
    open_with_faults(&rig);
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    arm_wait(&rig.device->vk);
    countdown = 0;
    failure = VK_ERROR_OUT_OF_HOST_MEMORY;
    assert_int_equal(rig_run(&rig, out, NULL), UM_ERROR_MEMORY);
    assert_true(rig.device->hung);
    assert_int_equal(rig_run(&rig, out, NULL), UM_ERROR_DEVICE_LOST);
    rig.device->hung = false; /* the work has ended here */
    rig_close(&rig);
}

static void test_no_memory_of_any_type(void **state) {
    (void)state;
    float out[ROWS * RIG_DIM];
    struct rig rig;
    open_with_faults(&rig);
    rig.device->vk.vkAllocateMemory = allocate_memory;
    countdown = 0;
    failure = VK_ERROR_OUT_OF_DEVICE_MEMORY;
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_ERROR_MEMORY);
    assert_non_null(strstr(rig.log.text, "VK_ERROR_OUT_OF_DEVICE_MEMORY"));
    countdown = -1;
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK); /* memory is back */
    assert_int_equal(rig_run(&rig, out, NULL), UM_OK);
    rig_close(&rig);
}

/* A device that never answers is given up, and everything after that fails at once. */
static void test_hang(void **state) {
    (void)state;
    float out[ROWS * RIG_DIM];
    struct rig rig;
    open_with_faults(&rig);
    struct um_vk_device *device = rig.device;
    assert_int_equal(rig_build(&rig, ROWS, PAIRS), UM_OK);
    device->vk.vkWaitForFences = never_signalled;
    const VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    assert_int_equal(real.vkBeginCommandBuffer(device->transfer, &begin), VK_SUCCESS);
    assert_int_equal(real.vkEndCommandBuffer(device->transfer), VK_SUCCESS);
    assert_int_equal(um_vk_submit(device, device->transfer, NULL, 0.01), UM_ERROR_DEVICE_LOST);
    assert_non_null(strstr(rig.log.text, "hangs"));
    assert_int_equal(rig_run(&rig, out, NULL), UM_ERROR_DEVICE_LOST);
    /* A hung device keeps its objects for ever; this one only pretended, so they can be freed. */
    assert_int_equal(real.vkQueueWaitIdle(device->queue), VK_SUCCESS);
    device->hung = false;
    rig_close(&rig);
}

int main(void) {
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipeline_memory),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_lost_at_submit),
        cmocka_unit_test(test_lost_while_waiting),
        cmocka_unit_test(test_wait_that_fails),
        cmocka_unit_test(test_no_memory_of_any_type),
        cmocka_unit_test(test_hang),
    };
    return cmocka_run_group_tests_name("vulkan faults", tests, NULL, NULL);
}
