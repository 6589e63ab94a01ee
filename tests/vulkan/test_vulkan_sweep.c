/* A whole picture, timed op by op, while one call into the driver fails: for every function that
 * can fail, every result that Vulkan permits it, and calls from the first to the last. Where the
 * device was named, the picture is the same or there is none, and the error has a sentence; where
 * the library chose, there always is a picture, by the CPU if need be. No object of the driver is
 * left behind. Once on a driver whose self-test has passed before, and once with the self-test.
 *
 * Linked with fault_loader.c in place of the Vulkan loader. Every call counts with
 * UM_TEST_SWEEP=all in the environment, which takes minutes, and those of one function with its
 * name there; otherwise the first, the last and one in the middle, and with the self-test one. */
#define _POSIX_C_SOURCE 200809L
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cache.h"
#include "model.h"
#include "support/compare.h"
#include "support/tiny_model.h"
#include "vulkan/fault/fault_loader.h"

enum { PIXELS = 3 * 16 * 16 };
static const double longest_run = 15; /* seconds of this process; a wait without end runs into the
                                         test's own limit */

static char model_path[64];

struct result {
    um_status status;
    um_device_kind kind;
    bool hung;
    char error[256];
    float rgb[PIXELS];
};

static void on_log(void *user, um_log_level level, const char *text) {
    struct result *r = user;
    if (level == UM_LOG_ERROR)
        snprintf(r->error, sizeof r->error, "%s", text);
}

static um_status draw_with(um_context *context, float *rgb) {
    um_model *model = NULL;
    um_session *session = NULL;
    const um_session_params params = {.sampling.steps = 2, .seed = 3};
    um_status status = um_model_load(&model, context, model_path);
    if (status == UM_OK)
        status = um_profile_begin(model);
    if (status == UM_OK)
        status = um_session_begin(&session, model, &params);
    while (status == UM_OK && !um_session_done(session))
        status = um_session_step(session);
    if (status == UM_OK)
        status = um_session_decode(session, 0, rgb);
    um_session_end(&session);
    um_profile_end(model);
    um_model_unload(&model);
    return status;
}

/* `automatic` as if the device had been chosen by the library, which prefers the CPU to the
 * software devices of tests. */
static void draw(struct result *r, bool automatic) {
    *r = (struct result){.rgb = {-7}};
    const um_context_params params = {.device = "vulkan", .log = on_log, .log_user = r};
    um_context *context = NULL;
    r->status = um_context_create(&context, &params);
    if (r->status != UM_OK)
        return;
    context->automatic = automatic;
    r->status = draw_with(context, r->rgb);
    r->kind = context->info.kind;
    r->hung =
        context->device && context->backend->hangs && context->backend->hangs(context->device);
    um_context_destroy(&context);
}

static struct result expected;
static unsigned injected;

/* The next device that is opened tests itself. */
static void forget_verdict(void) {
    um_cache_remove("vulkan-selftest-1");
}

static void judge(const char *name, unsigned k, VkResult result, bool automatic, bool cold) {
    struct result r;
    if (cold)
        forget_verdict();
    const long before = fault_live();
    fault_arm(name, k, result, result == VK_TIMEOUT);
    const clock_t start = clock();
    draw(&r, automatic);
    const bool reached = fault_calls(name) >= k;
    fault_arm("", 0, VK_SUCCESS, false);
    const char *text = automatic ? "automatic" : "named";
    if ((double)(clock() - start) / CLOCKS_PER_SEC > longest_run)
        fail_msg("%s, call %u, result %d, %s: took too long", name, k, result, text);
    if (r.status == UM_OK && compare_max_abs(r.rgb, expected.rgb, PIXELS, NULL) > 1e-4)
        fail_msg("%s, call %u, result %d, %s: another picture", name, k, result, text);
    if (r.status != UM_OK && (r.error[0] == '\0' || r.rgb[0] != -7.0f))
        fail_msg("%s, call %u, result %d, %s: \"%s\"", name, k, result, text, r.error);
    if (automatic && r.status != UM_OK && r.kind != UM_DEVICE_CPU_BACKEND && r.status != UM_ERROR &&
        r.status != UM_ERROR_NO_DEVICE)
        fail_msg("%s, call %u, result %d: the CPU did not go on", name, k, result);
    /* What a hung device may still use must stay. */
    if (!r.hung && result != VK_TIMEOUT && strcmp(name, "vkWaitForFences") != 0 &&
        fault_live() != before)
        fail_msg("%s, call %u, result %d, %s: %ld objects left", name, k, result, text,
                 fault_live() - before);
    injected += reached;
}

/* What UM_TEST_SWEEP names, NULL = every function. */
static const char *named_function(void) {
    const char *how = getenv("UM_TEST_SWEEP");
    return how && *how && strcmp(how, "all") != 0 ? how : NULL;
}

static void sweep(const struct fault_function *function, unsigned calls, bool cold) {
    const char *how = getenv("UM_TEST_SWEEP"), *named = named_function();
    const bool all = how && *how;
    if (named && strcmp(named, function->name) != 0)
        return;
    const unsigned first = all || !cold ? 1 : (calls + 1) / 2;
    const unsigned next = all || calls < 3 ? 1 : cold ? calls : (calls - 1) / 2;
    for (unsigned i = 0; function->results[i] != VK_SUCCESS; i++)
        for (unsigned k = first; k <= calls; k += next)
            judge(function->name, k, function->results[i], (i + k) % 2, cold);
}

static void sweep_all(bool cold) {
    unsigned count;
    const struct fault_function *functions = fault_functions(&count);
    static unsigned warm_submissions;
    unsigned calls[64] = {0};
    assert_true(count <= 64);
    if (cold)
        forget_verdict();
    const long before = fault_live(); /* of devices that hang */
    fault_arm("", 0, VK_SUCCESS, false);
    draw(&expected, false);
    assert_int_equal(expected.status, UM_OK);
    assert_int_equal(fault_live(), before);
    assert_true(!cold || fault_calls("vkQueueSubmit") > warm_submissions);
    warm_submissions = fault_calls("vkQueueSubmit");
    for (unsigned i = 0; i < count; i++) {
        calls[i] = fault_calls(functions[i].name);
        if (calls[i] == 0)
            fail_msg("%s is never called", functions[i].name);
    }
    for (unsigned i = 0; i < count; i++) {
        sweep(&functions[i], calls[i], cold);
        print_message("%s: %u calls\n", functions[i].name, calls[i]);
    }
    print_message("%u faults\n", injected);
}

static void test_every_function(void **state) {
    (void)state;
    fault_arm("", 0, VK_SUCCESS, false);
    draw(&expected, false); /* leaves a verdict */
    sweep_all(false);
    assert_true(injected >= (named_function() ? 1 : 100));
}

static void test_with_the_selftest(void **state) {
    (void)state;
    const unsigned before = injected;
    sweep_all(true);
    assert_true(injected >= before + (named_function() ? 1 : 50));
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
    snprintf(model_path, sizeof model_path, "sweep-%ld.gguf", (long)getpid());
    FILE *file = fopen(model_path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        return 1;
    free(bytes);
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_function),
                                       cmocka_unit_test(test_with_the_selftest)};
    const int failed = cmocka_run_group_tests_name("vulkan fault sweep", tests, NULL, NULL);
    remove(model_path);
    return failed;
}
