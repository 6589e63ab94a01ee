/* Lists, opens and closes devices. */
#include "backend/vulkan/pipeline.h"
#include "backend/vulkan/selftest.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PHYSICAL = 64, MAX_FAMILIES = 32, MAX_EXTENSIONS = 1024 };

struct properties {
    VkPhysicalDeviceProperties2 base;
    VkPhysicalDeviceIDProperties id;
    VkPhysicalDeviceMaintenance3Properties maintenance3;
    VkPhysicalDeviceDriverProperties driver;
};

static bool has_driver_properties(const struct um_vk_instance *instance, VkPhysicalDevice device) {
    uint32_t count = MAX_EXTENSIONS;
    VkExtensionProperties *extensions = um_alloc(count, sizeof *extensions);
    if (!extensions)
        return false;
    bool found = false;
    VkResult result = instance->enumerate_extensions(device, NULL, &count, extensions);
    if (result == VK_SUCCESS || result == VK_INCOMPLETE)
        for (uint32_t i = 0; i < count && !found; i++)
            found =
                strcmp(extensions[i].extensionName, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME) == 0;
    um_free(extensions);
    return found;
}

/* Fills `p`, whose parts are chained to each other: it must not be copied. */
static void get_properties(const struct um_vk_instance *instance, VkPhysicalDevice device,
                           struct properties *p) {
    *p = (struct properties){
        .base = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2},
        .id = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_ID_PROPERTIES},
        .maintenance3 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES},
        .driver = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES},
    };
    p->base.pNext = &p->id;
    p->id.pNext = &p->maintenance3;
    if (has_driver_properties(instance, device))
        p->maintenance3.pNext = &p->driver;
    instance->get_properties(device, &p->base);
}

/* A queue family that computes; one without graphics is preferred. -1 = none. */
static int compute_family(const struct um_vk_instance *instance, VkPhysicalDevice device) {
    VkQueueFamilyProperties families[MAX_FAMILIES];
    uint32_t count = MAX_FAMILIES;
    instance->get_queue_families(device, &count, families);
    int best = -1;
    for (uint32_t i = 0; i < count; i++) {
        if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || families[i].queueCount == 0)
            continue;
        if (best < 0)
            best = (int)i;
        if (!(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT))
            return (int)i;
    }
    return best;
}

/* 0 = the family's queues write no timestamps. */
static uint64_t timestamp_mask(const struct um_vk_instance *instance, VkPhysicalDevice device,
                               uint32_t family) {
    VkQueueFamilyProperties families[MAX_FAMILIES];
    uint32_t count = MAX_FAMILIES;
    instance->get_queue_families(device, &count, families);
    const uint32_t bits = family < count ? families[family].timestampValidBits : 0;
    return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

static bool usable(const struct um_vk_instance *instance, VkPhysicalDevice device) {
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2};
    instance->get_properties(device, &p);
    if (p.properties.apiVersion < VK_API_VERSION_1_1 || compute_family(instance, device) < 0)
        return false;
    const uint32_t bindable = p.properties.limits.maxPerStageDescriptorStorageBuffers;
    if (bindable >= UM_BIND_COUNT)
        return true;
    um_log_write(instance->log, UM_LOG_WARN,
                 "Vulkan: %s is left out: its shaders can bind %u storage buffers, %d are needed",
                 p.properties.deviceName, bindable, UM_BIND_COUNT);
    return false;
}

/* The devices that this backend can use, in the loader's order. */
static uint32_t usable_devices(const struct um_vk_instance *instance,
                               VkPhysicalDevice devices[MAX_PHYSICAL]) {
    uint32_t count = MAX_PHYSICAL, kept = 0;
    VkResult result = instance->enumerate_devices(instance->handle, &count, devices);
    if (result != VK_SUCCESS && result != VK_INCOMPLETE) {
        um_log_write(instance->log, UM_LOG_DEBUG, "Vulkan: vkEnumeratePhysicalDevices: %s",
                     um_vk_result_name(result));
        return 0;
    }
    for (uint32_t i = 0; i < count; i++)
        if (usable(instance, devices[i]))
            devices[kept++] = devices[i];
    return kept;
}

