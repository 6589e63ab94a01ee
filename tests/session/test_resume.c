/* Going on where another session stopped, and starting over, on one device: what is drawn then is
 * what would have been drawn. Usage: test_resume [DEVICE]; 77 = there is no such device. */
#include "session/rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N = 64, K = 32, BATCH = 8, STEPS = 12, ROUNDS = 3, MOST = STEPS + ROUNDS };

static const struct tiny_model_options MODEL = {.grid = 8};
static const int32_t CLASSES[BATCH] = {3, 1, 4, 1, 0, 2, 2, 3};
static int32_t given[BATCH * N];

/* Eight drawings each: on the CPU of eight seeds, elsewhere, where opening a session takes long, of
 * eight images of one seed. */
static const char *device = "cpu";
static uint32_t seeds = UM_TEST_SEEDS, batch = 2; /* fewer with sanitizers, which are slow */

/* What a view shows, by value. */
struct shown {
    int32_t tokens[N], guess[N];
    float confidence[N];
    uint16_t fixed_step[N];
    uint32_t masked;
};

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, device, 2, &MODEL);
    assert_int_equal(rig.positions, N);
    for (int i = 0; i < BATCH * N; i++)
        given[i] = i % 5 == 0 || (i >= N && i % 3 == 0) ? i % K : -1;
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static um_session_params params_of(int sampler, uint64_t seed) {
    return (um_session_params){.classes = CLASSES,
                               .batch = batch,
                               .seed = seed,
                               .first_image = 4,
                               .sampling.steps = STEPS,
                               .sampling.sampler = (um_sampler)sampler,
                               .sampling.cfg_scale =
                                   seeds > 1 || sampler == UM_SAMPLER_CONFIDENCE ? 1.5f : -1.0f,
                               .sampling.cfg_schedule = UM_CFG_LINEAR,
                               .sampling.choice_temperature = 3.0f,
                               .sampling.remdm_eta = 0.4f,
                               .sampling.recheck_rounds = ROUNDS,
                               .sampling.recheck_threshold = 0.9f};
}

static uint32_t rounds_of(int sampler) {
    return sampler == UM_SAMPLER_RECHECK ? MOST : STEPS;
}

static void look(const um_session *session, struct shown shown[BATCH]) {
    for (uint32_t image = 0; image < batch; image++) {
        struct shown *to = &shown[image];
        um_session_view view;
        assert_int_equal(um_session_get(session, image, &view), UM_OK);
        memcpy(to->tokens, view.tokens, sizeof to->tokens);
        memcpy(to->guess, view.guess, sizeof to->guess);
        memcpy(to->confidence, view.confidence, sizeof to->confidence);
        memcpy(to->fixed_step, view.fixed_step, sizeof to->fixed_step);
        to->masked = view.masked;
    }
}

static void views_of(const struct shown shown[BATCH], um_session_view views[BATCH]) {
    for (int i = 0; i < BATCH; i++)
        views[i] = (um_session_view){.tokens = shown[i].tokens,
                                     .guess = shown[i].guess,
                                     .confidence = shown[i].confidence,
                                     .fixed_step = shown[i].fixed_step};
}

static um_session *begin(struct rig *rig, const um_session_params *params) {
    um_session *session = NULL;
    if (um_session_begin(&session, rig->model, params) != UM_OK)
        fail_msg("%s", rig->capture.text);
    return session;
}

static void step(struct rig *rig, um_session *session) {
    if (um_session_step(session) != UM_OK)
        fail_msg("%s", rig->capture.text);
}

/* All states of an uninterrupted drawing: states[k] after k rounds. */
static void record(struct rig *rig, const um_session_params *params,
                   struct shown states[MOST + 1][BATCH]) {
    um_session *session = begin(rig, params);
    look(session, states[params->start_step]);
    while (!um_session_done(session)) {
        step(rig, session);
        look(session, states[um_session_step_index(session)]);
    }
    um_session_end(&session);
}

