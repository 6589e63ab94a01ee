/* Sessions on the CPU backend: what a step does, what may and what must not change a picture. */
#include "sampler/schedule.h"
#include "session/rig.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 64, K = 32, PIXELS = 3 * 32 * 32, BATCH = 5 }; /* of the model below */

static struct tiny_model_options model = {.grid = 8};
static const int32_t CLASSES[BATCH] = {3, 1, 4, 1, 0};

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 2, &model);
    assert_int_equal(rig.positions, N);
    assert_int_equal(rig.pixels, PIXELS);
    assert_int_equal(rig.info->codebook_size, K);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static um_session_params five(void) {
    return (um_session_params){.classes = CLASSES, .batch = BATCH, .seed = 42, .sampling.steps = 6};
}

static void the_same_call_gives_the_same_bytes(void **state) {
    um_session_params params = five();
    static int32_t a[BATCH * N], b[BATCH * N];
    static float rgb_a[BATCH * PIXELS], rgb_b[BATCH * PIXELS];
    rig_generate(*state, &params, a, rgb_a);
    rig_generate(*state, &params, b, rgb_b);
    assert_memory_equal(a, b, sizeof a);
    assert_memory_equal(rgb_a, rgb_b, sizeof rgb_a);
    params.seed++;
    rig_generate(*state, &params, b, NULL);
    assert_memory_not_equal(a, b, sizeof a);
}

static void thread_counts_change_nothing(void **state) {
    um_session_params params = five();
    static int32_t a[BATCH * N], b[BATCH * N];
    static float rgb_a[BATCH * PIXELS], rgb_b[BATCH * PIXELS];
    rig_generate(*state, &params, a, rgb_a);
    for (uint32_t threads = 1; threads <= 7; threads += threads == 3 ? 4 : 1) {
        struct rig other;
        rig_open(&other, "cpu", threads, &model);
        rig_generate(&other, &params, b, rgb_b);
        rig_close(&other);
        assert_memory_equal(a, b, sizeof a);
        assert_memory_equal(rgb_a, rgb_b, sizeof rgb_a);
    }
}

static void a_picture_does_not_know_its_batch(void **state) {
    um_session_params params = five();
    static int32_t together[BATCH * N], alone[N];
    static float rgb_together[BATCH * PIXELS], rgb_alone[PIXELS];
    params.first_image = 7;
    rig_generate(*state, &params, together, rgb_together);
    for (uint32_t image = 0; image < BATCH; image++) {
        um_session_params one = params;
        one.batch = 1;
        one.classes = &CLASSES[image];
        one.first_image = 7 + image;
        rig_generate(*state, &one, alone, rgb_alone);
        assert_memory_equal(alone, together + image * N, sizeof alone);
        assert_memory_equal(rgb_alone, rgb_together + image * PIXELS, sizeof rgb_alone);
    }
}

/* 37 images take three forward passes per step, the last of them with rows left over. */
static void large_batches_run_in_groups(void **state) {
    enum { MANY = 37 };
    static int32_t classes[MANY], tokens[MANY * N], alone[N];
    for (int i = 0; i < MANY; i++)
        classes[i] = i % 5;
    um_session_params params = {.classes = classes, .batch = MANY, .seed = 9, .sampling.steps = 3};
    rig_generate(*state, &params, tokens, NULL);
    for (uint32_t image = 0; image < MANY; image += 6) {
        um_session_params one = {
            .classes = &classes[image], .first_image = image, .seed = 9, .sampling.steps = 3};
        rig_generate(*state, &one, alone, NULL);
        assert_memory_equal(alone, tokens + image * N, sizeof alone);
    }
}

static void check_view(const um_session_view *view, const um_session_view *before, uint32_t step) {
    uint32_t masked = 0;
    for (int i = 0; i < N; i++) {
        masked += view->tokens[i] < 0;
        assert_in_range(view->guess[i], 0, K - 1);
        assert_true(view->confidence[i] > 0.0f && view->confidence[i] <= 1.0001f);
        if (view->tokens[i] < 0) {
            assert_int_equal(view->tokens[i], -1);
            assert_int_equal(view->fixed_step[i], 65535);
        } else {
            assert_int_equal(view->tokens[i], view->guess[i]);
            assert_in_range(view->fixed_step[i], 1, step);
        }
        if (before->tokens[i] >= 0) { // fixed stays fixed
            assert_int_equal(view->tokens[i], before->tokens[i]);
            assert_int_equal(view->fixed_step[i], before->fixed_step[i]);
            assert_true(view->confidence[i] == before->confidence[i]);
        }
    }
    assert_int_equal(view->masked, masked);
}

