/* The Vulkan loader and one instance. The only file that touches volk's globals is loader.c. */
#ifndef UM_BACKEND_VULKAN_LOADER_H
#define UM_BACKEND_VULKAN_LOADER_H

#include "base/log.h"

#include <volk.h>

/* One instance with its own function pointers: they may differ between instances, so they are not
 * shared. Must not move in memory while it is open: the messenger points to it. */
struct um_vk_instance {
    VkInstance handle;
    VkDebugUtilsMessengerEXT messenger; /* with validation only */
    const struct um_log *log;
    uint32_t messages; /* validation errors and warnings so far */
    PFN_vkDestroyInstance destroy;
    PFN_vkEnumeratePhysicalDevices enumerate_devices;
    PFN_vkGetPhysicalDeviceProperties2 get_properties;
    PFN_vkGetPhysicalDeviceFeatures2 get_features;
    PFN_vkGetPhysicalDeviceMemoryProperties2 get_memory;
    PFN_vkGetPhysicalDeviceQueueFamilyProperties get_queue_families;
    PFN_vkEnumerateDeviceExtensionProperties enumerate_extensions;
    PFN_vkVoidFunction get_matrices; /* vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR or NULL */
    PFN_vkCreateDevice create_device;
    PFN_vkCreateDebugUtilsMessengerEXT create_messenger;
    PFN_vkDestroyDebugUtilsMessengerEXT destroy_messenger;
};

/* UM_ERROR_NO_DEVICE without a usable loader, driver or (asked for) validation layer. A missing
 * loader or driver is logged at debug level only: it is a normal state of a machine. `log` must
 * outlive the instance. */
um_status um_vk_instance_open(struct um_vk_instance *instance, bool validation,
                              const struct um_log *log);

/* Safe on a zeroed or half-opened instance. */
void um_vk_instance_close(struct um_vk_instance *instance);

/* Loads the device's function pointers. */
void um_vk_load_device_table(struct VolkDeviceTable *table, VkDevice device);

#endif