/* Goes on from states[at] until round `until`, comparing every round. */
static void go_on(struct rig *rig, um_session_params params, uint32_t at, uint32_t until,
                  struct shown states[MOST + 1][BATCH]) {
    static struct shown now[BATCH];
    um_session_view views[BATCH];
    views_of(states[at], views);
    params.initial_tokens = NULL;
    params.resume = views;
    params.resume_step = at;
    um_session *session = begin(rig, &params);
    assert_int_equal(um_session_step_index(session), at);
    look(session, now);
    assert_memory_equal(now, states[at], sizeof now);
    for (uint32_t k = at + 1; k <= until; k++) {
        step(rig, session);
        look(session, now);
        if (memcmp(now, states[k], sizeof now) != 0)
            fail_msg("sampler %s, seed %u: resumed after %u, round %u differs",
                     um_sampler_name(params.sampling.sampler), (unsigned)params.seed, (unsigned)at,
                     (unsigned)k);
    }
    um_session_end(&session);
}

/* Every sampler, seed and step. On the CPU to the end; elsewhere from the first step to the end and
 * one round from each other one, whose states are those that the next one went on from. */
static void resumed_is_uninterrupted(void **state) {
    static struct shown states[MOST + 1][BATCH];
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        const uint32_t count = rounds_of(sampler);
        for (uint32_t seed = 0; seed < seeds; seed++) {
            um_session_params params = params_of(sampler, seed);
            params.initial_tokens = seed % 2 ? given : NULL;
            record(*state, &params, states);
            for (uint32_t at = 0; at < count; at++) {
                bool whole = seeds > 1 || at == 1;
                go_on(*state, params, at, whole ? count : at + 1, states);
            }
        }
    }
}

/* A drawing that itself began late, with tables and schedules that count what was masked. */
static void late_starts_and_tables_resume(void **state) {
    static struct shown states[MOST + 1][BATCH];
    um_step_row rows[STEPS];
    for (int i = 0; i < STEPS; i++)
        rows[i] =
            (um_step_row){1.0f - (float)(i + 1) / STEPS, 0.8f + 0.05f * (float)i, -1, -1, {0}};
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        for (int what = 0; what < 3; what++) {
            um_session_params params = params_of(sampler, 77);
            params.initial_tokens = given;
            params.start_step = 3;
            params.sampling.schedule = what == 0 ? UM_SCHEDULE_EXPONENTIAL : UM_SCHEDULE_DEFAULT;
            params.step_table = what == 1 ? rows : NULL;
            params.step_table_size = what == 1 ? STEPS : 0;
            params.sampling.remdm_loop_on = what == 2 ? 0.6f : 0.0f;
            params.sampling.remdm_loop_off = what == 2 ? 0.2f : 0.0f;
            record(*state, &params, states);
            for (uint32_t at = 3; at < rounds_of(sampler); at += 3)
                go_on(*state, params, at, rounds_of(sampler), states);
        }
    }
}

/* The schedule goes on from the whole grid: no kink. */
static void the_schedule_does_not_begin_anew(void **state) {
    static struct shown states[MOST + 1][BATCH];
    static const uint32_t linear[] = {32, 26, 21, 16, 10, 5, 0};
    um_session_params params = params_of(UM_SAMPLER_CONFIDENCE, 1);
    params.sampling.schedule = UM_SCHEDULE_LINEAR;
    record(*state, &params, states);
    go_on(*state, params, 6, STEPS, states);
    for (int i = 0; i <= 6; i++)
        assert_int_equal(states[6 + i][0].masked, linear[i]);
}

/* Without guesses there is nothing to decode before the first round, and nothing else differs. */
static void guesses_may_be_left_out(void **state) {
    static struct shown states[MOST + 1][BATCH], now[BATCH];
    struct rig *rig = *state;
    float rgb[3 * 32 * 32];
    um_session_view views[BATCH];
    um_session_params params = params_of(UM_SAMPLER_REMDM_CONF, 2);
    assert_int_equal(rig->pixels, sizeof rgb / sizeof rgb[0]);
    record(rig, &params, states);
    views_of(states[5], views);
    params.resume = views;
    params.resume_step = 5;
    um_session *session = begin(rig, &params);
    assert_int_equal(um_session_decode(session, 1, rgb), UM_OK);
    um_session_end(&session);
    views[0].guess = views[1].guess = NULL;
    session = begin(rig, &params);
    assert_int_equal(um_session_decode(session, 1, rgb), UM_ERROR_ARGUMENT);
    step(rig, session);
    look(session, now);
    assert_memory_equal(now, states[6], sizeof now);
    um_session_end(&session);
}

