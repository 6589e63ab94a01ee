/* The known-answer test: every path of this device is right, a shader that is wrong loses its path,
 * verdicts are remembered, and files that are damaged do no harm. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "backend/vulkan/pipeline.h"
#include "backend/vulkan/selftest.h"
#include "base/cache.h"
#include "base/clock.h"
#include "base/mem.h"
#include "vulkan/rig.h"

static const char verdicts[] = "vulkan-selftest-1";

/* As a GPU would be: every feature that the device offers is used. */
static void open_as_gpu(struct rig *rig) {
    assert_int_equal(rig_open(rig), UM_OK);
    rig->device->direct = false;
    rig->device->f16 = true;
    rig->device->features.used = rig->device->features.fast = rig->device->features.offered;
}

static void test_all_paths(void **state) {
    (void)state;
    struct rig rig;
    open_as_gpu(&rig);
    const uint32_t before = rig.device->features.used;
    const double start = um_clock_seconds();
    assert_int_equal(um_vk_selftest(rig.device), UM_OK);
    print_message("as a GPU: features %02x, %.0f ms\n", (unsigned)before,
                  1e3 * (um_clock_seconds() - start));
    assert_int_equal(rig.device->features.used, before);
    rig.device->features.used = 0;
    assert_int_equal(um_vk_selftest(rig.device), UM_OK);
    rig.device->direct = true;
    assert_int_equal(um_vk_selftest(rig.device), UM_OK);
    assert_int_equal(rig.log.count, 0);
    rig_close(&rig);
}

/* ---------------------------------------------------------------- a driver that is wrong */

static struct VolkDeviceTable real;
static uint32_t broken; /* pipelines of modules that need these features compute nothing */
static bool all_broken;
enum { MAX_PIPELINES = 256 };
static bool is_broken[MAX_PIPELINES]; /* of the dispatch being recorded: by pipeline */
static VkPipeline pipelines[MAX_PIPELINES];
static uint32_t pipeline_count;
static bool bound_broken;

static pthread_mutex_t lock =
    PTHREAD_MUTEX_INITIALIZER; /* pipelines are built on several threads */
static VkShaderModule broken_modules[64];
static uint32_t broken_count;

static VKAPI_ATTR VkResult VKAPI_CALL create_module(VkDevice device,
                                                    const VkShaderModuleCreateInfo *info,
                                                    const VkAllocationCallbacks *callbacks,
                                                    VkShaderModule *module) {
    VkResult result = real.vkCreateShaderModule(device, info, callbacks, module);
    pthread_mutex_lock(&lock);
    for (int s = 0; s < UM_VK_SHADER_COUNT && result == VK_SUCCESS; s++) {
        const struct um_vk_module *m = um_vk_module((enum um_vk_shader)s);
        if (m->code == info->pCode && (all_broken || m->needs & broken) && broken_count < 64)
            broken_modules[broken_count++] = *module;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static VKAPI_ATTR VkResult VKAPI_CALL create_pipelines(VkDevice device, VkPipelineCache cache,
                                                       uint32_t count,
                                                       const VkComputePipelineCreateInfo *infos,
                                                       const VkAllocationCallbacks *callbacks,
                                                       VkPipeline *out) {
    VkResult result = real.vkCreateComputePipelines(device, cache, count, infos, callbacks, out);
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < count && result == VK_SUCCESS && pipeline_count < MAX_PIPELINES; i++) {
        bool wrong = false;
        for (uint32_t b = 0; b < broken_count; b++)
            wrong = wrong || infos[i].stage.module == broken_modules[b];
        pipelines[pipeline_count] = out[i];
        is_broken[pipeline_count++] = wrong;
    }
    pthread_mutex_unlock(&lock);
    return result;
}

static VKAPI_ATTR void VKAPI_CALL destroy_module(VkDevice device, VkShaderModule module,
                                                 const VkAllocationCallbacks *callbacks) {
    pthread_mutex_lock(&lock);
    for (uint32_t b = 0; b < broken_count; b++)
        if (broken_modules[b] == module)
            broken_modules[b--] = broken_modules[--broken_count]; /* handles come back */
    pthread_mutex_unlock(&lock);
    real.vkDestroyShaderModule(device, module, callbacks);
}

static VKAPI_ATTR void VKAPI_CALL bind_pipeline(VkCommandBuffer commands, VkPipelineBindPoint point,
                                                VkPipeline pipeline) {
    bound_broken = false;
    for (uint32_t i = 0; i < pipeline_count; i++)
        bound_broken = bound_broken || (pipelines[i] == pipeline && is_broken[i]);
    real.vkCmdBindPipeline(commands, point, pipeline);
}

static VKAPI_ATTR void VKAPI_CALL dispatch_base(VkCommandBuffer commands, uint32_t x, uint32_t y,
                                                uint32_t z, uint32_t nx, uint32_t ny, uint32_t nz) {
    if (!bound_broken)
        real.vkCmdDispatchBase(commands, x, y, z, nx, ny, nz);
}

static void break_driver(struct rig *rig, uint32_t features, bool all) {
    struct VolkDeviceTable *vk = &rig->device->vk;
    real = *vk;
    broken = features;
    all_broken = all;
    pipeline_count = broken_count = 0;
    /* Pipelines of the self-test at opening would be taken again. */
    um_vk_pipelines_destroy(rig->device);
    assert_int_equal(um_vk_pipelines_create(rig->device), UM_OK);
    vk->vkCreateShaderModule = create_module;
    vk->vkDestroyShaderModule = destroy_module;
    vk->vkCreateComputePipelines = create_pipelines;
    vk->vkCmdBindPipeline = bind_pipeline;
    vk->vkCmdDispatchBase = dispatch_base;
}

/* Features in which a shader needs no other one, so that exactly they must go. */
static void test_steps_down(void **state) {
    (void)state;
    const uint32_t features[] = {UM_VK_SUBGROUP, UM_VK_INT8, UM_VK_COOPMAT,
                                 UM_VK_INT8 | UM_VK_SUBGROUP};
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++) {
        struct rig rig;
        open_as_gpu(&rig);
        const uint32_t before = rig.device->features.used;
        if ((before & features[i]) == features[i]) {
            break_driver(&rig, features[i], false);
            assert_int_equal(um_vk_selftest(rig.device), UM_OK);
            assert_int_equal(rig.device->features.used, before & ~features[i]);
            assert_int_equal(rig.log.level, UM_LOG_WARN);
            assert_non_null(strstr(rig.log.text, "wrong results"));
        }
        rig_close(&rig);
    }
}

