/* A device that fails in the middle of a picture, through the public interface: it is opened again
 * once, then the CPU goes on if the choice of device was left to the library. The picture is the
 * one that the device would have drawn: sessions keep their tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "model.h"
#include "support/compare.h"
#include "support/tiny_model.h"
#include "vulkan/rig.h"

enum { IMAGES = 2, STEPS = 2, PIXELS = 3 * 16 * 16, TOKENS = 16 };
static char model_path[64]; /* of this process: drivers are tested side by side */

struct drawing {
    char warning[256]; /* the latest */
    um_context *context;
    um_model *model;
    um_session *session;
    int32_t tokens[IMAGES][TOKENS];
    float rgb[PIXELS];
};

static void on_log(void *user, um_log_level level, const char *text) {
    struct drawing *d = user;
    if (level == UM_LOG_WARN)
        snprintf(d->warning, sizeof d->warning, "%s", text);
}

static um_status begin(struct drawing *d, bool automatic) {
    const um_context_params params = {.device = "vulkan", .log = on_log, .log_user = d};
    const um_session_params session = {
        .batch = IMAGES, .sampling.steps = STEPS, .seed = 5, .sampling.cfg_scale = 1.0f};
    assert_int_equal(um_context_create(&d->context, &params), UM_OK);
    d->context->automatic = automatic; /* software devices are never chosen before the CPU */
    um_status status = um_model_load(&d->model, d->context, model_path);
    if (status == UM_OK)
        status = um_session_begin(&d->session, d->model, &session);
    return status;
}

static um_status finish(struct drawing *d) {
    um_status status = UM_OK;
    while (status == UM_OK && !um_session_done(d->session))
        status = um_session_step(d->session);
    if (status == UM_OK)
        status = um_session_decode(d->session, 0, d->rgb);
    for (uint32_t i = 0; i < IMAGES && status == UM_OK; i++) {
        um_session_view view;
        status = um_session_get(d->session, i, &view);
        memcpy(d->tokens[i], view.tokens, sizeof d->tokens[i]);
    }
    return status;
}

static void end(struct drawing *d) {
    um_session_end(&d->session);
    um_model_unload(&d->model);
    um_context_destroy(&d->context);
}

static struct um_vk_device *device_of(struct drawing *d) {
    return d->context->device;
}

/* ---------------------------------------------------------------- faults */

static struct VolkDeviceTable real;
static int countdown; /* submissions that pass before one fails; negative = none fails */
static VkResult failure;