/* ---------------------------------------------------------------- starting over */

static void run_to_end(struct rig *rig, um_session *session, struct shown shown[BATCH]) {
    while (!um_session_done(session))
        step(rig, session);
    look(session, shown);
}

static void a_restart_is_a_new_session(void **state) {
    static struct shown states[MOST + 1][BATCH], again[BATCH];
    const int32_t others[BATCH] = {0, 4, 3, 0, 1, 1, 0, 4};
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK;
         sampler += seeds > 1 ? 1 : 7) {
        um_session_params params = params_of(sampler, 5);
        params.initial_tokens = sampler % 2 ? given : NULL;
        um_session *session = begin(*state, &params);
        for (int done = 0; done < sampler; done++)
            step(*state, session);
        um_session_cancel(session);
        assert_int_equal(um_session_step(session), UM_CANCELLED);
        params.seed = 6;
        record(*state, &params, states);
        assert_int_equal(um_session_restart(session, NULL, 6), UM_OK);
        assert_int_equal(um_session_step_index(session), 0);
        look(session, again);
        assert_memory_equal(again, states[0], sizeof again);
        run_to_end(*state, session, again);
        assert_memory_equal(again, states[rounds_of(sampler)], sizeof again);
        params.classes = others;
        record(*state, &params, states);
        assert_int_equal(um_session_restart(session, others, 6), UM_OK);
        run_to_end(*state, session, again);
        assert_memory_equal(again, states[rounds_of(sampler)], sizeof again);
        um_session_end(&session);
    }
}

/* Also of one that went on from another: from its start_step, with what was given there. */
static void a_resumed_session_restarts_at_its_beginning(void **state) {
    static struct shown states[MOST + 1][BATCH], again[BATCH];
    um_session_view views[BATCH];
    um_session_params params = params_of(UM_SAMPLER_REMDM_CAP, 8);
    params.initial_tokens = given;
    params.start_step = 2;
    record(*state, &params, states);
    um_session_params more = params;
    views_of(states[7], views);
    more.initial_tokens = NULL;
    more.resume = views;
    more.resume_step = 7;
    um_session *session = begin(*state, &more);
    step(*state, session);
    assert_int_equal(um_session_restart(session, NULL, 8), UM_OK);
    assert_int_equal(um_session_step_index(session), 2);
    run_to_end(*state, session, again);
    assert_memory_equal(again, states[STEPS], sizeof again);
    um_session_end(&session);
}

static void wrong_restarts_change_nothing(void **state) {
    static struct shown before[BATCH], after[BATCH];
    const int32_t others[BATCH] = {1, 99};
    struct rig *rig = *state;
    um_session_params params = params_of(UM_SAMPLER_CONFIDENCE, 5);
    um_session *session = begin(rig, &params);
    step(rig, session);
    look(session, before);
    assert_int_equal(um_session_restart(session, others, 6), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "um_session_restart: classes[1] is 99"));
    assert_int_equal(um_session_restart(NULL, NULL, 6), UM_ERROR_ARGUMENT);
    look(session, after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(um_session_step_index(session), 1);
    um_session_end(&session);
}

/* ---------------------------------------------------------------- what is refused */

static void refuse(struct rig *rig, const um_session_params *params, const char *says) {
    um_session *session = NULL;
    rig->capture.text[0] = '\0';
    assert_int_equal(um_session_begin(&session, rig->model, params), UM_ERROR_ARGUMENT);
    assert_null(session);
    if (!strstr(rig->capture.text, says))
        fail_msg("\"%s\" does not say %s", rig->capture.text, says);
}

