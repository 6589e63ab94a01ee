/* What the header promises beside the ordinary way: going on after cancelling, before the first
 * step and guess, NULL wherever it may come from, threads beyond all measure, sizes of tables that
 * are not there. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unmask/measure.h>

enum { N = 16, PIXELS = 3 * 16 * 16, BATCH = 20 };

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

/* Cancelling at any step changes nothing in the end, and what was done stays visible. */
static void cancelled_steps_go_on(void **state) {
    struct rig *rig = *state;
    static int32_t expected[BATCH * N];
    const um_session_params params = {.batch = BATCH, .seed = 5, .sampling.steps = 6};
    rig_generate(rig, &params, expected, NULL);
    um_session *session = NULL;
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    while (!um_session_done(session)) {
        const uint32_t step = um_session_step_index(session);
        um_session_cancel(session);
        um_session_cancel(session); // twice is once
        assert_int_equal(um_session_step(session), UM_CANCELLED);
        assert_int_equal(um_session_step_index(session), step);
        um_session_view view;
        assert_int_equal(um_session_get(session, BATCH - 1, &view), UM_OK);
        assert_int_equal(um_session_step(session), UM_OK);
    }
    for (uint32_t i = 0; i < BATCH; i++) {
        um_session_view view;
        assert_int_equal(um_session_get(session, i, &view), UM_OK);
        assert_memory_equal(view.tokens, expected + i * N, N * sizeof *expected);
    }
    um_session_end(&session);
}

static void before_the_first_step_there_is_no_guess(void **state) {
    struct rig *rig = *state;
    float rgb[PIXELS];
    int32_t tokens[N];
    um_session *session = NULL;
    um_session_view view;
    assert_int_equal(um_session_begin(&session, rig->model, NULL), UM_OK);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    for (int i = 0; i < N; i++)
        assert_true(view.tokens[i] == -1 && view.guess[i] == -1 && view.confidence[i] == 0.0f);
    assert_int_equal(um_session_decode(session, 0, rgb), UM_ERROR_ARGUMENT);
    um_session_end(&session);
    for (int i = 0; i < N; i++)
        tokens[i] = i;
    const um_session_params given = {.initial_tokens = tokens};
    assert_int_equal(um_session_begin(&session, rig->model, &given), UM_OK);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    for (int i = 0; i < N; i++)
        assert_true(view.guess[i] == i && view.confidence[i] == 1.0f);
    assert_int_equal(um_session_decode(session, 0, rgb), UM_OK);
    um_session_end(&session);
}

static void null_is_said_to_be_null(void **state) {
    (void)state;
    assert_true(um_session_done(NULL) && um_edit_done(NULL));
    assert_int_equal(um_session_step_index(NULL), 0);
    assert_int_equal(um_session_step_count(NULL), 0);
    assert_int_equal(um_edit_step_index(NULL), 0);
    assert_int_equal(um_edit_step_count(NULL), 0);
    assert_null(um_session_cancel_word(NULL));
    assert_null(um_edit_cancel_word(NULL));
    assert_null(um_edit_get_info(NULL));
    assert_null(um_context_device(NULL));
    assert_null(um_model_get_info(NULL));
    assert_null(um_model_class_name(NULL, 0));
    assert_null(um_model_class_symbol(NULL, 0));
    um_session_cancel(NULL);
    um_edit_cancel(NULL);
    size_t count = 7;
    assert_int_equal(um_devices(NULL, 0, NULL, NULL, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_devices(NULL, 1, &count, NULL, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(count, 7);
    assert_int_equal(um_devices(NULL, 0, &count, NULL, NULL), UM_OK);
    assert_true(count >= 1 && count != 7);
    um_schedule schedule;
    um_sampler sampler;
    um_cfg_schedule guidance;
    assert_int_equal(um_schedule_parse(NULL, &schedule, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_schedule_parse("linear", NULL, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_schedule_parse("linear", &schedule, NULL, NULL, 0, NULL), UM_OK);
    assert_int_equal(um_schedule_parse("pow2", &schedule, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_schedule_parse("1,0", &schedule, NULL, NULL, 0, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_sampler_parse(NULL, &sampler), UM_ERROR_ARGUMENT);
    assert_int_equal(um_sampler_parse("halton", NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_cfg_schedule_parse(NULL, &guidance, NULL), UM_ERROR_ARGUMENT);
    assert_int_equal(um_cfg_schedule_parse("linear", &guidance, NULL), UM_OK);
    assert_int_equal(um_cfg_schedule_parse("power-cosine2", &guidance, NULL), UM_ERROR_ARGUMENT);
}

static void too_many_threads_are_fewer(void **state) {
    (void)state;
    um_context *context = NULL;
    const um_context_params params = {.device = "cpu", .threads = UINT32_MAX};
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    um_device_details details;
    um_context_details(context, &details);
    assert_true(details.threads >= 1 && details.threads <= 1024);
    um_context_destroy(&context);
}

static void sizes_without_tables_do_not_count(void **state) {
    struct rig *rig = *state;
    int32_t plain[N], other[N];
    um_session_params params = {.seed = 2, .sampling.steps = 5};
    rig_generate(rig, &params, plain, NULL);
    params.schedule_table_size = 3;
    params.step_table_size = 900000;
    rig_generate(rig, &params, other, NULL);
    assert_memory_equal(plain, other, sizeof plain);
    const float shares[2] = {0.5f, 0.0f};
    params.schedule_table = shares; // nobody said UM_SCHEDULE_TABLE
    rig_generate(rig, &params, other, NULL);
    assert_memory_equal(plain, other, sizeof plain);
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(cancelled_steps_go_on),
        RIG_TEST(before_the_first_step_there_is_no_guess),
        cmocka_unit_test(null_is_said_to_be_null),
        cmocka_unit_test(too_many_threads_are_fewer),
        RIG_TEST(sizes_without_tables_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