static VKAPI_ATTR VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count,
                                             const VkSubmitInfo *infos, VkFence fence) {
    return countdown-- == 0 ? failure : real.vkQueueSubmit(queue, count, infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL never(VkDevice device, uint32_t count, const VkFence *fences,
                                            VkBool32 all, uint64_t timeout) {
    (void)device, (void)count, (void)fences, (void)all, (void)timeout;
    return VK_TIMEOUT;
}

static void arm(struct drawing *d, int submissions, VkResult result) {
    real = device_of(d)->vk;
    device_of(d)->vk.vkQueueSubmit = submit;
    countdown = submissions;
    failure = result;
}

static void reference(struct drawing *d) {
    memset(d, 0, sizeof *d);
    assert_int_equal(begin(d, false), UM_OK);
    assert_int_equal(finish(d), UM_OK);
    assert_string_equal(d->warning, "");
    end(d);
}

static void expect_same(const struct drawing *d, const struct drawing *expected) {
    assert_memory_equal(d->tokens, expected->tokens, sizeof d->tokens);
    /* The CPU may have decoded: float rounding. */
    assert_true(compare_max_abs(d->rgb, expected->rgb, PIXELS, NULL) < 1e-4);
}

/* ---------------------------------------------------------------- tests */

static void test_opened_again(void **state) {
    (void)state;
    struct drawing expected, d;
    reference(&expected);
    const int submissions[] = {0, 4, 11};
    for (size_t i = 0; i < sizeof submissions / sizeof submissions[0]; i++) {
        memset(&d, 0, sizeof d);
        assert_int_equal(begin(&d, false), UM_OK);
        arm(&d, submissions[i], VK_ERROR_DEVICE_LOST);
        assert_int_equal(finish(&d), UM_OK);
        expect_same(&d, &expected);
        if (countdown < 0) {
            assert_int_equal(d.context->losses, 1);
            assert_int_equal(d.context->info.kind, UM_DEVICE_SOFTWARE);
            assert_non_null(strstr(d.warning, "opened again"));
        }
        end(&d);
    }
}

static void lose_twice(struct drawing *d, bool automatic, um_status expected) {
    memset(d, 0, sizeof *d);
    assert_int_equal(begin(d, automatic), UM_OK);
    arm(d, 2, VK_ERROR_DEVICE_LOST);
    assert_int_equal(um_session_step(d->session), UM_OK);
    assert_int_equal(d->context->losses, 1);
    arm(d, 1, VK_ERROR_DEVICE_LOST);
    assert_int_equal(finish(d), expected);
}

static void test_lost_twice(void **state) {
    (void)state;
    struct drawing expected, d;
    reference(&expected);
    lose_twice(&d, true, UM_OK);
    expect_same(&d, &expected);
    assert_int_equal(d.context->info.kind, UM_DEVICE_CPU_BACKEND);
    assert_non_null(strstr(d.warning, "the CPU goes on"));
    end(&d);
    lose_twice(&d, false, UM_ERROR_DEVICE_LOST);
    assert_int_equal(um_session_step(d.session), UM_ERROR_DEVICE_LOST); /* and stays so */
    end(&d);
}

/* What a hung device may still use is left behind, as it should be, also by threads of the driver.
 * So this one runs in a process of its own, in which no leak checker looks. */
static int hang_alone;
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void) {
    return hang_alone;
}

static void test_hang(void **state) {
    (void)state;
    struct drawing expected, d = {0};
    reference(&expected);
    assert_int_equal(begin(&d, true), UM_OK);
    struct um_vk_device *device = device_of(&d);
    real = device->vk;
    device->vk.vkWaitForFences = never;
    assert_int_equal(finish(&d), UM_OK); /* a hung device is not opened again */
    expect_same(&d, &expected);
    assert_int_equal(d.context->info.kind, UM_DEVICE_CPU_BACKEND);
    assert_non_null(strstr(d.warning, "hangs"));
    end(&d);
}

static void test_memory(void **state) {
    (void)state;
    struct drawing expected, d = {0};
    reference(&expected);
    assert_int_equal(begin(&d, true), UM_OK);
    arm(&d, 3, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    assert_int_equal(finish(&d), UM_OK);
    expect_same(&d, &expected);
    assert_int_equal(d.context->info.kind, UM_DEVICE_CPU_BACKEND);
    assert_non_null(strstr(d.warning, "no memory left"));
    end(&d);
    memset(&d, 0, sizeof d);
    assert_int_equal(begin(&d, false), UM_OK);
    arm(&d, 3, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    assert_int_equal(finish(&d), UM_ERROR_MEMORY);
    end(&d);
}

/* The file has changed since: the loss stands, and nothing is drawn with other weights. */
static void test_another_file(void **state) {
    (void)state;
    struct drawing d = {0};
    assert_int_equal(begin(&d, false), UM_OK);
    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){.seed = 99}, &size);
    FILE *file = fopen(model_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
    free(bytes);
    arm(&d, 1, VK_ERROR_DEVICE_LOST);
    assert_int_equal(finish(&d), UM_ERROR_DEVICE_LOST);
    end(&d);
}

int main(int argc, char **argv) {
    hang_alone = argc > 1 && strcmp(argv[1], "hang") == 0;
    rig_need_device();
    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){0}, &size);
    snprintf(model_path, sizeof model_path, "recover-%ld.gguf", (long)getpid());
    FILE *file = fopen(model_path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        return 1;
    free(bytes);
    const struct CMUnitTest hang[] = {cmocka_unit_test(test_hang)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opened_again),
        cmocka_unit_test(test_lost_twice),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_another_file),
    };
    const int failed = hang_alone
                           ? cmocka_run_group_tests_name("vulkan recovery", hang, NULL, NULL)
                           : cmocka_run_group_tests_name("vulkan recovery", tests, NULL, NULL);
    remove(model_path);
    return failed;
}