static void wrong_states_are_named(void **state) {
    static struct shown states[MOST + 1][BATCH], bad[BATCH];
    struct rig *rig = *state;
    um_session_view views[BATCH];
    um_session_params params = params_of(UM_SAMPLER_RECHECK, 3);
    params.start_step = 1;
    record(rig, &params, states);
    views_of(bad, views);
    params.resume = views;
    params.resume_step = 6;
    const struct {
        int32_t token, guess;
        float confidence;
        uint16_t fixed;
        const char *says;
    } cases[] = {
        {K, 0, 0.5f, 3, "resume[1].tokens[9] is 32, expected -1 to 31."},
        {-2, 0, 0.5f, 3, "resume[1].tokens[9] is -2"},
        {0, K, 0.5f, 3, "resume[1].guess[9] is 32"},
        {0, -2, 0.5f, 3, "resume[1].guess[9] is -2"},
        {0, 0, 1.5f, 3, "resume[1].confidence[9] is 1.5, expected 0 to 1."},
        {0, 0, -0.5f, 3, "resume[1].confidence[9]"},
        {0, 0, NAN, 3, "resume[1].confidence[9]"},
        {0, 0, 0.5f, 7, "resume[1].fixed_step[9] is 7"},
        {0, 0, 0.5f, 1, "resume[1].fixed_step[9] is 1"},
        {0, 0, 0.5f, 65535, "resume[1].fixed_step[9] is 65535"},
        {-1, 0, 0.5f, 3, "resume[1].fixed_step[9] is 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        memcpy(bad, states[6], sizeof bad);
        bad[1].tokens[9] = cases[i].token;
        bad[1].guess[9] = cases[i].guess;
        bad[1].confidence[9] = cases[i].confidence;
        bad[1].fixed_step[9] = cases[i].fixed;
        refuse(rig, &params, cases[i].says);
    }
    memcpy(bad, states[STEPS], sizeof bad); // a masked token in a recheck round
    bad[1].tokens[9] = -1;
    bad[1].fixed_step[9] = 65535;
    params.resume_step = STEPS;
    refuse(rig, &params, "no masked token after the last step");
}

static void wrong_places_are_named(void **state) {
    static struct shown states[MOST + 1][BATCH];
    struct rig *rig = *state;
    um_session_view views[BATCH], less[BATCH];
    um_session_params params = params_of(UM_SAMPLER_RECHECK, 3);
    record(rig, &params, states);
    views_of(states[6], views);
    params.resume = views;
    params.resume_step = MOST;
    refuse(rig, &params, "resume_step is 15");
    params.start_step = 7;
    params.resume_step = 6;
    refuse(rig, &params, "resume_step is 6");
    params.start_step = 0;
    params.initial_tokens = given;
    refuse(rig, &params, "initial_tokens must be NULL");
    params.initial_tokens = NULL;
    params.resume = NULL;
    refuse(rig, &params, "resume_step is 6, expected 0, because resume is NULL");
    params.resume = less;
    for (int what = 0; what < 3; what++) {
        memcpy(less, views, sizeof less);
        *(what == 0   ? (const void **)&less[1].tokens
          : what == 1 ? (const void **)&less[1].confidence
                      : (const void **)&less[1].fixed_step) = NULL;
        refuse(rig, &params, "resume[1] lacks tokens, confidence or fixed_step.");
    }
    float rgb[3 * 32 * 32] = {0};
    uint8_t mask[32 * 32] = {1};
    um_edit *edit = NULL;
    um_edit_params edit_params = {
        .rgb = rgb, .width = 32, .height = 32, .mask = mask, .draw = params};
    assert_int_equal(um_edit_begin(&edit, rig->model, &edit_params), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "draw.resume must be NULL"));
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

static bool present(const char *backend) {
    um_device_info devices[8];
    size_t count = 0;
    bool found = false;
    um_devices(devices, 8, &count, NULL, NULL);
    for (size_t i = 0; i < count && i < 8; i++)
        found = found || strcmp(devices[i].backend, backend) == 0;
    return found;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        device = argv[1];
        seeds = 1;
        batch = BATCH;
    }
    if (!present(device)) {
        printf("skip: no device of %s\n", device);
        return 77;
    }
    const struct CMUnitTest tests[] = {
        RIG_TEST(resumed_is_uninterrupted),
        RIG_TEST(the_schedule_does_not_begin_anew),
        RIG_TEST(guesses_may_be_left_out),
        RIG_TEST(a_restart_is_a_new_session),
        RIG_TEST(a_resumed_session_restarts_at_its_beginning),
        RIG_TEST(wrong_restarts_change_nothing),
        RIG_TEST(wrong_states_are_named),
        RIG_TEST(wrong_places_are_named),
    };
    const struct CMUnitTest long_ones[] = {
        RIG_TEST(late_starts_and_tables_resume),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return seeds == 1 ? failed : failed + cmocka_run_group_tests(long_ones, NULL, NULL);
}
