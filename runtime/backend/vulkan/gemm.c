/* Chooses among the shapes of the matrix product. */
#include "backend/vulkan/gemm.h"

enum { DIRECT_GROUP = 16 /* a vector register or two of a software device */ };

/* Workgroups that keep a GPU busy. Fewer than that cost as much time as so many. */
static const double busy_groups = 128;

struct tile {
    uint32_t m, n, sums_m, sums_n;
    double speed; /* of a busy device, relative: larger tiles read less */
    uint32_t group;
};

/* Of the matrix units: matrices of a subgroup, and subgroups, down and across. */
static const struct tile tiles[UM_VK_PATH_COUNT][UM_VK_TILE_SIZES] = {
    [UM_VK_PATH_INT8] = {{32, 32, 4, 4, 0.5, 0}, {64, 64, 8, 4, 0.8, 0}, {128, 64, 8, 4, 1, 0}},
    [UM_VK_PATH_COOPMAT] = {{2, 2, 1, 1, 0.4, 0}, {2, 2, 2, 2, 0.7, 0}, {4, 4, 2, 2, 1, 0}},
    [UM_VK_PATH_FP16] = {{32, 32, 4, 4, 0.5, 0}, {64, 64, 4, 4, 0.7, 0}, {128, 64, 8, 4, 1, 0}},
    [UM_VK_PATH_TILE] = {{32, 32, 4, 4, 0.5, 0}, {64, 64, 8, 4, 0.8, 0}, {128, 128, 8, 8, 1, 0}},
};

#define NONE UM_VK_SHADER_COUNT
static const enum um_vk_shader shaders[UM_VK_PRODUCT_COUNT][UM_VK_PATH_COUNT] = {
    [UM_VK_PRODUCT_LINEAR] = {UM_VK_LINEAR_INT8, UM_VK_LINEAR_COOPMAT, UM_VK_LINEAR_FP16,
                              UM_VK_LINEAR, UM_VK_LINEAR_DIRECT},
    [UM_VK_PRODUCT_CONV2D] = {NONE, UM_VK_CONV2D_COOPMAT, UM_VK_CONV2D_FP16, UM_VK_CONV2D,
                              UM_VK_CONV2D_DIRECT},
    [UM_VK_PRODUCT_CONV2D_STRIDE2] = {NONE, UM_VK_CONV2D_STRIDE2_COOPMAT, UM_VK_CONV2D_STRIDE2_FP16,
                                      UM_VK_CONV2D_STRIDE2, UM_VK_CONV2D_STRIDE2_DIRECT},
    [UM_VK_PRODUCT_SCORES] = {NONE, NONE, NONE, UM_VK_ATTENTION_SCORES,
                              UM_VK_ATTENTION_SCORES_DIRECT},
    [UM_VK_PRODUCT_MIX] = {NONE, NONE, NONE, UM_VK_ATTENTION_MIX, UM_VK_ATTENTION_MIX_DIRECT},
};

bool um_vk_gemm_keeps_q8(const struct um_vk_device *device) {
    return um_vk_uses(device, UM_VK_INT8);
}

static struct tile tile_at(const struct um_vk_device *device, enum um_vk_path path, uint32_t size) {
    struct tile tile = tiles[path][size];
    if (path != UM_VK_PATH_COOPMAT) {
        tile.group = tile.m / tile.sums_m * (tile.n / tile.sums_n);
        return tile;
    }
    const struct tile matrices = tile;
    tile.group = tile.sums_m * tile.sums_n * device->features.subgroup_size;
    tile.m = matrices.m * matrices.sums_m * device->features.matrix_m;
    tile.n = matrices.n * matrices.sums_n * device->features.matrix_n;
    tile.sums_m = matrices.m;
    tile.sums_n = matrices.n;
    return tile;
}

/* As the shaders declare it. */
static uint32_t shared_bytes(enum um_vk_path path, const struct tile *tile) {
    const uint32_t rows = tile->m + tile->n;
    switch (path) {
    case UM_VK_PATH_INT8:
        return rows * UM_Q8_WORDS * 4;
    case UM_VK_PATH_COOPMAT: /* a row of matrices of each subgroup beside the slices */
        return rows * 10 * 8 + tile->m / tile->sums_m * tile->n * 4;
    default:
        return rows * 9 * 8;
    }
}

static bool fits(const struct um_vk_device *device, enum um_vk_path path, const struct tile *tile) {
    const VkPhysicalDeviceLimits *limits = &device->limits;
    const uint32_t group = tile->group, k = device->features.matrix_k;
    if (group > limits->maxComputeWorkGroupInvocations ||
        group > limits->maxComputeWorkGroupSize[0])
        return false;
    /* Eight invocations load a row of a slice, which holds 32 elements. */
    if (path == UM_VK_PATH_COOPMAT &&
        (group % 8 || tile->m % (group / 8) || tile->n % (group / 8) || k == 0 || 32 % k))
        return false;
    return shared_bytes(path, tile) <= limits->maxComputeSharedMemorySize;
}

