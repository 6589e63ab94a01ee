/* Queries and enables the optional features of a device. */
#include "backend/vulkan/features.h"

#include "base/mem.h"

#include <string.h>

enum { MAX_EXTENSIONS = 1024, MAX_MATRICES = 256 };

/* VK_KHR_cooperative_matrix, which the Vulkan headers of Debian 12 do not know. */
enum {
    COOPMAT_FEATURES = 1000506000,
    COOPMAT_PROPERTIES = 1000506001,
    COMPONENT_F16 = 0,
    COMPONENT_F32 = 1,
    SCOPE_SUBGROUP = 3
};

struct matrix_properties {
    VkStructureType sType;
    void *pNext;
    uint32_t m, n, k;
    int32_t a, b, c, result; /* component types */
    VkBool32 saturating;
    int32_t scope;
};

typedef VkResult(VKAPI_PTR *get_matrices_fn)(VkPhysicalDevice device, uint32_t *count,
                                             struct matrix_properties *properties);

/* Those before EXT_CHAINED have a structure in the chain. */
enum extension {
    EXT_FLOAT16,
    EXT_DOT,
    EXT_MEMORY_MODEL,
    EXT_SUBGROUPS,
    EXT_COOPMAT,
    EXT_CHAINED,
    EXT_BUDGET = EXT_CHAINED,
    EXT_COUNT
};

static const char *const extension_names[EXT_COUNT] = {
    VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME,
    VK_KHR_SHADER_INTEGER_DOT_PRODUCT_EXTENSION_NAME,
    VK_KHR_VULKAN_MEMORY_MODEL_EXTENSION_NAME,
    VK_EXT_SUBGROUP_SIZE_CONTROL_EXTENSION_NAME,
    "VK_KHR_cooperative_matrix",
    VK_EXT_MEMORY_BUDGET_EXTENSION_NAME,
};

/* Which of the extensions there are, as bits. */
static uint32_t find_extensions(const struct um_vk_instance *instance, VkPhysicalDevice device) {
    uint32_t count = MAX_EXTENSIONS, found = 0;
    VkExtensionProperties *list = um_alloc(count, sizeof *list);
    if (!list)
        return 0;
    const VkResult result = instance->enumerate_extensions(device, NULL, &count, list);
    if (result == VK_SUCCESS || result == VK_INCOMPLETE)
        for (uint32_t i = 0; i < count; i++)
            for (uint32_t e = 0; e < EXT_COUNT; e++)
                if (strcmp(list[i].extensionName, extension_names[e]) == 0)
                    found |= 1u << e;
    um_free(list);
    return found;
}

static bool has(uint32_t extensions, enum extension extension) {
    return extensions >> extension & 1;
}

/* The chain of the structures whose extensions there are, all values zero. */
static void *link_chain(struct um_vk_feature_chain *chain, uint32_t extensions) {
    *chain = (struct um_vk_feature_chain){
        .float16 = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES},
        .dot = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_FEATURES},
        .memory_model = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_MEMORY_MODEL_FEATURES},
        .subgroups = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_FEATURES},
        .coopmat = {.sType = (VkStructureType)COOPMAT_FEATURES},
    };
    VkBaseOutStructure *const parts[EXT_CHAINED] = {
        [EXT_FLOAT16] = (VkBaseOutStructure *)&chain->float16,
        [EXT_DOT] = (VkBaseOutStructure *)&chain->dot,
        [EXT_MEMORY_MODEL] = (VkBaseOutStructure *)&chain->memory_model,
        [EXT_SUBGROUPS] = (VkBaseOutStructure *)&chain->subgroups,
        [EXT_COOPMAT] = (VkBaseOutStructure *)&chain->coopmat,
    };
    VkBaseOutStructure *first = NULL;
    for (uint32_t e = 0; e < EXT_CHAINED; e++)
        if (has(extensions, (enum extension)e)) {
            parts[e]->pNext = first;
            first = parts[e];
        }
    return first;
}

/* The first matrix product of F16 with F32 sums in whole subgroups whose sides the tiles hold. */
static void find_matrix(const struct um_vk_instance *instance, VkPhysicalDevice device,
                        struct um_vk_features *features) {
    get_matrices_fn get = (get_matrices_fn)instance->get_matrices;
    uint32_t count = 0;
    if (!get || get(device, &count, NULL) != VK_SUCCESS || count == 0 || count > MAX_MATRICES)
        return;
    struct matrix_properties *list = um_alloc(count, sizeof *list);
    if (!list)
        return;
    for (uint32_t i = 0; i < count; i++)
        list[i].sType = (VkStructureType)COOPMAT_PROPERTIES;
    if (get(device, &count, list) == VK_SUCCESS)
        for (uint32_t i = 0; i < count && features->matrix_m == 0; i++) {
            const struct matrix_properties *p = &list[i];
            const bool types = p->a == COMPONENT_F16 && p->b == COMPONENT_F16 &&
                               p->c == COMPONENT_F32 && p->result == COMPONENT_F32;
            const bool sides =
                p->m && p->n && p->k && 32 % p->m == 0 && 32 % p->n == 0 && 32 % p->k == 0;
            if (types && sides && p->scope == SCOPE_SUBGROUP) {
                features->matrix_m = p->m;
                features->matrix_n = p->n;
                features->matrix_k = p->k;
            }
        }
    um_free(list);
}

