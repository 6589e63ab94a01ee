/* Opens the Vulkan loader through volk and creates instances.
 *
 * volk keeps its function pointers in globals. Everything here that reads or writes them holds one
 * lock, the process's; what callers use afterwards are copies. */
#define VOLK_IMPLEMENTATION
#include "backend/vulkan/loader.h"

#include "backend/vulkan/util.h"
#include "base/thread.h"

#include <string.h>

static bool volk_ready; /* guarded by the lock */

static const char validation_layer[] = "VK_LAYER_KHRONOS_validation";
enum { MAX_LISTED = 256 };

static bool open_loader(void) {
    if (!volk_ready)
        volk_ready = volkInitialize() == VK_SUCCESS;
    return volk_ready && volkGetInstanceVersion() >= VK_API_VERSION_1_1;
}

static VKAPI_ATTR VkBool32 VKAPI_CALL on_message(VkDebugUtilsMessageSeverityFlagBitsEXT severity,
                                                 VkDebugUtilsMessageTypeFlagsEXT types,
                                                 const VkDebugUtilsMessengerCallbackDataEXT *data,
                                                 void *user) {
    (void)severity;
    (void)types;
    struct um_vk_instance *instance = user;
    instance->messages++;
    um_log_write(instance->log, UM_LOG_ERROR, "Vulkan validation: %s",
                 data->pMessage ? data->pMessage : "a message without text");
    return VK_FALSE;
}

static VkDebugUtilsMessengerCreateInfoEXT messenger_info(struct um_vk_instance *instance) {
    return (VkDebugUtilsMessengerCreateInfoEXT){
        .sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT,
        .messageSeverity = VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT |
                           VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT,
        .messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT,
        .pfnUserCallback = on_message,
        .pUserData = instance,
    };
}

static bool has_layer(void) {
    VkLayerProperties layers[MAX_LISTED];
    uint32_t count = MAX_LISTED;
    VkResult result = vkEnumerateInstanceLayerProperties(&count, layers);
    if (result != VK_SUCCESS && result != VK_INCOMPLETE)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(layers[i].layerName, validation_layer) == 0)
            return true;
    return false;
}

static VkResult create_instance(struct um_vk_instance *instance, bool validation) {
    static const VkValidationFeatureEnableEXT enables[] = {
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT};
    static const char *const layers[] = {validation_layer};
    static const char *const extensions[] = {VK_EXT_DEBUG_UTILS_EXTENSION_NAME,
                                             VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME};
    VkDebugUtilsMessengerCreateInfoEXT messenger = messenger_info(instance);
    VkValidationFeaturesEXT features = {
        .sType = VK_STRUCTURE_TYPE_VALIDATION_FEATURES_EXT,
        .pNext = &messenger,
        .enabledValidationFeatureCount = sizeof enables / sizeof enables[0],
        .pEnabledValidationFeatures = enables,
    };
    VkApplicationInfo application = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "unmask",
        .pEngineName = "unmask",
        .apiVersion = VK_API_VERSION_1_1,
    };
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = validation ? &features : NULL,
        .pApplicationInfo = &application,
        .enabledLayerCount = validation ? 1 : 0,
        .ppEnabledLayerNames = layers,
        .enabledExtensionCount = validation ? 2 : 0,
        .ppEnabledExtensionNames = extensions,
    };
    return vkCreateInstance(&info, NULL, &instance->handle);
}

static void load_functions(struct um_vk_instance *instance) {
    VkInstance handle = instance->handle;
#define LOAD(field, name) instance->field = (PFN_##name)vkGetInstanceProcAddr(handle, #name)
    LOAD(destroy, vkDestroyInstance);
    LOAD(enumerate_devices, vkEnumeratePhysicalDevices);
    LOAD(get_properties, vkGetPhysicalDeviceProperties2);
    LOAD(get_features, vkGetPhysicalDeviceFeatures2);
    LOAD(get_memory, vkGetPhysicalDeviceMemoryProperties2);
    LOAD(get_queue_families, vkGetPhysicalDeviceQueueFamilyProperties);
    LOAD(enumerate_extensions, vkEnumerateDeviceExtensionProperties);
    LOAD(create_device, vkCreateDevice);
    LOAD(create_messenger, vkCreateDebugUtilsMessengerEXT);
    LOAD(destroy_messenger, vkDestroyDebugUtilsMessengerEXT);
#undef LOAD
    instance->get_matrices =
        vkGetInstanceProcAddr(handle, "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR");
    volkLoadInstanceOnly(handle); /* for vkGetDeviceProcAddr */
}

static um_status open_locked(struct um_vk_instance *instance, bool validation) {
    const struct um_log *log = instance->log;
    if (!open_loader()) {
        um_log_write(log, validation ? UM_LOG_ERROR : UM_LOG_DEBUG,
                     "Vulkan: no loader (libvulkan.so.1, vulkan-1.dll) of version 1.1 or newer");
        return UM_ERROR_NO_DEVICE;
    }
    if (validation && !has_layer())
        return um_fail(log, UM_ERROR_NO_DEVICE, "Vulkan: the layer %s is not installed",
                       validation_layer);
    VkResult result = create_instance(instance, validation);
    if (result != VK_SUCCESS) {
        instance->handle = VK_NULL_HANDLE;
        um_log_write(log, validation ? UM_LOG_ERROR : UM_LOG_DEBUG, "Vulkan: vkCreateInstance: %s",
                     um_vk_result_name(result));
        return UM_ERROR_NO_DEVICE; /* loaders even say "out of memory" of a broken driver file */
    }
    load_functions(instance);
    return UM_OK;
}

um_status um_vk_instance_open(struct um_vk_instance *instance, bool validation,
                              const struct um_log *log) {
    *instance = (struct um_vk_instance){.log = log};
    um_process_lock();
    um_status status = open_locked(instance, validation);
    um_process_unlock();
    if (status != UM_OK || !validation)
        return status;
    VkDebugUtilsMessengerCreateInfoEXT info = messenger_info(instance);
    VkResult result =
        instance->create_messenger
            ? instance->create_messenger(instance->handle, &info, NULL, &instance->messenger)
            : VK_ERROR_EXTENSION_NOT_PRESENT;
    if (result == VK_SUCCESS)
        return UM_OK;
    um_vk_instance_close(instance);
    return um_fail(log, um_vk_status(result, UM_ERROR_NO_DEVICE),
                   "Vulkan: vkCreateDebugUtilsMessengerEXT: %s", um_vk_result_name(result));
}

void um_vk_instance_close(struct um_vk_instance *instance) {
    if (instance->messenger)
        instance->destroy_messenger(instance->handle, instance->messenger, NULL);
    instance->messenger = VK_NULL_HANDLE;
    if (instance->handle)
        instance->destroy(instance->handle, NULL);
    instance->handle = VK_NULL_HANDLE;
}

void um_vk_load_device_table(struct VolkDeviceTable *table, VkDevice device) {
    um_process_lock();
    volkLoadDeviceTable(table, device);
    um_process_unlock();
}
