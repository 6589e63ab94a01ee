/* Compute pipelines: the shaders, their specialization, and a cache per device. */
#ifndef UM_BACKEND_VULKAN_PIPELINE_H
#define UM_BACKEND_VULKAN_PIPELINE_H

#include "backend/vulkan/vk.h"
#include "um_shared.h"

/* One entry per compiled module. The _DIRECT ones are the same source in a form that is faster on
 * software devices; _FP16, _COOPMAT, _INT8 and _SUBGROUP need these features. */
enum um_vk_shader {
    UM_VK_EMBED,
    UM_VK_LINEAR,
    UM_VK_LINEAR_DIRECT,
    UM_VK_LINEAR_FP16,
    UM_VK_LINEAR_COOPMAT,
    UM_VK_LINEAR_INT8,
    UM_VK_QUANTIZE,
    UM_VK_LAYERNORM,
    UM_VK_LAYERNORM_SUBGROUP,
    UM_VK_ATTENTION,
    UM_VK_ATTENTION_SCORES,
    UM_VK_ATTENTION_SCORES_DIRECT,
    UM_VK_ATTENTION_SOFTMAX,
    UM_VK_ATTENTION_SOFTMAX_SUBGROUP,
    UM_VK_ATTENTION_MIX,
    UM_VK_ATTENTION_MIX_DIRECT,
    UM_VK_CONV2D,
    UM_VK_CONV2D_DIRECT,
    UM_VK_CONV2D_FP16,
    UM_VK_CONV2D_COOPMAT,
    UM_VK_GROUPNORM_SLICES,
    UM_VK_GROUPNORM_MERGE,
    UM_VK_GROUPNORM,
    UM_VK_GROUPNORM_CHANNELS,
    UM_VK_AVGPOOL,
    UM_VK_UPSAMPLE,
    UM_VK_NEAREST_CODE,
    UM_VK_NEAREST_CODE_SUBGROUP,
    UM_VK_CODEBOOK,
    UM_VK_CONV2D_HALF,
    UM_VK_CONV2D_HALF_DIRECT,
    UM_VK_CONV2D_HALF_FP16,
    UM_VK_CONV2D_HALF_COOPMAT,
    UM_VK_RMSNORM,
    UM_VK_RMSNORM_SUBGROUP,
    UM_VK_GATE,
    UM_VK_SWIGLU,
    UM_VK_SCALE,
    UM_VK_PICK,
    UM_VK_SAMPLER_MAX,
    UM_VK_SAMPLER_SUMS,
    UM_VK_SAMPLER_DRAW,
    UM_VK_SAMPLER_CHOOSE,
    UM_VK_EMBED_NEXT,
    UM_VK_ATTENTION_NEXT,
    UM_VK_PEAK_COPY,
    UM_VK_PEAK_FMA,
    UM_VK_PEAK_MATRIX_COOPMAT,
    UM_VK_SHADER_COUNT
};

/* The SPIR-V of a shader; constant. */
struct um_vk_module {
    const char *name;
    const uint32_t *code;
    size_t bytes;
    uint32_t needs; /* enum um_vk_feature */
};
const struct um_vk_module *um_vk_module(enum um_vk_shader shader);

/* Values of the specialization constants, indexed by UM_SPEC_*. */
struct um_vk_spec {
    uint32_t value[UM_SPEC_COUNT];
};

/* The set and pipeline layouts that all shaders share, and an empty cache. */
um_status um_vk_pipelines_create(struct um_vk_device *device);
void um_vk_pipelines_destroy(struct um_vk_device *device);

/* The pipeline of a shader with these constants; built on first use, owned by the device. */
um_status um_vk_pipeline(struct um_vk_device *device, enum um_vk_shader shader,
                         const struct um_vk_spec *spec, VkPipeline *pipeline);

/* The same in steps, to build several at once: test whether it exists; build it (on any thread);
 * hand it to the device, which then owns it even if the call fails; or log why it was not built. */
bool um_vk_pipeline_has(const struct um_vk_device *device, enum um_vk_shader shader,
                        const struct um_vk_spec *spec);
VkResult um_vk_pipeline_create(struct um_vk_device *device, enum um_vk_shader shader,
                               const struct um_vk_spec *spec, VkPipeline *pipeline);
um_status um_vk_pipeline_keep(struct um_vk_device *device, enum um_vk_shader shader,
                              const struct um_vk_spec *spec, VkPipeline pipeline);
um_status um_vk_pipeline_failed(struct um_vk_device *device, enum um_vk_shader shader,
                                VkResult result);

#endif
