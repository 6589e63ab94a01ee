/* What an edit is said to be is what it is, without looking at the picture. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 90, HEIGHT = 50 };

static void estimates_are_what_is_planned(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    static float rgb[WIDTH * HEIGHT * 3];
    static uint8_t hole[WIDTH * HEIGHT], all[WIDTH * HEIGHT];
    memset(all, 1, sizeof all);
    hole[20 * WIDTH + 40] = 1;
    const um_edit_params cases[] = {
        {.mask = hole},
        {.mask = all},
        {.mask = all, .draw = {.sampling.steps = 12}},
        {.mask = hole, .left = 30, .bottom = 7, .draw = {.sampling.steps = 6, .start_step = 2}},
        {.right = 100,
         .draw = {.sampling.sampler = UM_SAMPLER_RECHECK, .sampling.recheck_rounds = 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_edit_params params = cases[i];
        uint32_t windows = 0, steps = 0;
        params.width = WIDTH;
        params.height = HEIGHT;
        assert_int_equal(um_edit_estimate(rig.model, &params, &windows, &steps), UM_OK);
        params.rgb = rgb;
        um_edit *edit = NULL;
        assert_int_equal(um_edit_begin(&edit, rig.model, &params), UM_OK);
        assert_int_equal(windows, um_edit_get_info(edit)->windows);
        assert_int_equal(steps, um_edit_step_count(edit));
        um_edit_end(&edit);
    }
    rig_close(&rig);
}

static void what_cannot_be_edited_is_refused(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    uint32_t windows = 7, steps = 7;
    static const uint8_t nothing[WIDTH * HEIGHT];
    const um_edit_params empty = {.width = WIDTH, .height = HEIGHT, .mask = nothing};
    const um_edit_params small = {.width = 3, .height = HEIGHT, .mask = nothing};
    const um_edit_params vary = {.width = WIDTH, .height = HEIGHT, .vary_share = 0.5f};
    const um_edit_params steep = {
        .width = WIDTH, .height = HEIGHT, .draw = {.sampling.steps = 2000}};
    assert_int_equal(um_edit_estimate(rig.model, &empty, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(um_context_error(rig.context), "mask is empty"));
    assert_int_equal(um_edit_estimate(rig.model, &small, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_estimate(rig.model, &vary, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_estimate(rig.model, &steep, &windows, &steps), UM_ERROR_ARGUMENT);
    const uint8_t bytes[1] = {0};
    const um_edit_params narrow = {
        .width = WIDTH, .height = HEIGHT, .rgb8 = bytes, .rgb8_stride = 10};
    const um_edit_params grown = {.width = WIDTH, .height = HEIGHT, .reserved = {1}};
    assert_int_equal(um_edit_estimate(rig.model, &narrow, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_estimate(rig.model, &grown, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_estimate(NULL, &empty, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_estimate(rig.model, NULL, &windows, &steps), UM_ERROR_ARGUMENT);
    assert_true(windows == 7 && steps == 7);
    rig_close(&rig);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_what_is_planned),
        cmocka_unit_test(what_cannot_be_edited_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
