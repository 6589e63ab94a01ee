/* A device that lies (fault/lies.h), through the public interface. Whatever it says, the picture is
 * the right one or there is none, and the error has a sentence; where the library chose the device,
 * there always is a picture. A lie that was told is noticed: the log speaks of it.
 *
 * Linked with fault_loader.c in place of the Vulkan loader. Two rounds: every submission, copy and
 * fill of a picture on a device that is open already, and a choice of them from the first call on,
 * with the self-test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cache.h"
#include "model.h"
#include "support/compare.h"
#include "support/tiny_model.h"
#include "vulkan/fault/lies.h"

enum { PIXELS = 3 * 16 * 16 };
static const float untouched = -7;

static char model_path[64];

struct result {
    um_status status;
    char error[256], warning[256]; /* the latest */
    float rgb[PIXELS];
};
static struct result r, expected;
static unsigned cases[LIE_KINDS];

static void on_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level == UM_LOG_ERROR)
        snprintf(r.error, sizeof r.error, "%s", text);
    else if (level == UM_LOG_WARN)
        snprintf(r.warning, sizeof r.warning, "%s", text);
}

static void forget(void) {
    r = (struct result){.status = UM_OK};
    for (size_t i = 0; i < PIXELS; i++)
        r.rgb[i] = untouched;
}

static um_context *open_context(bool automatic) {
    const um_context_params params = {.device = "vulkan", .log = on_log};
    um_context *context = NULL;
    r.status = um_context_create(&context, &params);
    if (context) /* as if the library had chosen, which prefers the CPU to the devices of tests */
        context->automatic = automatic;
    return context;
}

/* The programs of drawing and of decoding. */
static void draw(um_model *model) {
    um_session *session = NULL;
    const um_session_params params = {.sampling = {.steps = 6, .cfg_scale = 1.0f}, .seed = 3};
    um_status status = um_session_begin(&session, model, &params);
    while (status == UM_OK && !um_session_done(session))
        status = um_session_step(session);
    if (status == UM_OK)
        status = um_session_decode(session, 0, r.rgb);
    um_session_end(&session);
    r.status = status;
}

static void draw_from_the_start(bool automatic) {
    um_model *model = NULL;
    um_context *context = open_context(automatic);
    if (!context)
        return;
    r.status = um_model_load(&model, context, model_path);
    if (r.status == UM_OK)
        draw(model);
    um_model_unload(&model);
    um_context_destroy(&context);
}

static void judge(enum lie kind, unsigned k, bool on, bool automatic) {
    const char *name = lie_names[kind], *later = on ? " and after" : "";
    const bool told = lie_told() > 0;
    lie_arm(kind, 0, false);
    cases[kind] += told;
    if (r.status == UM_OK && compare_max_abs(r.rgb, expected.rgb, PIXELS, NULL) > 1e-4)
        fail_msg("%s, %u%s: a wrong picture (\"%s\")", name, k, later, r.warning);
    if (r.status != UM_OK && (r.error[0] == '\0' || r.rgb[0] != untouched))
        fail_msg("%s, %u%s: \"%s\"", name, k, later, r.error);
    /* A copy of what is there already may be dropped, and so may emptying what is empty. */
    const bool matters = kind != LIE_NO_COPY && kind != LIE_NO_FILL;
    if (told && matters && r.error[0] == '\0' && r.warning[0] == '\0')
        fail_msg("%s, %u%s: nobody noticed", name, k, later);
    if (automatic && r.status != UM_OK && r.status != UM_ERROR_CHECK)
        fail_msg("%s, %u%s: the CPU did not go on (%s)", name, k, later, r.error);
}

/* ---------------------------------------------------------------- a device that is open */

