/* Copies between host and device, and proofs that the device has done what it says.
 *
 * Drivers and devices have reported success for work that they dropped, and given back old or
 * damaged data. So whatever is copied is copied twice and compared; every submission of this file
 * brings back a token that was not there before; and every unit of a program leaves a receipt. What
 * is wrong on the device itself, none of this finds: that is what the self-test is for. Every copy
 * goes through one staging buffer, on every kind of device: one path, and the one that tests run.
 */
#include "backend/vulkan/util.h"

#include <string.h>

static const double copy_limit_seconds = 60; /* for 4 MiB: only a hung device takes that long */

enum {
    SECOND = UM_VK_COPY_BYTES, /* where things lie in the staging buffer */
    RECEIPTS = 2 * UM_VK_COPY_BYTES,
    TOKEN = UM_VK_RECEIPTS * 4 /* behind the receipts */
};
static const uint32_t receipt = 0x756e6d61; /* and the unit's number */

static const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
static const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
static const VkAccessFlags transfer_access =
    VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;

static char *staged(const struct um_vk_device *device, size_t offset) {
    return (char *)device->staging.mapped + offset;
}

/* The barriers order the copies after all earlier work of the queue and before all later work, so
 * callers need none of their own. */
static um_status begin(struct um_vk_device *device) {
    VkCommandBufferBeginInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
    };
    UM_VK_TRY(device, device->vk.vkBeginCommandBuffer(device->transfer, &info));
    um_vk_barrier(device, device->transfer, compute | transfer,
                  VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, transfer,
                  transfer_access);
    return UM_OK;
}

static void order_copies(struct um_vk_device *device) {
    um_vk_barrier(device, device->transfer, transfer, VK_ACCESS_TRANSFER_WRITE_BIT, transfer,
                  transfer_access);
}

static void copy(struct um_vk_device *device, VkBuffer from, VkDeviceSize from_offset, VkBuffer to,
                 VkDeviceSize to_offset, VkDeviceSize bytes) {
    const VkBufferCopy region = {from_offset, to_offset, bytes};
    device->vk.vkCmdCopyBuffer(device->transfer, from, to, 1, &region);
}

/* Submits and waits. A device that does nothing leaves an old token. */
static um_status finish(struct um_vk_device *device) {
    const uint32_t token = ++device->token;
    device->vk.vkCmdUpdateBuffer(device->transfer, device->receipts.handle, TOKEN, sizeof token,
                                 &token);
    order_copies(device);
    copy(device, device->receipts.handle, TOKEN, device->staging.handle, RECEIPTS + TOKEN,
         sizeof token);
    um_vk_barrier(device, device->transfer, transfer, VK_ACCESS_TRANSFER_WRITE_BIT,
                  compute | transfer | VK_PIPELINE_STAGE_HOST_BIT,
                  VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | transfer_access |
                      VK_ACCESS_HOST_READ_BIT);
    UM_VK_TRY(device, device->vk.vkEndCommandBuffer(device->transfer));
    UM_TRY(um_vk_submit(device, device->transfer, NULL, copy_limit_seconds));
    if (memcmp(staged(device, RECEIPTS + TOKEN), &token, sizeof token) == 0)
        return UM_OK;
    return um_fail(&device->log, UM_ERROR_CHECK,
                   "Vulkan: the device says that it has copied data, and has not.");
}

static um_status upload(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                        VkDeviceSize offset, const char *source, size_t bytes) {
    memcpy(staged(device, 0), source, bytes);
    memset(staged(device, SECOND), 0xa5, bytes);
    UM_TRY(begin(device));
    copy(device, device->staging.handle, 0, buffer->handle, offset, bytes);
    order_copies(device);
    copy(device, buffer->handle, offset, device->staging.handle, SECOND, bytes);
    UM_TRY(finish(device));
    if (memcmp(staged(device, SECOND), source, bytes) == 0)
        return UM_OK;
    return um_fail(&device->log, UM_ERROR_CHECK,
                   "Vulkan: data did not reach the device as it was sent.");
}

static um_status download(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                          VkDeviceSize offset, char *target, size_t bytes) {
    memset(staged(device, 0), 0x5a, bytes);
    memset(staged(device, SECOND), 0xa5, bytes);
    UM_TRY(begin(device));
    copy(device, buffer->handle, offset, device->staging.handle, 0, bytes);
    copy(device, buffer->handle, offset, device->staging.handle, SECOND, bytes);
    UM_TRY(finish(device));
    memcpy(target, staged(device, 0), bytes);
    if (memcmp(staged(device, SECOND), target, bytes) == 0)
        return UM_OK;
    return um_fail(&device->log, UM_ERROR_CHECK,
                   "Vulkan: the device gives different data when it is read twice.");
}

um_status um_vk_upload(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                       VkDeviceSize offset, const void *data, size_t bytes) {
    for (size_t done = 0, part; done < bytes; done += part) {
        part = bytes - done < UM_VK_COPY_BYTES ? bytes - done : UM_VK_COPY_BYTES;
        UM_TRY(upload(device, buffer, offset + done, (const char *)data + done, part));
    }
    return UM_OK;
}

um_status um_vk_download(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                         VkDeviceSize offset, void *data, size_t bytes) {
    for (size_t done = 0, part; done < bytes; done += part) {
        part = bytes - done < UM_VK_COPY_BYTES ? bytes - done : UM_VK_COPY_BYTES;
        UM_TRY(download(device, buffer, offset + done, (char *)data + done, part));
    }
    return UM_OK;
}

void um_vk_receipt(struct um_vk_device *device, VkCommandBuffer commands, uint32_t index) {
    if (index < UM_VK_RECEIPTS)
        device->vk.vkCmdFillBuffer(commands, device->receipts.handle, index * 4ull, 4,
                                   receipt + index);
}

um_status um_vk_receipts_take(struct um_vk_device *device, uint32_t units) {
    const uint32_t count = units < UM_VK_RECEIPTS ? units : UM_VK_RECEIPTS;
    memset(staged(device, RECEIPTS), 0, count * 4);
    UM_TRY(begin(device));
    if (count > 0)
        copy(device, device->receipts.handle, 0, device->staging.handle, RECEIPTS, count * 4ull);
    order_copies(device);
    device->vk.vkCmdFillBuffer(device->transfer, device->receipts.handle, 0, TOKEN, 0);
    UM_TRY(finish(device));
    device->receipts_left = false;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t expected = receipt + i;
        if (memcmp(staged(device, RECEIPTS + i * 4), &expected, 4) != 0)
            return um_fail(&device->log, UM_ERROR_CHECK,
                           "Vulkan: the device says that it has computed, and has not.");
    }
    return UM_OK;
}
