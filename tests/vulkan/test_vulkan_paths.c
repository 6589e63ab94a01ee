/* Every path that kernels may take, forced one by one in every size of tile, on whatever device
 * there is: what it lacks is skipped with a sentence.
 * Usage: test_vulkan_paths [tile|subgroup|int8|fp16|coopmat]: only that path. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/vulkan/gemm.h"
#include "ops/op_run.h"
#include "vulkan/rig.h"

enum {
    PRODUCTS = 1 << UM_OP_LINEAR | 1 << UM_OP_CONV2D | 1 << UM_OP_CONV2D_STRIDE2,
    ROW_OPS =
        1 << UM_OP_LAYERNORM | 1 << UM_OP_RMSNORM | 1 << UM_OP_QK_NORM | 1 << UM_OP_NEAREST_CODE
};

/* What F16 adds to float's rounding. An operand is rounded by half a unit, 2^-11, or by a whole one
 * where a device cuts off; the other is F16 already.
 * Matrix units sum in F32. F16 arithmetic sums 16 products before it goes on in F32, which rounds
 * each of them at most 16 times by 2^-11. The mean square of errors spread evenly over +- e is
 * e^2 / 3; of 16 partial sums that grow, half of 16 e^2 / 3. */
static const double half_unit = 0x1p-11;

struct path {
    const char *name;
    uint32_t feature;
    enum um_vk_path path; /* UM_VK_PATH_COUNT = it has no products */
    uint32_t weight;
    uint32_t sizes; /* of tiles */
    struct op_rules rules;
};

static const struct path paths[] = {
    {"tile", 0, UM_VK_PATH_TILE, UM_WEIGHT_F32, 3, {.kinds = PRODUCTS | 1 << UM_OP_ATTENTION}},
    {"subgroup", UM_VK_SUBGROUP, UM_VK_PATH_COUNT, 0, 1, {.kinds = ROW_OPS}},
    {"int8",
     UM_VK_INT8,
     UM_VK_PATH_INT8,
     UM_WEIGHT_Q8,
     3,
     {.kinds = 1 << UM_OP_LINEAR, .types = 1 << UM_Q8_0, .round_q8 = true}},
    {"fp16",
     UM_VK_FP16,
     UM_VK_PATH_FP16,
     UM_WEIGHT_F16,
     3,
     {.kinds = PRODUCTS,
      .types = 1 << UM_F16,
      .product_slack = (2 + 16) * half_unit,
      .nmse = (4 + 8) * half_unit * half_unit / 3}},
    {"coopmat",
     UM_VK_COOPMAT,
     UM_VK_PATH_COOPMAT,
     UM_WEIGHT_F16,
     3,
     {.kinds = PRODUCTS,
      .types = 1 << UM_F16,
      .product_slack = 2 * half_unit,
      .nmse = 4 * half_unit * half_unit / 3}},
};

static const char *only;

/* Compilers of software devices take minutes for the larger tiles of matrices, which are the same
 * code with more of them. */
static struct op_rules rules_for(const struct um_vk_device *device, const struct path *path,
                                 uint32_t size) {
    struct op_rules rules = path->rules;
    if (device->software && path->path == UM_VK_PATH_COOPMAT && size > 1)
        rules.kinds = 1 << UM_OP_LINEAR;
    return rules;
}

static void check_size(const struct path *path, uint32_t size) {
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    struct um_vk_device *device = rig.device;
    device->direct = false;
    device->f16 = true;
    device->forced_tile = size;
    device->features.fast = device->features.used = device->features.offered & path->feature;
    if (path->path != UM_VK_PATH_COUNT) {
        const struct um_vk_gemm gemm =
            um_vk_gemm_choose(device, UM_VK_PRODUCT_LINEAR, path->weight, 257, 768, 1);
        assert_int_equal(gemm.path, path->path);
        print_message("%s, tiles of %u x %u\n", um_vk_module(gemm.shader)->name, gemm.tile_m,
                      gemm.tile_n);
    }
    if (device->software && path->path == UM_VK_PATH_COOPMAT && size > 2) {
        print_message("skip the largest tile: a software device takes minutes to compile it\n");
    } else {
        const struct op_rules rules = rules_for(device, path, size);
        op_check(&um_backend_vulkan, device, &rules);
    }
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

static void check_path(void **state) {
    const struct path *path = *state;
    if (only && strcmp(only, path->name) != 0)
        skip();
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    const bool lacks = path->feature & ~rig.device->features.offered;
    rig_close(&rig);
    if (lacks) {
        print_message("skip %s: the device does not offer it\n", path->name);
        skip();
    }
    for (uint32_t size = 1; size <= path->sizes; size++)
        check_size(path, size);
}

/* With all features disabled a GPU takes tiles in F32, a software device none. */
static void test_next_path_down(void **state) {
    (void)state;
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    struct um_vk_device *device = rig.device;
    device->f16 = true;
    device->features.used = 0;
    for (uint32_t weight = UM_WEIGHT_F32; weight <= UM_WEIGHT_Q8; weight++)
        for (int direct = 0; direct < 2; direct++) {
            device->direct = direct;
            const struct um_vk_gemm gemm =
                um_vk_gemm_choose(device, UM_VK_PRODUCT_LINEAR, weight, 257, 768, 1);
            assert_int_equal(gemm.path, direct ? UM_VK_PATH_DIRECT : UM_VK_PATH_TILE);
        }
    device->direct = false;
    device->features = (struct um_vk_features){.offered = UM_VK_ALL_FEATURES,
                                               .used = UM_VK_ALL_FEATURES,
                                               .fast = UM_VK_ALL_FEATURES,
                                               .subgroup_size = 32,
                                               .matrix_m = 16,
                                               .matrix_n = 16,
                                               .matrix_k = 16};
    const enum um_vk_path best[] = {UM_VK_PATH_TILE, UM_VK_PATH_COOPMAT, UM_VK_PATH_INT8};
    for (uint32_t weight = UM_WEIGHT_F32; weight <= UM_WEIGHT_Q8; weight++)
        assert_int_equal(um_vk_gemm_choose(device, UM_VK_PRODUCT_LINEAR, weight, 257, 768, 1).path,
                         best[weight]);
    device->features.used &= ~(uint32_t)UM_VK_COOPMAT;
    assert_int_equal(
        um_vk_gemm_choose(device, UM_VK_PRODUCT_LINEAR, UM_WEIGHT_F16, 257, 768, 1).path,
        UM_VK_PATH_FP16);
    device->f16 = false;
    assert_int_equal(
        um_vk_gemm_choose(device, UM_VK_PRODUCT_LINEAR, UM_WEIGHT_F16, 257, 768, 1).path,
        UM_VK_PATH_TILE);
    rig_close(&rig);
}

int main(int argc, char **argv) {
    rig_need_device();
    only = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_next_path_down),
        {"tile", check_path, NULL, NULL, (void *)&paths[0]},
        {"subgroup", check_path, NULL, NULL, (void *)&paths[1]},
        {"int8", check_path, NULL, NULL, (void *)&paths[2]},
        {"fp16", check_path, NULL, NULL, (void *)&paths[3]},
        {"coopmat", check_path, NULL, NULL, (void *)&paths[4]},
    };
    return cmocka_run_group_tests_name("paths of the Vulkan kernels", tests, NULL, NULL);
}
