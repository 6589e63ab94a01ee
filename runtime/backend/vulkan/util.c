/* Names and meanings of Vulkan results. */
#include "backend/vulkan/util.h"

const char *um_vk_result_name(VkResult result) {
    switch (result) {
#define NAME(x)                                                                                    \
    case x:                                                                                        \
        return #x;
        NAME(VK_SUCCESS)
        NAME(VK_NOT_READY)
        NAME(VK_TIMEOUT)
        NAME(VK_INCOMPLETE)
        NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
        NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
        NAME(VK_ERROR_INITIALIZATION_FAILED)
        NAME(VK_ERROR_DEVICE_LOST)
        NAME(VK_ERROR_MEMORY_MAP_FAILED)
        NAME(VK_ERROR_LAYER_NOT_PRESENT)
        NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
        NAME(VK_ERROR_FEATURE_NOT_PRESENT)
        NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
        NAME(VK_ERROR_TOO_MANY_OBJECTS)
        NAME(VK_ERROR_FRAGMENTED_POOL)
        NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
        NAME(VK_ERROR_FRAGMENTATION)
        NAME(VK_ERROR_INVALID_SHADER_NV)
        NAME(VK_ERROR_UNKNOWN)
#undef NAME
    default:
        return "an unlisted VkResult";
    }
}

um_status um_vk_status(VkResult result, um_status otherwise) {
    switch (result) {
    case VK_SUCCESS:
        return UM_OK;
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_MEMORY_MAP_FAILED:
    case VK_ERROR_TOO_MANY_OBJECTS:
        return UM_ERROR_MEMORY;
    case VK_ERROR_DEVICE_LOST:
        return UM_ERROR_DEVICE_LOST;
    default:
        return otherwise;
    }
}

um_status um_vk_fail(struct um_vk_device *device, VkResult result, const char *call) {
    if (result == VK_ERROR_DEVICE_LOST)
        device->lost = true;
    return um_fail(&device->log, um_vk_status(result, UM_ERROR), "Vulkan: %s: %s (%d)", call,
                   um_vk_result_name(result), (int)result);
}
