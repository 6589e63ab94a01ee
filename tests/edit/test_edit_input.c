/* What um_edit_begin() refuses: one sentence that names the fault, nothing made. */
#include "edit/edit_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 32 };

static const struct tiny_model_options MODEL = {.grid = 8};
static float picture[SIDE * SIDE * 3];
static uint8_t mask[SIDE * SIDE];

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 1, &MODEL);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static um_edit_params good(void) {
    memset(mask, 0, sizeof mask);
    mask[5 * SIDE + 5] = 1;
    return (um_edit_params){
        .rgb = picture, .width = SIDE, .height = SIDE, .mask = mask, .draw = {.sampling.steps = 2}};
}

static void refuse(struct rig *rig, const um_edit_params *params, const char *says) {
    um_edit *edit = (um_edit *)rig; // must become NULL
    unsigned before = rig->capture.count;
    assert_int_equal(um_edit_begin(&edit, rig->model, params), UM_ERROR_ARGUMENT);
    assert_null(edit);
    assert_int_equal(rig->capture.count, before + 1);
    if (!strstr(rig->capture.text, says))
        fail_msg("'%s' does not say '%s'", rig->capture.text, says);
}

static void sizes(void **state) {
    um_edit_params p = good();
    p.width = p.height = 1;
    refuse(*state, &p, "1 x 1 pixels, expected at least 32 x 32");
    p = good();
    p.width = SIDE - 1;
    refuse(*state, &p, "31 x 32 pixels, expected at least 32 x 32");
    p = good();
    p.width = 20000;
    refuse(*state, &p, "20000 x 32 pixels, expected at most 8192");
    p = good();
    p.right = 8192;
    refuse(*state, &p, "picture with its new sides is 8224 x 32");
    p = good();
    p.left = UINT32_MAX;
    p.right = UINT32_MAX;
    refuse(*state, &p, "at most 8192");
    p = good();
    p.right = p.bottom = 4096; // 1032 x 1032 tokens
    refuse(*state, &p, "at most 1048576 tokens");
    p = good();
    p.width = 3;
    p.right = 40;
    refuse(*state, &p, "one token of source");
    p.width = 0;
    refuse(*state, &p, "one token of source");
}

static void masks(void **state) {
    um_edit_params p = good();
    memset(mask, 0, sizeof mask);
    refuse(*state, &p, "The mask is empty");
    p.mask = NULL;
    refuse(*state, &p, "The mask is empty");
    p.mask = mask;
    p.vary_share = 0.5f;
    refuse(*state, &p, "The mask is empty");
}

static void fields(void **state) {
    refuse(*state, NULL, "params must not be NULL");
    um_edit_params p = good();
    p.rgb = NULL;
    refuse(*state, &p, "exactly one of rgb and rgb8 must not be NULL");
    for (int i = 0; i < 3; i++) {
        const float bad[] = {-0.1f, 1.5f, NAN};
        p = good();
        p.vary_share = bad[i];
        refuse(*state, &p, "vary_share");
    }
    p = good();
    p.vary_share = 0.5f;
    p.vary_order = (um_vary_order)2;
    refuse(*state, &p, "vary_order is 2");
    p = good();
    p.vary_share = 0.5f;
    p.left = 4;
    refuse(*state, &p, "cannot be used together");
    p = good();
    const int32_t tokens[64] = {0};
    p.draw.initial_tokens = tokens;
    refuse(*state, &p, "initial_tokens");
    p = good();
    p.draw.sampling.steps = 2000;
    refuse(*state, &p, "steps is 2000");
    p = good();
    p.draw.start_step = 2;
    refuse(*state, &p, "start_step");
    p = good();
    const int32_t class_index = 5;
    p.draw.classes = &class_index;
    refuse(*state, &p, "classes[0] is 5");
    p = good();
    picture[100] = INFINITY;
    refuse(*state, &p, "rgb[100]");
    picture[100] = 0.0f;
}

static void too_many_steps(void **state) {
    um_edit_params p = good();
    p.right = 4000; // far more than 64 windows of 1024 steps
    p.draw.sampling.steps = 1024;
    refuse(*state, &p, "expected at most 65534");
}

static void null_objects(void **state) {
    struct rig *rig = *state;
    um_edit_params p = good();
    um_edit *edit = NULL;
    assert_int_equal(um_edit_begin(NULL, rig->model, &p), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_begin(&edit, NULL, &p), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_step(NULL), UM_ERROR_ARGUMENT);
    assert_true(um_edit_done(NULL));
    assert_int_equal(um_edit_step_index(NULL), 0);
    assert_int_equal(um_edit_step_count(NULL), 0);
    assert_null(um_edit_get_info(NULL));
    assert_int_equal(um_edit_get(NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_picture(NULL, 0, picture), UM_ERROR_ARGUMENT);
    um_edit_cancel(NULL);
    um_edit_end(NULL);
    um_edit_end(&edit);
}

static void calls_out_of_range(void **state) {
    struct rig *rig = *state;
    um_edit_params p = good();
    p.draw.batch = 2;
    um_edit *edit = begin_edit(rig, &p);
    static float out[SIDE * SIDE * 3];
    um_edit_view view;
    assert_int_equal(um_edit_get(edit, 2, &view), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "image is 2"));
    assert_int_equal(um_edit_picture(edit, 2, out), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_picture(edit, 0, NULL), UM_ERROR_ARGUMENT);
    while (!um_edit_done(edit))
        step_edit(rig, edit);
    assert_int_equal(um_edit_step(edit), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "all 2 steps are done"));
    um_edit_end(&edit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),        cmocka_unit_test(masks),
        cmocka_unit_test(fields),       cmocka_unit_test(too_many_steps),
        cmocka_unit_test(null_objects), cmocka_unit_test(calls_out_of_range),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
