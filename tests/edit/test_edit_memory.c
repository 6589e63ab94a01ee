/* Any one allocation of an edit may fail: the call says so and can be repeated, or the result is
 * the same without it; nothing leaks. Linked with
 * -Wl,--wrap=um_alloc,--wrap=um_alloc_unset,--wrap=um_free. */
#include "edit/edit_rig.h"

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
static long live;               /* blocks not freed yet */

static void *hooked(void *(*real)(size_t, size_t), size_t count, size_t size) {
    calls++;
    if (calls == fail_at)
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

enum { WIDTH = 27, HEIGHT = 18, VALUES = 34 * 18 * 3 }; /* tiny_model draws 16 x 16 */

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    assert_int_equal(live, 0);
    return 0;
}

/* Runs an edit and repeats, once, the first call that fails. */
static um_status run(struct rig *rig, const um_edit_params *params, float *rgb, bool *failed) {
    um_edit *edit = NULL;
    um_edit_view view;
    um_status status = um_edit_begin(&edit, rig->model, params);
    if (status != UM_OK) {
        assert_null(edit);
        *failed = true;
        return status;
    }
    while (!um_edit_done(edit)) {
        status = um_edit_step(edit);
        if (status != UM_OK) {
            assert_int_equal(status, UM_ERROR_MEMORY);
            assert_false(*failed);
            *failed = true;
        }
    }
    for (int i = 0; i < 2; i++) {
        status = i ? um_edit_picture(edit, 1, rgb) : um_edit_get(edit, 1, &view);
        if (status != UM_OK) {
            assert_int_equal(status, UM_ERROR_MEMORY);
            assert_false(*failed);
            *failed = true;
            status = i ? um_edit_picture(edit, 1, rgb) : um_edit_get(edit, 1, &view);
        }
        assert_int_equal(status, UM_OK);
    }
    um_edit_end(&edit);
    return UM_OK;
}

static void fail_each(struct rig *rig, const um_edit_params *params) {
    static float expected[VALUES], rgb[VALUES];
    bool failed = false;
    fail_at = 0;
    assert_int_equal(run(rig, params, expected, &failed), UM_OK); // compiles the networks, too
    assert_false(failed);
    for (fail_at = 1;; fail_at++) {
        long before = live;
        calls = 0;
        failed = false;
        um_status status = run(rig, params, rgb, &failed);
        if (status == UM_OK)
            assert_memory_equal(rgb, expected, sizeof rgb);
        else
            assert_int_equal(status, UM_ERROR_MEMORY);
        if (live != before)
            fail_msg("allocation %u failed and %ld blocks were left", fail_at, live - before);
        if (calls < fail_at)
            break;
        assert_true(fail_at < 5000);
    }
    print_message("%u allocations failed one by one\n", fail_at - 1);
    assert_true(fail_at > 50);
    fail_at = 0;
}

static void any_allocation_may_fail(void **state) {
    struct test_rand r = {1};
    float *source = make_source(&r, WIDTH, HEIGHT);
    um_edit_params params = {
        .rgb = source, .width = WIDTH, .height = HEIGHT, .draw = {.batch = 2, .sampling.steps = 2}};
    params.right = 7;
    fail_each(*state, &params);
    params.right = 0;
    params.vary_share = 0.5f;
    fail_each(*state, &params);
    params.vary_order = UM_VARY_HALTON;
    fail_each(*state, &params);
    free(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_allocation_may_fail)};
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
