/* Sessions and edits with every sampler on the CPU backend. */
#include "session/rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { N = 64, K = 32, BATCH = 5 };

static const struct tiny_model_options MODEL = {.grid = 8};
static const int32_t CLASSES[BATCH] = {3, 1, 4, 1, 0};

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 2, &MODEL);
    assert_int_equal(rig.positions, N);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static um_session_params five(int sampler) {
    return (um_session_params){.classes = CLASSES,
                               .batch = BATCH,
                               .seed = 42,
                               .sampling.steps = 6,
                               .sampling.sampler = (um_sampler)sampler,
                               .sampling.remdm_eta = 0.5f,
                               .sampling.recheck_rounds = 3,
                               .sampling.recheck_threshold = 1.0f};
}

/* Batch, threads and groups change nothing. */
static void pictures_depend_on_seed_and_index_alone(void **state) {
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        static int32_t together[BATCH * N], alone[N], other[BATCH * N];
        struct rig threads;
        um_session_params params = five(sampler);
        params.first_image = 7;
        rig_generate(*state, &params, together, NULL);
        for (uint32_t image = 0; image < BATCH; image++) {
            um_session_params one = params;
            one.batch = 1;
            one.classes = &CLASSES[image];
            one.first_image = 7 + image;
            rig_generate(*state, &one, alone, NULL);
            assert_memory_equal(alone, together + image * N, sizeof alone);
        }
        rig_open(&threads, "cpu", 5, &MODEL);
        rig_generate(&threads, &params, other, NULL);
        rig_close(&threads);
        assert_memory_equal(other, together, sizeof other);
    }
}

/* Runs a session step by step and checks what the view says of each. */
static uint32_t check_reveal(struct rig *rig, const um_session_params *params) {
    um_session *session = NULL;
    um_session_view view;
    int32_t before[N];
    uint32_t revised = 0;
    assert_int_equal(um_session_begin(&session, rig->model, params), UM_OK);
    uint32_t rounds =
        params->sampling.sampler == UM_SAMPLER_RECHECK ? params->sampling.recheck_rounds : 0;
    assert_int_equal(um_session_step_count(session), params->sampling.steps + rounds);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    assert_int_equal(view.change_count[UM_CHANGE_MASKED], view.masked);
    assert_int_equal(view.change_count[UM_CHANGE_KEPT], N - view.masked);
    while (!um_session_done(session)) {
        memcpy(before, view.tokens, sizeof before);
        assert_int_equal(um_session_step(session), UM_OK);
        assert_int_equal(um_session_get(session, 0, &view), UM_OK);
        uint32_t counts[5] = {0};
        for (int i = 0; i < N; i++) {
            int change = before[i] < 0                 ? view.tokens[i] >= 0
                         : view.tokens[i] < 0          ? UM_CHANGE_REMASKED
                         : view.tokens[i] == before[i] ? UM_CHANGE_KEPT
                                                       : UM_CHANGE_REVISED;
            assert_int_equal(view.change[i], change);
            counts[change]++;
            bool given = params->initial_tokens && params->initial_tokens[i] >= 0;
            if (given)
                assert_int_equal(view.tokens[i], params->initial_tokens[i]);
        }
        assert_memory_equal(view.change_count, counts, sizeof counts);
        revised += counts[UM_CHANGE_REVISED] + counts[UM_CHANGE_REMASKED];
        assert_int_equal(view.masked, counts[UM_CHANGE_MASKED] + counts[UM_CHANGE_REMASKED]);
    }
    assert_int_equal(view.masked, 0);
    um_session_end(&session);
    return revised;
}

static void the_view_says_what_each_step_did(void **state) {
    static const uint32_t counts[] = {1, 2, 6, N, N + 8};
    int32_t given[N];
    for (int i = 0; i < N; i++)
        given[i] = i % 4 ? -1 : i % K;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        uint32_t revised = 0;
        for (int c = 0; c < 5; c++) {
            um_session_params params = five(sampler);
            params.batch = 1;
            params.sampling.steps = counts[c];
            revised += check_reveal(*state, &params);
            params.initial_tokens = given;
            params.start_step = counts[c] / 3;
            revised += check_reveal(*state, &params);
        }
        assert_int_equal(revised > 0, sampler >= UM_SAMPLER_REMDM_CAP);
    }
}

/* A step that was cancelled goes on where it stopped: no token is masked again twice. */
static void a_cancelled_step_can_be_resumed(void **state) {
    struct rig *rig = *state;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        static int32_t plain[BATCH * N];
        um_session_params params = five(sampler);
        um_session *session = NULL;
        rig_generate(rig, &params, plain, NULL);
        assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
        while (!um_session_done(session)) {
            um_session_cancel(session);
            assert_int_equal(um_session_step(session), UM_CANCELLED);
            assert_int_equal(um_session_step(session), UM_OK);
        }
        for (uint32_t image = 0; image < BATCH; image++) {
            um_session_view view;
            assert_int_equal(um_session_get(session, image, &view), UM_OK);
            assert_memory_equal(view.tokens, plain + image * N, sizeof(int32_t) * N);
        }
        um_session_end(&session);
    }
}