static void run_checked(struct rig *rig, const um_session_params *params,
                        const struct um_schedule_spec *spec) {
    um_session *session = NULL;
    static int32_t tokens[N];
    static uint16_t fixed_step[N];
    static float confidence[N];
    um_session_view view,
        before = {
            .tokens = tokens, .confidence = confidence, .fixed_step = fixed_step, .masked = N};
    assert_int_equal(um_session_begin(&session, rig->model, params), UM_OK);
    assert_int_equal(um_session_step_count(session), spec->steps);
    uint32_t masked = N;
    for (uint32_t step = 0; step < spec->steps; step++) {
        assert_int_equal(um_session_step_index(session), step);
        assert_false(um_session_done(session));
        assert_int_equal(um_session_get(session, 0, &view), UM_OK);
        memcpy(tokens, view.tokens, sizeof tokens);
        memcpy(fixed_step, view.fixed_step, sizeof fixed_step);
        memcpy(confidence, view.confidence, sizeof confidence);
        assert_int_equal(um_session_step(session), UM_OK);
        assert_int_equal(um_session_get(session, 0, &view), UM_OK);
        check_view(&view, &before, step + 1);
        masked = um_schedule_masked(spec, step, N, masked);
        assert_int_equal(view.masked, masked);
    }
    assert_int_equal(view.masked, 0);
    assert_true(um_session_done(session));
    assert_int_equal(um_session_step_index(session), spec->steps);
    um_session_end(&session);
}

static void every_schedule_reveals_what_it_says(void **state) {
    static const float table[] = {0.9f, 0.9f, 0.3f, 0.25f, 0.0f};
    for (int s = UM_SCHEDULE_COSINE; s <= UM_SCHEDULE_TABLE; s++) {
        um_session_params params = {
            .sampling.schedule = (um_schedule)s, .seed = 1, .sampling.steps = 5};
        struct um_schedule_spec spec = {
            .kind = (um_schedule)s, .power = 2.0f, .table = table, .steps = 5};
        if (s == UM_SCHEDULE_TABLE) {
            params.schedule_table = table;
            params.schedule_table_size = 5;
            params.sampling.steps = 0;
        }
        run_checked(*state, &params, &spec);
    }
}

static void one_step_and_too_many_steps_work(void **state) {
    static const uint32_t counts[] = {1, 2, N - 1, N, N + 1, 3 * N};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        um_session_params params = {
            .sampling.schedule = UM_SCHEDULE_COSINE, .seed = 3, .sampling.steps = counts[i]};
        struct um_schedule_spec spec = {.kind = UM_SCHEDULE_COSINE, .steps = counts[i]};
        run_checked(*state, &params, &spec);
    }
}

static void defaults_come_from_the_model(void **state) {
    struct rig *rig = *state;
    const um_model_info *info = rig->info;
    static int32_t a[N], b[N];
    int32_t zero = 0;
    um_session_params spelled = {.classes = &zero,
                                 .batch = 1,
                                 .sampling.steps = info->defaults.steps,
                                 .sampling.schedule = info->defaults.schedule,
                                 .sampling.schedule_power = info->defaults.schedule_power,
                                 .sampling.temperature = info->defaults.temperature,
                                 .sampling.choice_temperature = info->defaults.choice_temperature,
                                 .sampling.cfg_scale = info->defaults.cfg_scale};
    assert_true(info->defaults.cfg_scale > 0.0f && info->defaults.choice_temperature > 0.0f);
    rig_generate(rig, NULL, a, NULL);
    rig_generate(rig, &spelled, b, NULL);
    assert_memory_equal(a, b, sizeof a);
    rig_generate(rig, &(um_session_params){0}, b, NULL);
    assert_memory_equal(a, b, sizeof a);
}

static void every_sampling_option_changes_the_picture(void **state) {
    static int32_t base[N], other[N];
    int32_t class_two = 2;
    const um_session_params plain = {
        .seed = 8, .sampling.steps = 4, .sampling.schedule = UM_SCHEDULE_COSINE};
    rig_generate(*state, &plain, base, NULL);
    for (int what = 0; what < 8; what++) {
        um_session_params params = plain;
        if (what == 0)
            params.sampling.cfg_scale = -1.0f;
        if (what == 1)
            params.sampling.cfg_scale = 5.0f;
        if (what == 2)
            params.sampling.temperature = 0.5f;
        if (what == 3)
            params.sampling.choice_temperature = -1.0f;
        if (what == 4)
            params.sampling.schedule = UM_SCHEDULE_SQRT;
        if (what == 5)
            params.sampling.steps = 5;
        if (what == 6)
            params.first_image = 1;
        if (what == 7)
            params.classes = &class_two;
        rig_generate(*state, &params, other, NULL);
        if (memcmp(base, other, sizeof base) == 0)
            fail_msg("option %d changed nothing", what);
    }
}

