/* What a device offers beyond Vulkan 1.1 and what kernels use of it: one bit per fast path. Without
 * a bit, the next slower path is used. */
#ifndef UM_BACKEND_VULKAN_FEATURES_H
#define UM_BACKEND_VULKAN_FEATURES_H

#include "backend/features.h"
#include "backend/vulkan/loader.h"

/* The bits of backend/features.h. */
enum um_vk_feature {
    UM_VK_FP16 = UM_FEATURE_FP16,           /* F16 arithmetic */
    UM_VK_INT8 = UM_FEATURE_INT8,           /* dot products of four 8-bit integers */
    UM_VK_SUBGROUP = UM_FEATURE_SUBGROUP,   /* reductions within a subgroup */
    UM_VK_COOPMAT = UM_FEATURE_COOPMAT,     /* matrix units: F16 inputs, F32 accumulation */
    UM_VK_PIPECACHE = UM_FEATURE_PIPECACHE, /* the pipeline cache on disk: no device feature */
    UM_VK_ALL_FEATURES = (1u << UM_FEATURE_COUNT) - 1
};

struct um_vk_features {
    uint32_t offered;       /* bits that the device supports; all of them are enabled at creation */
    uint32_t used;          /* bits of `offered` that kernels may use: all except those removed by
                               um_device_options.disabled or a failed self-test */
    uint32_t fast;          /* bits of `offered` that the hardware does fast, not merely supports */
    uint32_t subgroup_size; /* the default one */
    bool budget;            /* VK_EXT_memory_budget is there, and enabled */
    bool fixed_subgroups;   /* pipelines may demand full subgroups of subgroup_size */
    uint32_t matrix_m, matrix_n, matrix_k; /* of UM_VK_COOPMAT; 0 without */
};

/* Queries the device; `used` = offered. Never fails: what cannot be queried is not offered. */
void um_vk_features_query(const struct um_vk_instance *instance, VkPhysicalDevice device,
                          bool software, struct um_vk_features *features);

/* The structures and extensions that enable `offered`, for VkDeviceCreateInfo. Its parts point to
 * each other: it must not move. */
struct um_vk_feature_chain {
    VkPhysicalDeviceShaderFloat16Int8Features float16;
    VkPhysicalDeviceShaderIntegerDotProductFeatures dot;
    VkPhysicalDeviceVulkanMemoryModelFeatures memory_model;
    VkPhysicalDeviceSubgroupSizeControlFeatures subgroups;
    struct um_vk_coopmat_features {
        VkStructureType sType;
        void *pNext;
        VkBool32 matrix, robust_access;
    } coopmat; /* VkPhysicalDeviceCooperativeMatrixFeaturesKHR, newer than Debian 12's headers */
    const char *extensions[8];
};
void um_vk_features_enable(const struct um_vk_features *features, struct um_vk_feature_chain *chain,
                           VkDeviceCreateInfo *info);

#endif