static void test_each_call_of_a_picture(void **state) {
    (void)state;
    um_model *model = NULL;
    forget();
    um_context *context = open_context(false);
    assert_non_null(context);
    assert_int_equal(um_model_load(&model, context, model_path), UM_OK);
    draw(model);
    lie_arm(LIE_SKIP, 0, false);
    draw(model);
    assert_int_equal(r.status, UM_OK);
    assert_true(compare_max_abs(r.rgb, expected.rgb, PIXELS, NULL) <= 1e-4);
    unsigned chances[LIE_KINDS];
    for (int kind = 0; kind < LIE_KINDS; kind++)
        chances[kind] = lie_chances((enum lie)kind);
    for (int kind = 0; kind < LIE_KINDS; kind++)
        for (unsigned k = 1; k <= chances[kind]; k++)
            for (int on = 0; on < 2; on++) {
                forget();
                context->losses = 1; /* it is not opened again: the other test does that */
                lie_arm((enum lie)kind, k, on);
                draw(model);
                judge((enum lie)kind, k, on, false);
            }
    forget();
    draw(model); /* and the device is as good as before */
    assert_int_equal(r.status, UM_OK);
    assert_true(compare_max_abs(r.rgb, expected.rgb, PIXELS, NULL) <= 1e-4);
    um_model_unload(&model);
    um_context_destroy(&context);
}

/* ---------------------------------------------------------------- from the first call on */

static void from_the_start(bool cold, unsigned parts) {
    forget();
    if (cold)
        um_cache_remove("vulkan-selftest-1");
    lie_arm(LIE_SKIP, 0, false);
    draw_from_the_start(false);
    assert_int_equal(r.status, UM_OK);
    unsigned chances[LIE_KINDS];
    for (int kind = 0; kind < LIE_KINDS; kind++)
        chances[kind] = lie_chances((enum lie)kind);
    for (int kind = 0; kind < LIE_KINDS; kind++)
        for (unsigned part = 0; part < parts; part++) {
            const unsigned k = 1 + (chances[kind] - 1) * part / (parts - 1);
            const bool on = (part + (unsigned)kind) % 2,
                       automatic = (part / 2 + (unsigned)kind) % 2;
            forget();
            if (cold)
                um_cache_remove("vulkan-selftest-1");
            lie_arm((enum lie)kind, k, on);
            draw_from_the_start(automatic);
            judge((enum lie)kind, k, on, automatic);
        }
}

static void test_from_the_start(void **state) {
    (void)state;
    from_the_start(false, 3);
}

static void test_with_the_selftest(void **state) {
    (void)state;
    from_the_start(true, 2);
}

static void test_enough_cases(void **state) {
    (void)state;
    unsigned all = 0;
    for (int kind = 0; kind < LIE_KINDS; kind++) {
        print_message("%s: %u cases\n", lie_names[kind], cases[kind]);
        assert_true(cases[kind] >= 10);
        all += cases[kind];
    }
    print_message("%u lies\n", all);
    assert_true(all >= 500);
}

int main(void) {
    um_device_info info[8];
    size_t count = 0, gpus = 0;
    if (um_devices(info, 8, &count, NULL, NULL) != UM_OK)
        return 1;
    for (size_t i = 0; i < count && i < 8; i++)
        gpus += strcmp(info[i].backend, "vulkan") == 0;
    if (gpus == 0) {
        printf("skip: no Vulkan device\n");
        return 77;
    }
    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){.layers = 1}, &size);
    snprintf(model_path, sizeof model_path, "lies-%ld.gguf", (long)getpid());
    FILE *file = fopen(model_path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        return 1;
    free(bytes);
    forget();
    draw_from_the_start(false);
    expected = r;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_call_of_a_picture), cmocka_unit_test(test_from_the_start),
        cmocka_unit_test(test_with_the_selftest), cmocka_unit_test(test_enough_cases)};
    const int failed =
        expected.status == UM_OK
            ? cmocka_run_group_tests_name("vulkan devices that lie", tests, NULL, NULL)
            : 1;
    remove(model_path);
    return failed;
}