static void tokens_given_at_the_start_are_kept(void **state) {
    struct rig *rig = *state;
    static int32_t given[2 * N], tokens[2 * N];
    for (int i = 0; i < 2 * N; i++)
        given[i] = i % 3 ? -1 : i % K;
    um_session_params params = {
        .batch = 2, .seed = 5, .sampling.steps = 4, .initial_tokens = given};
    rig_generate(rig, &params, tokens, NULL);
    for (int i = 0; i < 2 * N; i++)
        assert_true(given[i] < 0 ? tokens[i] >= 0 : tokens[i] == given[i]);
    um_session *session = NULL;
    um_session_view view;
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_get(session, 1, &view), UM_OK);
    uint32_t masked = 0;
    for (int i = 0; i < N; i++) {
        bool known = given[N + i] >= 0;
        masked += !known;
        assert_int_equal(view.tokens[i], given[N + i]);
        assert_int_equal(view.guess[i], given[N + i]);
        assert_int_equal(view.fixed_step[i], known ? 0 : 65535);
        assert_true(view.confidence[i] == (known ? 1.0f : 0.0f));
    }
    assert_int_equal(view.masked, masked);
    um_session_end(&session);
}

/* With every token given the steps pass by and change nothing. */
static void a_complete_grid_stays_as_it_is(void **state) {
    static int32_t given[N], tokens[N];
    for (int i = 0; i < N; i++)
        given[i] = i % K;
    um_session_params params = {.sampling.steps = 3, .initial_tokens = given};
    rig_generate(*state, &params, tokens, NULL);
    assert_memory_equal(given, tokens, sizeof given);
}

static void start_step_enters_the_schedule_later(void **state) {
    struct rig *rig = *state;
    um_session_params params = {
        .sampling.schedule = UM_SCHEDULE_LINEAR, .sampling.steps = 8, .start_step = 4};
    um_session *session = NULL;
    um_session_view view;
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_step_index(session), 4);
    assert_int_equal(um_session_step(session), UM_OK);
    assert_int_equal(um_session_step_index(session), 5);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    assert_int_equal(view.masked, N * 3 / 8); // the share after 5 of 8 steps
    for (int i = 0; i < N; i++)
        assert_true(view.fixed_step[i] == 5 || view.fixed_step[i] == 65535);
    um_session_end(&session);
}

static void a_finished_session_refuses_more_steps(void **state) {
    struct rig *rig = *state;
    um_session *session = NULL;
    um_session_params params = {.sampling.steps = 1};
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_step(session), UM_OK);
    assert_int_equal(um_session_step(session), UM_ERROR_ARGUMENT);
    assert_non_null(strstr(rig->capture.text, "um_session_step"));
    um_session_end(&session);
}

static void the_picture_so_far_is_the_decoded_guess(void **state) {
    struct rig *rig = *state;
    static float a[PIXELS], b[PIXELS];
    um_session *session = NULL;
    um_session_view view;
    um_session_params params = {.sampling.steps = 5, .seed = 2};
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_decode(session, 0, a), UM_ERROR_ARGUMENT); // no guess yet
    for (int step = 0; step < 5; step++) {
        assert_int_equal(um_session_step(session), UM_OK);
        assert_int_equal(um_session_get(session, 0, &view), UM_OK);
        assert_int_equal(um_session_decode(session, 0, a), UM_OK);
        assert_int_equal(um_decode(rig->model, view.guess, b), UM_OK);
        assert_memory_equal(a, b, sizeof a);
    }
    um_session_end(&session);
}

/* The first step's guesses are draws from um_logits(): their confidence is its softmax. */
static void a_step_uses_the_logits_of_a_forward_pass(void **state) {
    struct rig *rig = *state;
    static float logits[N * K];
    static int32_t masked[N];
    int32_t class_index = 3;
    memset(masked, 0xff, sizeof masked);
    assert_int_equal(um_logits(rig->model, masked, class_index, logits), UM_OK);
    um_session *session = NULL;
    um_session_view view;
    um_session_params params = {
        .classes = &class_index, .sampling.steps = 4, .sampling.cfg_scale = -1.0f};
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_step(session), UM_OK);
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    for (int i = 0; i < N; i++) {
        float sum = 0.0f, chosen = logits[i * K + view.guess[i]];
        for (int k = 0; k < K; k++)
            sum += expf(logits[i * K + k] - chosen);
        assert_true(view.confidence[i] * sum > 0.9999f && view.confidence[i] * sum < 1.0001f);
    }
    um_session_end(&session);
}

