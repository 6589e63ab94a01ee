/* Vulkan results as names and statuses, and the macro that every Vulkan call goes through. */
#ifndef UM_BACKEND_VULKAN_UTIL_H
#define UM_BACKEND_VULKAN_UTIL_H

#include "backend/vulkan/vk.h"

/* "VK_ERROR_DEVICE_LOST" and so on; never NULL. */
const char *um_vk_result_name(VkResult result);

/* Out of memory -> UM_ERROR_MEMORY, device lost -> UM_ERROR_DEVICE_LOST, anything else ->
 * `otherwise`. */
um_status um_vk_status(VkResult result, um_status otherwise);

/* Logs the call and the name of its result, marks a lost device, returns the status. */
um_status um_vk_fail(struct um_vk_device *device, VkResult result, const char *call);

/* Returns from the calling function when the call fails. */
#define UM_VK_TRY(device, call)                                                                    \
    do {                                                                                           \
        VkResult um_result_ = (call);                                                              \
        if (um_result_ != VK_SUCCESS)                                                              \
            return um_vk_fail((device), um_result_, #call);                                        \
    } while (0)

/* Returns from the calling function when a um_status is not UM_OK. */
#define UM_TRY(call)                                                                               \
    do {                                                                                           \
        um_status um_status_ = (call);                                                             \
        if (um_status_ != UM_OK)                                                                   \
            return um_status_;                                                                     \
    } while (0)

#endif
