/* Builds compute pipelines from the embedded SPIR-V and keeps them. */
#include "backend/vulkan/pipeline.h"

#include "backend/vulkan/pipecache.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"

#include <string.h>

#include "um_spirv.h"

static const struct um_vk_module modules[UM_VK_SHADER_COUNT] = {
#define ROW(ID, name, needs) [UM_VK_##ID] = {#name, um_spv_##name, sizeof um_spv_##name, needs},
    UM_VK_SHADERS(ROW)
#undef ROW
};

const struct um_vk_module *um_vk_module(enum um_vk_shader shader) {
    return &modules[shader];
}

/* Vulkan promises 128 bytes; the largest struct in um_shared.h has far fewer. */
enum { PUSH_BYTES = 64 };

struct entry {
    enum um_vk_shader shader;
    struct um_vk_spec spec;
    VkPipeline pipeline;
};

struct um_vk_pipelines {
    struct entry *entries;
    uint32_t count, capacity;
};

um_status um_vk_pipelines_create(struct um_vk_device *device) {
    device->pipelines = um_alloc(1, sizeof *device->pipelines);
    if (!device->pipelines)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory opening a Vulkan device");
    VkDescriptorSetLayoutBinding bindings[UM_BIND_COUNT];
    for (uint32_t b = 0; b < UM_BIND_COUNT; b++)
        bindings[b] = (VkDescriptorSetLayoutBinding){
            .binding = b,
            .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
            .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
        };
    VkDescriptorSetLayoutCreateInfo set = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .bindingCount = UM_BIND_COUNT,
        .pBindings = bindings,
    };
    UM_VK_TRY(device, device->vk.vkCreateDescriptorSetLayout(device->handle, &set, NULL,
                                                             &device->set_layout));
    VkPushConstantRange push = {VK_SHADER_STAGE_COMPUTE_BIT, 0, PUSH_BYTES};
    device->pipecache = um_vk_pipecache_open(device);
    VkPipelineLayoutCreateInfo layout = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .setLayoutCount = 1,
        .pSetLayouts = &device->set_layout,
        .pushConstantRangeCount = 1,
        .pPushConstantRanges = &push,
    };
    UM_VK_TRY(device, device->vk.vkCreatePipelineLayout(device->handle, &layout, NULL,
                                                        &device->pipeline_layout));
    return UM_OK;
}

void um_vk_pipelines_destroy(struct um_vk_device *device) {
    for (uint32_t i = 0; device->pipelines && i < device->pipelines->count; i++)
        device->vk.vkDestroyPipeline(device->handle, device->pipelines->entries[i].pipeline, NULL);
    um_vk_pipecache_close(device, device->pipecache);
    device->pipecache = NULL;
    device->vk.vkDestroyPipelineLayout(device->handle, device->pipeline_layout, NULL);
    device->vk.vkDestroyDescriptorSetLayout(device->handle, device->set_layout, NULL);
    if (device->pipelines)
        um_free(device->pipelines->entries);
    um_free(device->pipelines);
    device->pipelines = NULL;
}

VkResult um_vk_pipeline_create(struct um_vk_device *device, enum um_vk_shader shader,
                               const struct um_vk_spec *spec, VkPipeline *pipeline) {
    VkShaderModuleCreateInfo code = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = modules[shader].bytes,
        .pCode = modules[shader].code,
    };
    VkShaderModule module;
    VkResult result = device->vk.vkCreateShaderModule(device->handle, &code, NULL, &module);
    if (result != VK_SUCCESS)
        return result;
    VkSpecializationMapEntry map[UM_SPEC_COUNT];
    for (uint32_t i = 0; i < UM_SPEC_COUNT; i++)
        map[i] = (VkSpecializationMapEntry){i, i * (uint32_t)sizeof(uint32_t), sizeof(uint32_t)};
    VkSpecializationInfo constants = {UM_SPEC_COUNT, map, sizeof spec->value, spec->value};
    /* Products on matrix units are the work of whole subgroups, whose size is part of the tiles. */
    const bool whole = modules[shader].needs & UM_VK_COOPMAT;
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo size = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO,
        .requiredSubgroupSize = device->features.subgroup_size,
    };
    VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_DISPATCH_BASE_BIT, /* long dispatches are cut into pieces */
        .stage = {.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
                  .pNext = whole ? &size : NULL,
                  .flags = whole ? VK_PIPELINE_SHADER_STAGE_CREATE_REQUIRE_FULL_SUBGROUPS_BIT : 0,
                  .stage = VK_SHADER_STAGE_COMPUTE_BIT,
                  .module = module,
                  .pName = "main",
                  .pSpecializationInfo = &constants},
        .layout = device->pipeline_layout,
    };
    result = device->vk.vkCreateComputePipelines(
        device->handle, um_vk_pipecache_handle(device->pipecache), 1, &info, NULL, pipeline);
    device->vk.vkDestroyShaderModule(device->handle, module, NULL);
    return result;
}

um_status um_vk_pipeline_failed(struct um_vk_device *device, enum um_vk_shader shader,
                                VkResult result) {
    um_log_write(&device->log, UM_LOG_ERROR, "Vulkan: shader %s does not build",
                 modules[shader].name);
    return um_vk_fail(device, result, "vkCreateComputePipelines");
}

static bool grow(struct um_vk_pipelines *cache) {
    if (cache->count < cache->capacity)
        return true;
    uint32_t capacity = cache->capacity ? cache->capacity * 2 : 32;
    struct entry *entries = um_alloc(capacity, sizeof *entries);
    if (!entries)
        return false;
    if (cache->count)
        memcpy(entries, cache->entries, cache->count * sizeof *entries);
    um_free(cache->entries);
    cache->entries = entries;
    cache->capacity = capacity;
    return true;
}

static const struct entry *find(const struct um_vk_pipelines *cache, enum um_vk_shader shader,
                                const struct um_vk_spec *spec) {
    for (uint32_t i = 0; i < cache->count; i++)
        if (cache->entries[i].shader == shader &&
            memcmp(&cache->entries[i].spec, spec, sizeof *spec) == 0)
            return &cache->entries[i];
    return NULL;
}

bool um_vk_pipeline_has(const struct um_vk_device *device, enum um_vk_shader shader,
                        const struct um_vk_spec *spec) {
    return find(device->pipelines, shader, spec) != NULL;
}

um_status um_vk_pipeline_keep(struct um_vk_device *device, enum um_vk_shader shader,
                              const struct um_vk_spec *spec, VkPipeline pipeline) {
    struct um_vk_pipelines *cache = device->pipelines;
    if (!grow(cache)) {
        device->vk.vkDestroyPipeline(device->handle, pipeline, NULL);
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory building pipelines");
    }
    cache->entries[cache->count++] = (struct entry){shader, *spec, pipeline};
    return UM_OK;
}

um_status um_vk_pipeline(struct um_vk_device *device, enum um_vk_shader shader,
                         const struct um_vk_spec *spec, VkPipeline *pipeline) {
    const struct entry *entry = find(device->pipelines, shader, spec);
    if (entry) {
        *pipeline = entry->pipeline;
        return UM_OK;
    }
    um_vk_pipecache_enter(device->pipecache);
    VkResult result = um_vk_pipeline_create(device, shader, spec, pipeline);
    um_vk_pipecache_leave(device->pipecache);
    if (result != VK_SUCCESS)
        return um_vk_pipeline_failed(device, shader, result);
    return um_vk_pipeline_keep(device, shader, spec, *pipeline);
}
