/* Submits work and waits for it. */
#include "backend/vulkan/util.h"

um_status um_vk_check(struct um_vk_device *device) {
    if (device->lost || device->hung)
        return um_fail(&device->log, UM_ERROR_DEVICE_LOST, "Vulkan: the device is lost");
    if (device->instance.messages > 0)
        return um_fail(&device->log, UM_ERROR, "Vulkan: %u validation messages",
                       device->instance.messages);
    return UM_OK;
}

um_status um_vk_submit(struct um_vk_device *device, VkCommandBuffer commands,
                       const volatile int *cancel, double limit_seconds) {
    return um_vk_submit_all(device, &commands, 1, cancel, limit_seconds);
}

um_status um_vk_submit_all(struct um_vk_device *device, const VkCommandBuffer *commands,
                           uint32_t count, const volatile int *cancel, double limit_seconds) {
    const double software_seconds = 600, slice_seconds = 0.1;
    const uint64_t slice_ns = 100 * 1000 * 1000;
    if (device->lost || device->hung)
        return um_fail(&device->log, UM_ERROR_DEVICE_LOST, "Vulkan: the device is lost");
    if (device->software && limit_seconds < software_seconds)
        limit_seconds = software_seconds;
    VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .commandBufferCount = count,
        .pCommandBuffers = commands,
    };
    UM_VK_TRY(device, device->vk.vkResetFences(device->handle, 1, &device->fence));
    UM_VK_TRY(device, device->vk.vkQueueSubmit(device->queue, 1, &info, device->fence));
    /* Slices are counted, not seconds: a process that is stopped for a while loses one at most. */
    for (double waited = slice_seconds;; waited += slice_seconds) {
        VkResult result =
            device->vk.vkWaitForFences(device->handle, 1, &device->fence, VK_TRUE, slice_ns);
        if (result == VK_SUCCESS)
            break;
        if (result != VK_TIMEOUT) {
            /* The work is still pending, so nothing that it uses may be destroyed. */
            device->hung = result != VK_ERROR_DEVICE_LOST;
            return um_vk_fail(device, result, "vkWaitForFences");
        }
        if (waited >= limit_seconds) {
            device->hung = true;
            return um_fail(&device->log, UM_ERROR_DEVICE_LOST,
                           "Vulkan: the device hangs: no answer in %.0f seconds", limit_seconds);
        }
    }
    return cancel && __atomic_load_n(cancel, __ATOMIC_ACQUIRE) ? UM_CANCELLED : UM_OK;
}