static um_device_kind kind_of(VkPhysicalDeviceType type) {
    switch (type) {
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        return UM_DEVICE_DISCRETE;
    case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
        return UM_DEVICE_INTEGRATED;
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        return UM_DEVICE_SOFTWARE;
    default:
        return UM_DEVICE_VIRTUAL;
    }
}

static void describe(const struct um_vk_instance *instance, VkPhysicalDevice device,
                     um_device_info *info) {
    struct properties p;
    get_properties(instance, device, &p);
    VkPhysicalDeviceMemoryProperties2 memory = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
    instance->get_memory(device, &memory);
    const VkPhysicalDeviceProperties *base = &p.base.properties;
    *info = (um_device_info){
        .backend = "vulkan",
        .kind = kind_of(base->deviceType),
        .vendor_id = base->vendorID,
        .device_id = base->deviceID,
        .api_version = base->apiVersion,
    };
    snprintf(info->name, sizeof info->name, "%.255s", base->deviceName);
    um_utf8_trim(info->name);
    if (p.driver.driverName[0])
        snprintf(info->driver, sizeof info->driver, "%.*s%s%.120s",
                 um_utf8_fit(p.driver.driverName, 127), p.driver.driverName,
                 p.driver.driverInfo[0] ? " " : "", p.driver.driverInfo);
    else
        snprintf(info->driver, sizeof info->driver, "driver version %u", base->driverVersion);
    um_utf8_trim(info->driver);
    for (size_t i = 0; i < VK_UUID_SIZE; i++)
        snprintf(info->uuid + 2 * i, 3, "%02x", p.id.deviceUUID[i]);
    const VkPhysicalDeviceMemoryProperties *m = &memory.memoryProperties;
    for (uint32_t i = 0; i < m->memoryHeapCount; i++)
        if ((m->memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) &&
            m->memoryHeaps[i].size > info->memory_bytes)
            info->memory_bytes = m->memoryHeaps[i].size;
}

um_status um_vk_list(um_device_info *list, size_t capacity, size_t *count,
                     const struct um_log *log) {
    *count = 0;
    struct um_vk_instance instance;
    if (um_vk_instance_open(&instance, false, log) != UM_OK)
        return UM_OK;
    VkPhysicalDevice devices[MAX_PHYSICAL];
    uint32_t found = usable_devices(&instance, devices);
    for (uint32_t i = 0; i < found && i < capacity; i++)
        describe(&instance, devices[i], &list[i]);
    *count = found;
    um_vk_instance_close(&instance);
    return UM_OK;
}

static struct um_vk_identity identity_of(const struct properties *p) {
    const VkPhysicalDeviceProperties *base = &p->base.properties;
    struct um_vk_identity identity = {
        .vendor = base->vendorID,
        .device = base->deviceID,
        .driver_version = base->driverVersion,
    };
    memcpy(identity.device_uuid, p->id.deviceUUID, VK_UUID_SIZE);
    memcpy(identity.driver_uuid, p->id.driverUUID, VK_UUID_SIZE);
    memcpy(identity.cache_uuid, base->pipelineCacheUUID, VK_UUID_SIZE);
    return identity;
}

static um_status choose(struct um_vk_device *device, uint32_t index, uint32_t disabled) {
    VkPhysicalDevice devices[MAX_PHYSICAL];
    uint32_t count = usable_devices(&device->instance, devices);
    if (index >= count)
        return um_fail(&device->log, UM_ERROR_NO_DEVICE,
                       "Vulkan: device %u does not exist, there are %u", index, count);
    device->physical = devices[index];
    struct properties p;
    get_properties(&device->instance, device->physical, &p);
    device->limits = p.base.properties.limits;
    device->max_allocation = p.maintenance3.maxMemoryAllocationSize;
    device->identity = identity_of(&p);
    device->software = p.base.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    device->direct = device->software;
    device->pace = um_vk_pace_start(device->software);
    device->queue_family = (uint32_t)compute_family(&device->instance, device->physical);
    device->timestamp_mask =
        timestamp_mask(&device->instance, device->physical, device->queue_family);
    VkPhysicalDeviceMemoryProperties2 memory = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2};
    device->instance.get_memory(device->physical, &memory);
    device->memory = memory.memoryProperties;
    um_vk_features_query(&device->instance, device->physical, device->software, &device->features);
    device->features.used &= ~disabled;
    return UM_OK;
}

