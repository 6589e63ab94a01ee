/* Any one allocation between opening a device and unloading the model may fail: the call says so,
 * nothing crashes, nothing leaks. A group of images may do without: it becomes smaller. Linked with
 * -Wl,--wrap=um_alloc,--wrap=um_alloc_unset,--wrap=um_free. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *__real_um_alloc(size_t count, size_t size);
void *__real_um_alloc_unset(size_t count, size_t size);
void __real_um_free(void *memory);
void *__wrap_um_alloc(size_t count, size_t size);
void *__wrap_um_alloc_unset(size_t count, size_t size);
void __wrap_um_free(void *memory);

static unsigned calls, fail_at; /* fail_at counts from 1; 0 = none fails */
static bool sticky;             /* all later ones fail, too */
static long live;               /* blocks not freed yet */

static void *hooked(void *(*real)(size_t, size_t), size_t count, size_t size) {
    calls++;
    if (fail_at && (calls == fail_at || (sticky && calls > fail_at)))
        return NULL;
    void *memory = real(count, size);
    live += memory != NULL;
    return memory;
}

void *__wrap_um_alloc(size_t count, size_t size) {
    return hooked(__real_um_alloc, count, size);
}

void *__wrap_um_alloc_unset(size_t count, size_t size) {
    return hooked(__real_um_alloc_unset, count, size);
}

void __wrap_um_free(void *memory) {
    live -= memory != NULL;
    __real_um_free(memory);
}

enum { N = 16, K = 32, PIXELS = 3 * 16 * 16 }; /* of tiny_model's defaults */

/* Everything the API can do, until something fails. */
static um_status use_everything(um_context *context, const void *bytes, size_t size) {
    static float rgb[PIXELS], logits[N * K];
    static int32_t tokens[N];
    um_model *model = NULL;
    um_session *session = NULL;
    um_session_params params = {.batch = 3, .sampling.steps = 2, .sampling.cfg_scale = 1.0f};
    um_status status = um_model_load_memory(&model, context, bytes, size, "tiny");
    if (status == UM_OK)
        status = um_encode(model, rgb, tokens);
    if (status == UM_OK)
        status = um_decode(model, tokens, rgb);
    if (status == UM_OK)
        status = um_logits(model, tokens, 0, logits);
    if (status == UM_OK)
        status = um_session_begin(&session, model, &params);
    while (status == UM_OK && !um_session_done(session))
        status = um_session_step(session);
    if (status == UM_OK)
        status = um_session_decode(session, 2, rgb);
    um_session_end(&session);
    um_model_unload(&model);
    return status;
}

static um_status open_and_use(struct check_log *capture, const void *bytes, size_t size) {
    um_context *context = NULL;
    struct um_log log = check_log_start(capture);
    um_context_params params = {.device = "cpu", .threads = 1, .log = log.fn, .log_user = log.user};
    um_status status = um_context_create(&context, &params);
    if (status == UM_OK)
        status = use_everything(context, bytes, size);
    um_context_destroy(&context);
    return status;
}

static void fail_each(bool all_later_ones) {
    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){0}, &size);
    struct check_log capture;
    sticky = all_later_ones;
    bool reached = true;
    for (fail_at = 1; reached; fail_at++) {
        calls = 0;
        um_status status = open_and_use(&capture, bytes, size);
        if (live != 0)
            fail_msg("allocation %u failed and %ld blocks were left", fail_at, live);
        reached = calls >= fail_at;
        if (status == UM_OK) // there was no such allocation, or a smaller group did without it
            assert_true(!reached || (!sticky && strstr(capture.text, "at once")));
        else if (status != UM_ERROR_MEMORY || capture.level != UM_LOG_ERROR)
            fail_msg("allocation %u failed: status %d, \"%s\"", fail_at, (int)status, capture.text);
        assert_true(fail_at < 5000);
    }
    print_message("%u allocations failed one by one\n", fail_at - 2);
    assert_true(fail_at > 20);
    fail_at = 0;
    free(bytes);
}

static void any_allocation_may_fail(void **state) {
    (void)state;
    fail_each(false);
}

static void memory_may_stay_exhausted(void **state) {
    (void)state;
    fail_each(true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(memory_may_stay_exhausted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