static double groups_of(const struct tile *tile, uint64_t m, uint64_t n) {
    return (double)((m + tile->m - 1) / tile->m) * (double)((n + tile->n - 1) / tile->n);
}

/* False: none fits the device. */
static bool choose_tile(const struct um_vk_device *device, enum um_vk_path path, uint64_t m,
                        uint64_t n, uint64_t copies, struct tile *best) {
    bool found = false;
    double least = 0;
    for (uint32_t size = 0; size < UM_VK_TILE_SIZES; size++) {
        const struct tile tile = tile_at(device, path, size);
        if (!fits(device, path, &tile))
            continue;
        const double groups = groups_of(&tile, m, n) * (double)copies;
        const double cost = (groups > busy_groups ? groups : busy_groups) * tile.m * tile.n;
        const bool forced = device->forced_tile == size + 1;
        if (!found || forced || cost / tile.speed < least) {
            *best = tile;
            least = cost / tile.speed;
            found = true;
        }
        if (forced)
            break;
    }
    return found;
}

static bool suits(const struct um_vk_device *device, enum um_vk_path path, uint32_t weight) {
    const bool half = device->f16 && weight == UM_WEIGHT_F16;
    switch (path) {
    case UM_VK_PATH_INT8:
        return weight == UM_WEIGHT_Q8 && um_vk_uses(device, UM_VK_INT8);
    case UM_VK_PATH_COOPMAT:
        return half && um_vk_uses(device, UM_VK_COOPMAT);
    case UM_VK_PATH_FP16:
        return half && um_vk_uses(device, UM_VK_FP16);
    case UM_VK_PATH_TILE:
        return !device->direct;
    default:
        return true;
    }
}

static void set_tile(const struct um_vk_device *device, const struct tile *tile,
                     struct um_vk_gemm *gemm) {
    uint32_t *spec = gemm->spec.value;
    spec[UM_SPEC_GROUP] = tile->group;
    spec[UM_SPEC_TILE_M] = gemm->tile_m = tile->m;
    spec[UM_SPEC_TILE_N] = gemm->tile_n = tile->n;
    spec[UM_SPEC_SUMS_M] = tile->sums_m;
    spec[UM_SPEC_SUMS_N] = tile->sums_n;
    if (gemm->path != UM_VK_PATH_COOPMAT)
        return;
    spec[UM_SPEC_MATRIX_M] = device->features.matrix_m;
    spec[UM_SPEC_MATRIX_N] = device->features.matrix_n;
    spec[UM_SPEC_MATRIX_K] = device->features.matrix_k;
}

struct um_vk_gemm um_vk_gemm_choose(const struct um_vk_device *device, enum um_vk_product product,
                                    uint32_t weight, uint64_t m, uint64_t n, uint64_t copies) {
    struct um_vk_gemm gemm = {.path = UM_VK_PATH_INT8};
    for (; gemm.path < UM_VK_PATH_DIRECT; gemm.path++) {
        const enum um_vk_shader shader = shaders[product][gemm.path];
        if (shader == NONE || !suits(device, gemm.path, weight))
            continue;
        struct tile tile = {0};
        if (!choose_tile(device, gemm.path, m, n, copies, &tile))
            continue;
        gemm.shader = shader;
        gemm.groups = (uint64_t)groups_of(&tile, m, n);
        set_tile(device, &tile, &gemm);
        return gemm;
    }
    gemm.shader = shaders[product][UM_VK_PATH_DIRECT];
    gemm.spec.value[UM_SPEC_GROUP] = DIRECT_GROUP;
    gemm.tile_m = UM_DIRECT_M;
    gemm.tile_n = UM_DIRECT_N;
    const uint64_t sums =
        (m + UM_DIRECT_M - 1) / UM_DIRECT_M * ((n + UM_DIRECT_N - 1) / UM_DIRECT_N);
    gemm.groups = (sums + DIRECT_GROUP - 1) / DIRECT_GROUP;
    return gemm;
}

bool um_vk_attention_tile(const struct um_vk_device *device, uint32_t head_dim, uint32_t *queries,
                          uint32_t *keys) {
    static const uint32_t sizes[][2] = {{32, 32}, {32, 16}, {16, 16}};
    const uint32_t row = ((head_dim + 3) / 4 + 1) * 16;
    if (device->direct)
        return false;
    for (uint32_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (device->forced_tile && device->forced_tile != i + 1)
            continue;
        *queries = sizes[i][0];
        *keys = sizes[i][1];
        const uint32_t bytes = (*queries + *keys) * row + *queries * (*keys + 1) * 4 +
                               (*queries + UM_ATTENTION_GROUP) * 4;
        if (bytes <= device->limits.maxComputeSharedMemorySize)
            return true;
    }
    return false;
}