static void a_cancelled_step_can_be_resumed(void **state) {
    struct rig *rig = *state;
    um_session_params params = five();
    static int32_t expected[BATCH * N];
    rig_generate(rig, &params, expected, NULL);
    um_session *session = NULL;
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    for (uint32_t step = 0; step < params.sampling.steps; step++) {
        if (step % 2)
            um_session_cancel(session);
        else
            __atomic_store_n(um_session_cancel_word(session), 1, __ATOMIC_RELEASE);
        assert_int_equal(um_session_step(session), UM_CANCELLED);
        assert_int_equal(um_session_step_index(session), step);
        assert_int_equal(um_session_step(session), UM_OK);
    }
    for (uint32_t image = 0; image < BATCH; image++) {
        um_session_view view;
        assert_int_equal(um_session_get(session, image, &view), UM_OK);
        assert_memory_equal(view.tokens, expected + image * N, N * sizeof *expected);
    }
    um_session_end(&session);
}

static void *cancel_soon(void *session) {
    um_session_cancel(session);
    return NULL;
}

static void another_thread_may_cancel(void **state) {
    struct rig *rig = *state;
    um_session_params params = {.batch = 64, .sampling.steps = 1024};
    um_session *session = NULL;
    pthread_t thread;
    assert_int_equal(um_session_begin(&session, rig->model, &params), UM_OK);
    assert_int_equal(um_session_step(session), UM_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, session), 0);
    um_status status = UM_OK;
    while (status == UM_OK && !um_session_done(session))
        status = um_session_step(session);
    pthread_join(thread, NULL);
    assert_int_equal(status, UM_CANCELLED);
    assert_true(um_session_step_index(session) < 1024);
    um_session_end(&session);
}

static void two_sessions_do_not_disturb_each_other(void **state) {
    struct rig *rig = *state;
    um_session_params first = {.seed = 1, .sampling.steps = 4},
                      second = {.seed = 2, .sampling.steps = 4};
    static int32_t alone[2][N];
    rig_generate(rig, &first, alone[0], NULL);
    rig_generate(rig, &second, alone[1], NULL);
    um_session *a = NULL, *b = NULL;
    um_session_view view;
    assert_int_equal(um_session_begin(&a, rig->model, &first), UM_OK);
    assert_int_equal(um_session_begin(&b, rig->model, &second), UM_OK);
    for (int step = 0; step < 4; step++) {
        assert_int_equal(um_session_step(a), UM_OK);
        assert_int_equal(um_session_step(b), UM_OK);
    }
    assert_int_equal(um_session_get(a, 0, &view), UM_OK);
    assert_memory_equal(view.tokens, alone[0], sizeof alone[0]);
    assert_int_equal(um_session_get(b, 0, &view), UM_OK);
    assert_memory_equal(view.tokens, alone[1], sizeof alone[1]);
    um_session_end(&a);
    um_session_end(&b);
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(int argc, char **argv) {
    if (argc > 1 && !tiny_model_variant(&model, argv[1]))
        return 2;
    const struct CMUnitTest tests[] = {
        RIG_TEST(the_same_call_gives_the_same_bytes),
        RIG_TEST(thread_counts_change_nothing),
        RIG_TEST(a_picture_does_not_know_its_batch),
        RIG_TEST(large_batches_run_in_groups),
        RIG_TEST(every_schedule_reveals_what_it_says),
        RIG_TEST(one_step_and_too_many_steps_work),
        RIG_TEST(defaults_come_from_the_model),
        RIG_TEST(every_sampling_option_changes_the_picture),
        RIG_TEST(tokens_given_at_the_start_are_kept),
        RIG_TEST(a_complete_grid_stays_as_it_is),
        RIG_TEST(start_step_enters_the_schedule_later),
        RIG_TEST(a_finished_session_refuses_more_steps),
        RIG_TEST(the_picture_so_far_is_the_decoded_guess),
        RIG_TEST(a_step_uses_the_logits_of_a_forward_pass),
        RIG_TEST(a_cancelled_step_can_be_resumed),
        RIG_TEST(another_thread_may_cancel),
        RIG_TEST(two_sessions_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