static void test_all_wrong(void **state) {
    (void)state;
    struct rig rig;
    open_as_gpu(&rig);
    break_driver(&rig, 0, true);
    assert_int_equal(um_vk_selftest(rig.device), UM_ERROR_CHECK);
    assert_non_null(strstr(rig.log.text, "cannot be used"));
    rig_close(&rig);
}

/* ---------------------------------------------------------------- the file */

static void test_remembered(void **state) {
    (void)state;
    struct rig rig;
    open_as_gpu(&rig);
    const uint32_t before = rig.device->features.used;
    const uint32_t wrong = before & UM_VK_SUBGROUP;
    um_cache_remove(verdicts);
    break_driver(&rig, wrong, false);
    rig.device->selftest_seconds = 0;
    assert_int_equal(um_vk_selftest_remembered(rig.device), UM_OK);
    um_device_details details;
    um_vk_details(rig.device, &details);
    assert_true(details.selftest_seconds > 0 && details.selftest_seconds < 60);
    assert_int_equal(rig.device->features.used, before & ~wrong);
    const unsigned told = rig.log.count;

    /* No call of the driver from here on: the verdict is known. */
    memset(&rig.device->vk, 0, sizeof rig.device->vk);
    rig.device->features.used = before;
    assert_int_equal(um_vk_selftest_remembered(rig.device), UM_OK);
    assert_int_equal(rig.device->features.used, before & ~wrong);
    assert_int_equal(rig.log.count, told);
    rig.device->vk = real;
    rig_close(&rig);
}

/* Every byte of the file changed once: the answer is the same or the test runs again, and it never
 * takes a feature away that works. Another driver's lines do not count. */
static void test_damaged_file(void **state) {
    (void)state;
    struct rig rig;
    char *lines;
    size_t size;
    um_cache_remove(verdicts);
    assert_int_equal(rig_open(&rig), UM_OK);
    const uint32_t before = rig.device->features.used;
    assert_int_equal(um_vk_selftest_remembered(rig.device), UM_OK);
    assert_true(um_cache_read(verdicts, 1 << 16, &lines, &size));
    const char *const others[] = {"", "x", "\n\n\n", "no such line at all"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_true(
            um_cache_write(verdicts, &(struct um_cache_part){others[i], strlen(others[i])}, 1));
        assert_int_equal(um_vk_selftest_remembered(rig.device), UM_OK);
        assert_int_equal(rig.device->features.used, before);
    }
    lines[3] ^= 1; /* of the key */
    assert_true(um_cache_write(verdicts, &(struct um_cache_part){lines, size}, 1));
    rig.device->identity.driver_version++;
    assert_int_equal(um_vk_selftest_remembered(rig.device), UM_OK);
    assert_int_equal(rig.device->features.used, before);
    um_free(lines);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

int main(void) {
    char folder[512];
    if (!getcwd(folder, sizeof folder - 40))
        return 1;
    snprintf(folder + strlen(folder), 40, "/selftest-%ld", (long)getpid());
    setenv("XDG_CACHE_HOME", folder, 1);
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_paths),    cmocka_unit_test(test_steps_down),
        cmocka_unit_test(test_all_wrong),    cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_damaged_file),
    };
    const int failed = cmocka_run_group_tests_name("vulkan self-test", tests, NULL, NULL);
    um_cache_remove(verdicts);
    strcat(folder, "/unmask");
    rmdir(folder);
    folder[strlen(folder) - strlen("/unmask")] = '\0';
    rmdir(folder);
    return failed;
}
