#include "vulkan/compilers/compile_device.h"

#include <stdio.h>
#include <string.h>

#include "backend/vulkan/util.h"

enum { MAX_DEVICES = 8, MAX_NAMES = 16 };

/* Read by the wrapper, which has no other way to know them. */
static PFN_vkCreateComputePipelines real_create;
static bool with_code;

static VKAPI_ATTR VkResult VKAPI_CALL create_telling(VkDevice device, VkPipelineCache cache,
                                                     uint32_t count,
                                                     const VkComputePipelineCreateInfo *infos,
                                                     const VkAllocationCallbacks *allocator,
                                                     VkPipeline *pipelines) {
    VkComputePipelineCreateInfo info = infos[0];
    (void)count; /* the backend builds them one by one */
    info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
    if (with_code)
        info.flags |= VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR;
    return real_create(device, cache, 1, &info, allocator, pipelines);
}

static um_status choose(struct compile_device *c) {
    struct um_vk_device *d = &c->device;
    VkPhysicalDevice devices[MAX_DEVICES];
    uint32_t count = MAX_DEVICES;
    const VkResult result = d->instance.enumerate_devices(d->instance.handle, &count, devices);
    if ((result != VK_SUCCESS && result != VK_INCOMPLETE) || count == 0)
        return um_fail(&d->log, UM_ERROR_NO_DEVICE, "no Vulkan device");
    d->physical = devices[0];
    VkPhysicalDeviceDriverProperties driver = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES};
    VkPhysicalDeviceMaintenance3Properties most = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES, .pNext = &driver};
    VkPhysicalDeviceProperties2 p = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                     .pNext = &most};
    d->instance.get_properties(d->physical, &p);
    d->limits = p.properties.limits;
    d->max_allocation = most.maxMemoryAllocationSize;
    d->software = d->direct = p.properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU;
    snprintf(c->name, sizeof c->name, "%s", p.properties.deviceName);
    snprintf(c->driver, sizeof c->driver, "%s", driver.driverInfo);
    um_vk_features_query(&d->instance, d->physical, d->software, &d->features);
    d->features.used &= ~(uint32_t)UM_VK_PIPECACHE; /* nothing is left on disk */
    return UM_OK;
}

static um_status create(struct um_vk_device *d) {
    const float priority = 1;
    VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = d->queue_family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
                               .queueCreateInfoCount = 1,
                               .pQueueCreateInfos = &queue};
    struct um_vk_feature_chain chain;
    um_vk_features_enable(&d->features, &chain, &info);
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR telling = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
        .pNext = (void *)(uintptr_t)info.pNext,
        .pipelineExecutableInfo = VK_TRUE,
    };
    const char *names[MAX_NAMES];
    for (uint32_t i = 0; i < info.enabledExtensionCount; i++)
        names[i] = info.ppEnabledExtensionNames[i];
    names[info.enabledExtensionCount++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
    info.ppEnabledExtensionNames = names;
    info.pNext = &telling;
    const VkResult result = d->instance.create_device(d->physical, &info, NULL, &d->handle);
    if (result != VK_SUCCESS)
        return um_fail(&d->log, UM_ERROR_NO_DEVICE, "vkCreateDevice: %s",
                       um_vk_result_name(result));
    um_vk_load_device_table(&d->vk, d->handle);
    real_create = d->vk.vkCreateComputePipelines;
    d->vk.vkCreateComputePipelines = create_telling;
    return UM_OK;
}

um_status compile_device_open(struct compile_device *c, bool code, const struct um_log *log) {
    with_code = code;
    *c = (struct compile_device){.device = {.log = *log}};
    UM_TRY(um_vk_instance_open(&c->device.instance, false, &c->device.log));
    UM_TRY(choose(c));
    UM_TRY(create(&c->device));
    return um_vk_pipelines_create(&c->device);
}

void compile_device_close(struct compile_device *c) {
    struct um_vk_device *d = &c->device;
    if (d->handle) {
        um_vk_pipelines_destroy(d);
        d->vk.vkDestroyDevice(d->handle, NULL);
    }
    um_vk_instance_close(&d->instance);
}

um_status compile_device_build(struct compile_device *c, enum um_vk_shader shader,
                               const struct um_vk_spec *spec, VkPipeline *pipeline) {
    return um_vk_pipeline(&c->device, shader, spec, pipeline);
}
