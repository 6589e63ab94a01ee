/* Buffers: which memory they lie in. */
#include "backend/vulkan/util.h"

/* Whether a heap has room by the driver's own account. */
static bool within_budget(struct um_vk_device *device, uint32_t heap, VkDeviceSize bytes) {
    if (!device->features.budget)
        return true;
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 memory = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, .pNext = &budget};
    device->instance.get_memory(device->physical, &memory);
    const VkDeviceSize most = budget.heapBudget[heap], used = budget.heapUsage[heap];
    return most == 0 || (used < most && bytes <= most - used); /* 0 = the driver has none */
}

static um_status allocate(struct um_vk_device *device, struct um_vk_buffer *buffer,
                          const VkMemoryRequirements *needs, VkMemoryPropertyFlags wanted,
                          VkMemoryPropertyFlags unwanted, VkResult *result) {
    for (uint32_t type = 0; type < device->memory.memoryTypeCount; type++) {
        VkMemoryPropertyFlags flags = device->memory.memoryTypes[type].propertyFlags;
        /* Protected, lazily allocated and vendor types need features that are not enabled. */
        const VkMemoryPropertyFlags plain =
            VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT | VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
            VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
        if (!(needs->memoryTypeBits & 1u << type) || (flags & wanted) != wanted ||
            (flags & unwanted) || (flags & ~plain))
            continue;
        if (!within_budget(device, device->memory.memoryTypes[type].heapIndex, needs->size)) {
            *result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
            continue;
        }
        VkMemoryAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
            .allocationSize = needs->size,
            .memoryTypeIndex = type,
        };
        *result = device->vk.vkAllocateMemory(device->handle, &info, NULL, &buffer->memory);
        if (*result == VK_SUCCESS)
            return UM_OK;
        buffer->memory = VK_NULL_HANDLE;
    }
    return UM_ERROR_MEMORY;
}

static um_status create_buffer(struct um_vk_device *device, struct um_vk_buffer *buffer,
                               VkDeviceSize bytes, VkBufferUsageFlags usage,
                               VkMemoryRequirements *needs) {
    *buffer = (struct um_vk_buffer){.bytes = bytes};
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = bytes,
        .usage = usage,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    UM_VK_TRY(device, device->vk.vkCreateBuffer(device->handle, &info, NULL, &buffer->handle));
    device->vk.vkGetBufferMemoryRequirements(device->handle, buffer->handle, needs);
    if (needs->size > device->max_allocation)
        return um_fail(&device->log, UM_ERROR_MEMORY,
                       "Vulkan: %llu bytes in one piece are needed, the device allows %llu",
                       (unsigned long long)needs->size, (unsigned long long)device->max_allocation);
    return UM_OK;
}

static um_status out_of_memory(struct um_vk_device *device, VkDeviceSize bytes, VkResult result) {
    return um_fail(&device->log, um_vk_status(result, UM_ERROR_MEMORY),
                   "Vulkan: vkAllocateMemory of %llu bytes: %s", (unsigned long long)bytes,
                   um_vk_result_name(result));
}

/* Says so once per device: the rest of what spills is a consequence. */
static void note_spill(struct um_vk_device *device, VkDeviceSize bytes) {
    if (device->spilled == 0)
        um_log_write(&device->log, UM_LOG_WARN,
                     "Vulkan: the device's own memory is full; slower memory of the host is used "
                     "for %llu MiB and what follows.",
                     (unsigned long long)(bytes + (1 << 20) - 1) >> 20);
    device->spilled += bytes;
}

um_status um_vk_buffer_create_in(struct um_vk_device *device, struct um_vk_buffer *buffer,
                                 VkDeviceSize bytes, VkBufferUsageFlags usage, bool spill) {
    VkMemoryRequirements needs;
    UM_TRY(create_buffer(device, buffer, bytes, usage, &needs));
    const VkMemoryPropertyFlags local = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
    VkResult result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
    if (allocate(device, buffer, &needs, local, 0, &result) != UM_OK) {
        if (!spill || allocate(device, buffer, &needs, 0, local, &result) != UM_OK)
            return out_of_memory(device, bytes, result);
        note_spill(device, bytes);
    }
    UM_VK_TRY(device,
              device->vk.vkBindBufferMemory(device->handle, buffer->handle, buffer->memory, 0));
    return UM_OK;
}

um_status um_vk_buffer_create(struct um_vk_device *device, struct um_vk_buffer *buffer,
                              VkDeviceSize bytes, VkBufferUsageFlags usage) {
    return um_vk_buffer_create_in(device, buffer, bytes, usage, true);
}

um_status um_vk_staging_create(struct um_vk_device *device) {
    struct um_vk_buffer *buffer = &device->staging;
    const VkMemoryPropertyFlags mapped =
        VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    const VkMemoryPropertyFlags cached = VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
    VkMemoryRequirements needs;
    UM_TRY(create_buffer(device, buffer, UM_VK_STAGING_BYTES,
                         VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                         &needs));
    VkResult result = VK_ERROR_OUT_OF_HOST_MEMORY;
    if (allocate(device, buffer, &needs, mapped | cached, 0, &result) != UM_OK &&
        allocate(device, buffer, &needs, mapped, 0, &result) != UM_OK)
        return out_of_memory(device, UM_VK_STAGING_BYTES, result);
    UM_VK_TRY(device,
              device->vk.vkBindBufferMemory(device->handle, buffer->handle, buffer->memory, 0));
    UM_VK_TRY(device, device->vk.vkMapMemory(device->handle, buffer->memory, 0, VK_WHOLE_SIZE, 0,
                                             &buffer->mapped));
    return um_vk_buffer_create(device, &device->receipts, UM_VK_RECEIPT_BYTES,
                               VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT);
}

void um_vk_buffer_destroy(struct um_vk_device *device, struct um_vk_buffer *buffer) {
    if (device->hung)
        return;
    device->vk.vkDestroyBuffer(device->handle, buffer->handle, NULL);
    device->vk.vkFreeMemory(device->handle, buffer->memory, NULL); /* unmaps */
    *buffer = (struct um_vk_buffer){0};
}

void um_vk_barrier(struct um_vk_device *device, VkCommandBuffer commands, VkPipelineStageFlags from,
                   VkAccessFlags from_access, VkPipelineStageFlags to, VkAccessFlags to_access) {
    VkMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = from_access,
        .dstAccessMask = to_access,
    };
    device->vk.vkCmdPipelineBarrier(commands, from, to, 0, 1, &barrier, 0, NULL, 0, NULL);
}
