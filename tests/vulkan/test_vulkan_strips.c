/* Maps that are never whole: the same numbers within float error, in every shape of the matrix
 * product that the device has, and a picture where the memory for whole maps is not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "ops/strips_net.h"
#include "support/compare.h"
#include "support/tiny_model.h"
#include "vulkan/rig.h"

static const struct strips_shape shapes[] = {
    {"floats", 5, 7, 32, UM_F32, false},
    {"halves, odd rows", 9, 6, 12, UM_F16, false},
    {"int8", 3, 10, 32, UM_Q8_0, false},
    {"no vectors of four", 4, 5, 6, UM_F32, false},
};

/* The sums are made in another order nowhere; what is normalised, in another: a few roundings.
 * Factors in F16 may round the other way then. */
static const double float_error = 1e-12, half_error = 1e-6;

static void compare(struct um_vk_device *device, const char *path, double limit) {
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct strips_shape *s = &shapes[i];
        const size_t map = (size_t)STRIPS_IMAGES * s->height * s->width * s->channels;
        float *whole = malloc(4 * map * sizeof *whole), *strips = malloc(4 * map * sizeof *strips);
        assert_true(whole && strips);
        const size_t all = strips_run(s, &um_backend_vulkan, device, false, whole);
        const size_t less = strips_run(s, &um_backend_vulkan, device, true, strips);
        const double nmse = compare_nmse(strips, whole, 4 * map);
        if (!(nmse <= limit))
            fail_msg("%s, %s: NMSE %g", path, s->name, nmse);
        assert_true(all >= 8 * map * sizeof(float));
        assert_true(less < all);
        free(whole);
        free(strips);
    }
}

static void test_same_numbers(void **state) {
    (void)state;
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    struct um_vk_device *device = rig.device;
    device->direct = true;
    compare(device, "register tiles", float_error);
    device->direct = false;
    device->forced_tile = 1;
    compare(device, "tiles", float_error);
    device->f16 = true;
    if (device->features.offered & UM_VK_FP16) {
        device->features.fast = UM_VK_FP16;
        compare(device, "F16", half_error);
    }
    if (device->features.offered & UM_VK_COOPMAT) {
        device->features.fast = UM_VK_COOPMAT;
        compare(device, "matrix units", half_error);
    }
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

/* ---------------------------------------------------------------- memory */

enum { PIXELS = 3 * 16 * 16, TOKENS = 16 };

static struct VolkDeviceTable real;
static VkDeviceSize largest, limit; /* asked for; refused from there on, 0 = never */
static unsigned refusals;

static VKAPI_ATTR VkResult VKAPI_CALL allocate(VkDevice device, const VkMemoryAllocateInfo *info,
                                               const VkAllocationCallbacks *callbacks,
                                               VkDeviceMemory *memory) {
    if (limit && info->allocationSize >= limit) {
        refusals++;
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    largest = info->allocationSize > largest ? info->allocationSize : largest;
    return real.vkAllocateMemory(device, info, callbacks, memory);
}

struct heard {
    unsigned warnings;
    char text[256];
};

static void on_log(void *user, um_log_level level, const char *text) {
    struct heard *heard = user;
    if (level != UM_LOG_WARN)
        return;
    heard->warnings++;
    snprintf(heard->text, sizeof heard->text, "%s", text);
}

/* Decodes and encodes with the memory for pieces below `refused`, 0 = with all of it. */
static void decode(VkDeviceSize refused, struct heard *heard, float *rgb, int32_t *codes) {
    size_t size;
    void *bytes = tiny_model_build(NULL, &size);
    um_context *context;
    um_model *model;
    const um_context_params params = {.device = "vulkan", .log = on_log, .log_user = heard};
    int32_t tokens[TOKENS];
    for (int32_t i = 0; i < TOKENS; i++)
        tokens[i] = i;
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    assert_int_equal(um_model_load_memory(&model, context, bytes, size, "tiny"), UM_OK);
    struct um_vk_device *device = context->device;
    real = device->vk;
    device->vk.vkAllocateMemory = allocate;
    limit = refused;
    largest = 0;
    refusals = 0;
    assert_int_equal(um_decode(model, tokens, rgb), UM_OK);
    assert_int_equal(um_encode(model, rgb, codes), UM_OK);
    assert_int_equal(um_context_device(context)->kind != UM_DEVICE_CPU_BACKEND, 1);
    um_model_unload(&model);
    um_context_destroy(&context);
    free(bytes);
}

static void test_memory_for_whole_maps_is_missing(void **state) {
    (void)state;
    struct heard heard = {0};
    float whole[PIXELS], strips[PIXELS];
    int32_t whole_codes[TOKENS], codes[TOKENS];
    decode(0, &heard, whole, whole_codes);
    assert_int_equal(heard.warnings, 0);
    assert_int_equal(refusals, 0);
    const VkDeviceSize needed = largest;
    decode(needed, &heard, strips, codes);
    assert_true(heard.warnings > 0);
    assert_non_null(strstr(heard.text, "not kept whole"));
    assert_true(refusals > 0); /* of whole maps; what took their place was granted */
    assert_true(compare_max_abs(strips, whole, PIXELS, NULL) < 1e-5);
    assert_memory_equal(codes, whole_codes, sizeof codes);
}

int main(void) {
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_numbers),
        cmocka_unit_test(test_memory_for_whole_maps_is_missing),
    };
    return cmocka_run_group_tests_name("vulkan strips", tests, NULL, NULL);
}