/* A table that says what the plain settings say changes nothing; one that says else does. */
static void a_step_table_stands_for_the_settings(void **state) {
    struct rig *rig = *state;
    static int32_t plain[N], tabled[N];
    um_step_row rows[4];
    um_session_params params = {.seed = 3,
                                .sampling.steps = 4,
                                .sampling.schedule = UM_SCHEDULE_LINEAR,
                                .sampling.choice_temperature = 2.0f};
    rig_generate(rig, &params, plain, NULL);
    for (int i = 0; i < 4; i++)
        rows[i] = (um_step_row){1.0f - 0.25f * (float)(i + 1),
                                rig->info->defaults.temperature,
                                2.0f * (1.0f - 0.25f * (float)(i + 1)),
                                rig->info->defaults.cfg_scale,
                                {0}};
    params = (um_session_params){.seed = 3,
                                 .sampling.schedule = UM_SCHEDULE_SQRT,
                                 .sampling.choice_temperature = 9.0f,
                                 .sampling.temperature = 3.0f,
                                 .sampling.cfg_scale = 7.0f,
                                 .step_table = rows,
                                 .step_table_size = 4};
    rig_generate(rig, &params, tabled, NULL);
    assert_memory_equal(plain, tabled, sizeof plain);
    rows[1].temperature = 0.5f;
    rig_generate(rig, &params, tabled, NULL);
    assert_memory_not_equal(plain, tabled, sizeof plain);
}

static void wrong_parameters_are_named(void **state) {
    struct rig *rig = *state;
    static const um_step_row bad_rows[4] = {{1.5f, 1, 1, 1, {0}},
                                            {0.5f, 0, 1, 1, {0}},
                                            {0.5f, 1, 2000, 1, {0}},
                                            {0.5f, 1, 1, NAN, {0}}};
    const struct {
        um_session_params params;
        const char *says;
    } cases[] = {
        {{.sampling.sampler = (um_sampler)8}, "sampler"},
        {{.sampling.sampler = (um_sampler)-1}, "sampler"},
        {{.sampling.cfg_schedule = (um_cfg_schedule)4}, "cfg_schedule"},
        {{.sampling.cfg_power = -1.0f}, "cfg_power"},
        {{.sampling.cfg_power = NAN}, "cfg_power"},
        {{.sampling.top_p = 1.1f}, "top_p"},
        {{.sampling.top_p = -0.1f}, "top_p"},
        {{.sampling.remdm_eta = 1.5f}, "remdm_eta"},
        {{.sampling.remdm_eta = NAN}, "remdm_eta"},
        {{.sampling.remdm_loop_on = 1.0f}, "remdm_loop_on"},
        {{.sampling.remdm_loop_on = 0.5f, .sampling.remdm_loop_off = 0.5f}, "remdm_loop_off"},
        {{.sampling.remdm_loop_on = 0.5f, .sampling.remdm_loop_alpha = 1.0f}, "remdm_loop_alpha"},
        {{.sampling.recheck_rounds = 257}, "recheck_rounds"},
        {{.sampling.recheck_threshold = 1.01f}, "recheck_threshold"},
        {{.step_table = bad_rows, .step_table_size = 0}, "step_table_size"},
        {{.step_table = bad_rows, .step_table_size = 1}, "masked in step_table"},
        {{.step_table = bad_rows + 1, .step_table_size = 1}, "temperature in step_table"},
        {{.step_table = bad_rows + 2, .step_table_size = 1}, "choice_temperature in step_table"},
        {{.step_table = bad_rows + 3, .step_table_size = 1}, "cfg_scale in step_table"},
        {{.step_table = bad_rows, .step_table_size = 4, .sampling.steps = 3}, "steps"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_session *session = NULL;
        assert_int_equal(um_session_begin(&session, rig->model, &cases[i].params),
                         UM_ERROR_ARGUMENT);
        assert_null(session);
        if (!strstr(rig->capture.text, cases[i].says))
            fail_msg("\"%s\" does not name %s", rig->capture.text, cases[i].says);
    }
}

/* An edit keeps what it was given; its steps are those of its windows, rounds included. */
static void edits_take_every_sampler(void **state) {
    struct rig *rig = *state;
    enum { SIDE = 32 };
    static float rgb[SIDE * SIDE * 3];
    static uint8_t mask[SIDE * SIDE];
    for (int i = 0; i < SIDE * SIDE * 3; i++)
        rgb[i] = (float)(i % 97) / 97.0f;
    for (int i = 0; i < SIDE * SIDE; i++)
        mask[i] = i % SIDE >= 8 && i % SIDE < 20 && i / SIDE >= 8 && i / SIDE < 20;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        um_edit *edit = NULL;
        um_edit_params params = {
            .rgb = rgb, .width = SIDE, .height = SIDE, .mask = mask, .draw = five(sampler)};
        um_edit_view view;
        int32_t source[N], steps = 0;
        assert_int_equal(um_edit_begin(&edit, rig->model, &params), UM_OK);
        assert_int_equal(um_edit_step_count(edit), 6 - 1 + (sampler == UM_SAMPLER_RECHECK ? 3 : 0));
        assert_int_equal(um_edit_get(edit, 1, &view), UM_OK);
        memcpy(source, view.tokens, sizeof source);
        while (!um_edit_done(edit)) {
            assert_int_equal(um_edit_step(edit), UM_OK);
            assert_int_equal(um_edit_get(edit, 1, &view), UM_OK);
            steps++;
            for (int i = 0; i < N; i++) {
                if (source[i] >= 0)
                    assert_true(view.tokens[i] == source[i] && view.change[i] == UM_CHANGE_KEPT);
            }
        }
        assert_int_equal(view.masked, 0);
        assert_int_equal(steps, um_edit_step_count(edit));
        um_edit_end(&edit);
    }
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(pictures_depend_on_seed_and_index_alone),
        RIG_TEST(the_view_says_what_each_step_did),
        RIG_TEST(a_cancelled_step_can_be_resumed),
        RIG_TEST(a_step_table_stands_for_the_settings),
        RIG_TEST(wrong_parameters_are_named),
        RIG_TEST(edits_take_every_sampler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