static um_status create_device(struct um_vk_device *device) {
    float priority = 1.0f;
    VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = device->queue_family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
    };
    struct um_vk_feature_chain chain;
    um_vk_features_enable(&device->features, &chain, &info);
    UM_VK_TRY(device,
              device->instance.create_device(device->physical, &info, NULL, &device->handle));
    um_vk_load_device_table(&device->vk, device->handle);
    device->vk.vkGetDeviceQueue(device->handle, device->queue_family, 0, &device->queue);
    return UM_OK;
}

static um_status create_commands(struct um_vk_device *device) {
    VkCommandPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
        .queueFamilyIndex = device->queue_family,
    };
    UM_VK_TRY(device, device->vk.vkCreateCommandPool(device->handle, &pool, NULL, &device->pool));
    VkCommandBufferAllocateInfo commands = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = device->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    UM_VK_TRY(device,
              device->vk.vkAllocateCommandBuffers(device->handle, &commands, &device->transfer));
    VkFenceCreateInfo fence = {.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
    UM_VK_TRY(device, device->vk.vkCreateFence(device->handle, &fence, NULL, &device->fence));
    return UM_OK;
}

static um_status open_parts(struct um_vk_device *device, const struct um_device_options *options) {
    um_status status = um_vk_instance_open(&device->instance, device->validation, &device->log);
    if (status != UM_OK && !device->validation)
        return um_fail(&device->log, status, "Vulkan: no loader or driver can be opened.");
    UM_TRY(status);
    UM_TRY(choose(device, options->index, options->disabled));
    if (device->f16 && !um_vk_uses(device, UM_VK_FP16 | UM_VK_COOPMAT))
        return um_fail(&device->log, UM_ERROR_NO_DEVICE,
                       "Vulkan: the device gains nothing by computing in F16.");
    UM_TRY(create_device(device));
    UM_TRY(create_commands(device));
    UM_TRY(um_vk_staging_create(device));
    UM_TRY(um_vk_pipelines_create(device));
    UM_TRY(um_vk_selftest_remembered(device));
    return um_vk_check(device);
}

um_status um_vk_device_open(void **out, const struct um_device_options *options) {
    *out = NULL;
    struct um_vk_device *device = um_alloc(1, sizeof *device);
    if (!device)
        return um_fail(&options->log, UM_ERROR_MEMORY, "out of memory opening a Vulkan device");
    device->log = options->log;
    device->validation = options->validation;
    device->f16 = options->f16;
    device->distrust = options->distrust;
    um_status status = open_parts(device, options);
    if (status == UM_OK) {
        *out = device;
        return UM_OK;
    }
    void *half_open = device;
    um_vk_device_close(&half_open);
    return status;
}

static void destroy_parts(struct um_vk_device *device) {
    if (!device->handle)
        return;
    um_vk_pipelines_destroy(device);
    um_vk_buffer_destroy(device, &device->receipts);
    um_vk_buffer_destroy(device, &device->staging);
    device->vk.vkDestroyFence(device->handle, device->fence, NULL);
    device->vk.vkDestroyCommandPool(device->handle, device->pool, NULL);
    device->vk.vkDestroyDevice(device->handle, NULL);
}

void um_vk_device_close(void **out) {
    struct um_vk_device *device = *out;
    *out = NULL;
    if (!device || device->hung)
        return;
    destroy_parts(device);
    um_vk_instance_close(&device->instance);
    um_free(device);
}

bool um_vk_device_hangs(const void *device) {
    return ((const struct um_vk_device *)device)->hung;
}
