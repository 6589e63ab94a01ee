/* Timestamps around dispatches. */
#include "backend/vulkan/util.h"
#include "base/mem.h"

um_status um_vk_timer_create(struct um_vk_device *device, struct um_vk_timer *timer,
                             uint32_t count) {
    *timer = (struct um_vk_timer){.count = count};
    if (device->timestamp_mask == 0 || count == 0)
        return UM_OK;
    timer->stamps = um_alloc(count, sizeof *timer->stamps);
    if (!timer->stamps)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory for timestamps");
    VkQueryPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
        .queryType = VK_QUERY_TYPE_TIMESTAMP,
        .queryCount = count,
    };
    UM_VK_TRY(device, device->vk.vkCreateQueryPool(device->handle, &info, NULL, &timer->pool));
    return UM_OK;
}

void um_vk_timer_destroy(struct um_vk_device *device, struct um_vk_timer *timer) {
    if (!device->hung)
        device->vk.vkDestroyQueryPool(device->handle, timer->pool, NULL);
    um_free(timer->stamps);
    *timer = (struct um_vk_timer){0};
}

void um_vk_timer_reset(struct um_vk_device *device, const struct um_vk_timer *timer,
                       VkCommandBuffer commands, uint32_t first, uint32_t count) {
    if (timer->pool)
        device->vk.vkCmdResetQueryPool(commands, timer->pool, first, count);
}

void um_vk_timer_stamp(struct um_vk_device *device, const struct um_vk_timer *timer,
                       VkCommandBuffer commands, uint32_t index) {
    if (timer->pool)
        device->vk.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, timer->pool,
                                       index);
}

um_status um_vk_timer_read(struct um_vk_device *device, struct um_vk_timer *timer) {
    if (timer->pool)
        UM_VK_TRY(device,
                  device->vk.vkGetQueryPoolResults(
                      device->handle, timer->pool, 0, timer->count,
                      timer->count * sizeof *timer->stamps, timer->stamps, sizeof *timer->stamps,
                      VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT));
    return UM_OK;
}

double um_vk_timer_seconds(const struct um_vk_device *device, const struct um_vk_timer *timer,
                           uint32_t from, uint32_t to) {
    const uint64_t ticks = (timer->stamps[to] - timer->stamps[from]) & device->timestamp_mask;
    return (double)ticks * 1e-9 * (double)device->limits.timestampPeriod;
}
