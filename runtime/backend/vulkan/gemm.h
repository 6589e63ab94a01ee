/* Chooses the shader and the tile size for a matrix product. */
#ifndef UM_BACKEND_VULKAN_GEMM_H
#define UM_BACKEND_VULKAN_GEMM_H

#include "backend/vulkan/pipeline.h"

enum um_vk_product {
    UM_VK_PRODUCT_LINEAR,
    UM_VK_PRODUCT_CONV2D,
    UM_VK_PRODUCT_CONV2D_STRIDE2,
    UM_VK_PRODUCT_SCORES, /* the first product of attention in three kernels */
    UM_VK_PRODUCT_MIX,
    UM_VK_PRODUCT_COUNT
};

/* In order of preference: if the device or the product does not allow one, the next is used. */
enum um_vk_path {
    UM_VK_PATH_INT8,    /* integer dot products; Q8_0 weights */
    UM_VK_PATH_COOPMAT, /* matrix units; F16 weights, if 16-bit arithmetic is allowed */
    UM_VK_PATH_FP16,    /* F16 arithmetic; under the same conditions */
    UM_VK_PATH_TILE,    /* F32, operands in shared memory, slice by slice */
    UM_VK_PATH_DIRECT,  /* F32, registers only; for software devices */
    UM_VK_PATH_COUNT
};

enum { UM_VK_TILE_SIZES = 3 };

struct um_vk_gemm {
    enum um_vk_path path;
    enum um_vk_shader shader;
    struct um_vk_spec spec; /* without the constants that describe the operands */
    uint32_t tile_m, tile_n;
    uint64_t groups; /* workgroups of one copy */
};

/* The product of (m, k) and (n, k)^T, `copies` times in one dispatch, whose weights are UM_WEIGHT_*
 * (UM_WEIGHT_F32 for a product of two values). */
struct um_vk_gemm um_vk_gemm_choose(const struct um_vk_device *device, enum um_vk_product product,
                                    uint32_t weight, uint64_t m, uint64_t n, uint64_t copies);

/* Whether Q8_0 matrices stay int8, for UM_VK_PATH_INT8; otherwise they are expanded when loaded. */
bool um_vk_gemm_keeps_q8(const struct um_vk_device *device);

/* The numbers of queries and keys per workgroup of attention in one kernel. False if the head is
 * too large for the device's shared memory, or if three kernels are faster. */
bool um_vk_attention_tile(const struct um_vk_device *device, uint32_t head_dim, uint32_t *queries,
                          uint32_t *keys);

#endif
