/* Compute pipelines: the shaders, their specialization, and a cache per device. */
#ifndef UM_BACKEND_VULKAN_PIPELINE_H
#define UM_BACKEND_VULKAN_PIPELINE_H

#include "backend/vulkan/vk.h"
#include "um_shared.h"

/* X(ID, name, needs): one line per compiled module, in `needs` the features that it cannot do
 * without. The _DIRECT ones are the same source in a form that is faster on software devices; the
 * form for subgroups stands behind the one without. */
#define UM_VK_SHADERS(X)                                                                           \
    X(EMBED, embed, 0)                                                                             \
    X(LINEAR, linear, 0)                                                                           \
    X(LINEAR_DIRECT, linear_direct, 0)                                                             \
    X(LINEAR_FP16, linear_fp16, UM_VK_FP16)                                                        \
    X(LINEAR_COOPMAT, linear_coopmat, UM_VK_COOPMAT)                                               \
    X(LINEAR_INT8, linear_int8, UM_VK_INT8)                                                        \
    X(QUANTIZE, quantize, 0)                                                                       \
    X(LAYERNORM, layernorm, 0)                                                                     \
    X(LAYERNORM_SUBGROUP, layernorm_subgroup, UM_VK_SUBGROUP)                                      \
    X(ATTENTION, attention, 0)                                                                     \
    X(ATTENTION_SCORES, attention_scores, 0)                                                       \
    X(ATTENTION_SCORES_DIRECT, attention_scores_direct, 0)                                         \
    X(ATTENTION_SOFTMAX, attention_softmax, 0)                                                     \
    X(ATTENTION_SOFTMAX_SUBGROUP, attention_softmax_subgroup, UM_VK_SUBGROUP)                      \
    X(ATTENTION_MIX, attention_mix, 0)                                                             \
    X(ATTENTION_MIX_DIRECT, attention_mix_direct, 0)                                               \
    X(CONV2D, conv2d, 0)                                                                           \
    X(CONV2D_DIRECT, conv2d_direct, 0)                                                             \
    X(CONV2D_FP16, conv2d_fp16, UM_VK_FP16)                                                        \
    X(CONV2D_COOPMAT, conv2d_coopmat, UM_VK_COOPMAT)                                               \
    X(GROUPNORM_SLICES, groupnorm_slices, 0)                                                       \
    X(GROUPNORM_MERGE, groupnorm_merge, 0)                                                         \
    X(GROUPNORM, groupnorm, 0)                                                                     \
    X(GROUPNORM_CHANNELS, groupnorm_channels, 0)                                                   \
    X(AVGPOOL, avgpool, 0)                                                                         \
    X(UPSAMPLE, upsample, 0)                                                                       \
    X(NEAREST_CODE, nearest_code, 0)                                                               \
    X(NEAREST_CODE_SUBGROUP, nearest_code_subgroup, UM_VK_SUBGROUP)                                \
    X(CODEBOOK, codebook, 0)                                                                       \
    X(CONV2D_STRIDE2, conv2d_stride2, 0)                                                           \
    X(CONV2D_STRIDE2_DIRECT, conv2d_stride2_direct, 0)                                             \
    X(CONV2D_STRIDE2_FP16, conv2d_stride2_fp16, UM_VK_FP16)                                        \
    X(CONV2D_STRIDE2_COOPMAT, conv2d_stride2_coopmat, UM_VK_COOPMAT)                               \
    X(RMSNORM, rmsnorm, 0)                                                                         \
    X(RMSNORM_SUBGROUP, rmsnorm_subgroup, UM_VK_SUBGROUP)                                          \
    X(GATE, gate, 0)                                                                               \
    X(SWIGLU, swiglu, 0)                                                                           \
    X(SCALE, scale, 0)                                                                             \
    X(PICK, pick, 0)                                                                               \
    X(SAMPLER_MAX, sampler_max, 0)                                                                 \
    X(SAMPLER_SUMS, sampler_sums, 0)                                                               \
    X(SAMPLER_DRAW, sampler_draw, 0)                                                               \
    X(SAMPLER_CHOOSE, sampler_choose, 0)                                                           \
    X(EMBED_NEXT, embed_next, 0)                                                                   \
    X(ATTENTION_NEXT, attention_next, 0)                                                           \
    X(PEAK_COPY, peak_copy, 0)                                                                     \
    X(PEAK_FMA, peak_fma, 0)                                                                       \
    X(PEAK_MATRIX_COOPMAT, peak_matrix_coopmat, UM_VK_COOPMAT)

enum um_vk_shader {
#define UM_VK_SHADER(ID, name, needs) UM_VK_##ID,
    UM_VK_SHADERS(UM_VK_SHADER)
#undef UM_VK_SHADER
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