static void query_properties(const struct um_vk_instance *instance, VkPhysicalDevice device,
                             uint32_t extensions, bool software, struct um_vk_features *features) {
    VkPhysicalDeviceSubgroupProperties subgroup = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceSubgroupSizeControlProperties sizes = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_SIZE_CONTROL_PROPERTIES};
    VkPhysicalDeviceShaderIntegerDotProductProperties dot = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES};
    VkPhysicalDeviceProperties2 base = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
                                        .pNext = &subgroup};
    if (has(extensions, EXT_SUBGROUPS)) {
        sizes.pNext = base.pNext;
        base.pNext = &sizes;
    }
    if (has(extensions, EXT_DOT)) {
        dot.pNext = base.pNext;
        base.pNext = &dot;
    }
    instance->get_properties(device, &base);
    const VkSubgroupFeatureFlags needed =
        VK_SUBGROUP_FEATURE_BASIC_BIT | VK_SUBGROUP_FEATURE_ARITHMETIC_BIT;
    if ((subgroup.supportedOperations & needed) == needed &&
        (subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
        features->offered |= UM_VK_SUBGROUP;
    features->subgroup_size = subgroup.subgroupSize;
    features->fixed_subgroups = features->fixed_subgroups &&
                                (sizes.requiredSubgroupSizeStages & VK_SHADER_STAGE_COMPUTE_BIT) &&
                                sizes.minSubgroupSize <= subgroup.subgroupSize &&
                                sizes.maxSubgroupSize >= subgroup.subgroupSize;
    if (!software) {
        features->fast = features->offered & ~(uint32_t)UM_VK_INT8;
        if (dot.integerDotProduct4x8BitPackedSignedAccelerated)
            features->fast |= features->offered & UM_VK_INT8;
    }
}

void um_vk_features_query(const struct um_vk_instance *instance, VkPhysicalDevice device,
                          bool software, struct um_vk_features *features) {
    *features = (struct um_vk_features){.offered = UM_VK_PIPECACHE};
    const uint32_t extensions = find_extensions(instance, device);
    struct um_vk_feature_chain chain;
    VkPhysicalDeviceFeatures2 base = {.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
                                      .pNext = link_chain(&chain, extensions)};
    instance->get_features(device, &base);
    if (chain.float16.shaderFloat16)
        features->offered |= UM_VK_FP16;
    if (chain.dot.shaderIntegerDotProduct)
        features->offered |= UM_VK_INT8;
    features->fixed_subgroups =
        chain.subgroups.subgroupSizeControl && chain.subgroups.computeFullSubgroups;
    query_properties(instance, device, extensions, software, features);
    if (chain.coopmat.matrix && chain.memory_model.vulkanMemoryModel &&
        chain.float16.shaderFloat16 && features->fixed_subgroups)
        find_matrix(instance, device, features);
    if (features->matrix_m)
        features->offered |= UM_VK_COOPMAT;
    features->fast |= features->offered & UM_VK_PIPECACHE;
    features->used = features->offered;
    features->budget = has(extensions, EXT_BUDGET);
    if (!software)
        features->fast |= features->offered & UM_VK_COOPMAT;
}

void um_vk_features_enable(const struct um_vk_features *features, struct um_vk_feature_chain *chain,
                           VkDeviceCreateInfo *info) {
    const bool coopmat = features->offered & UM_VK_COOPMAT;
    uint32_t extensions = 0;
    if (features->offered & UM_VK_FP16)
        extensions |= 1u << EXT_FLOAT16;
    if (features->offered & UM_VK_INT8)
        extensions |= 1u << EXT_DOT;
    if (features->fixed_subgroups)
        extensions |= 1u << EXT_SUBGROUPS;
    if (coopmat)
        extensions |= 1u << EXT_MEMORY_MODEL | 1u << EXT_COOPMAT;
    if (features->budget)
        extensions |= 1u << EXT_BUDGET;
    void *first = link_chain(chain, extensions);
    chain->float16.shaderFloat16 = VK_TRUE;
    chain->dot.shaderIntegerDotProduct = VK_TRUE;
    chain->memory_model.vulkanMemoryModel = VK_TRUE;
    chain->subgroups.subgroupSizeControl = VK_TRUE;
    chain->subgroups.computeFullSubgroups = VK_TRUE;
    chain->coopmat.matrix = VK_TRUE;
    uint32_t count = info->enabledExtensionCount;
    if (count == 0)
        info->ppEnabledExtensionNames = chain->extensions;
    for (uint32_t e = 0; e < EXT_COUNT; e++)
        if (has(extensions, (enum extension)e))
            chain->extensions[count++] = extension_names[e];
    info->enabledExtensionCount = count;
    info->pNext = first;
}
