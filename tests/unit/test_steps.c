/* What each step of a session uses, and the names of samplers and guidance schedules. */
#include "sampler/steps.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct um_steps plain(uint32_t steps) {
    return (struct um_steps){.set.sampler = UM_SAMPLER_CONFIDENCE,
                             .schedule = {.kind = UM_SCHEDULE_COSINE, .steps = steps},
                             .set.cfg_schedule = UM_CFG_CONSTANT,
                             .set.cfg_power = 3.0f,
                             .set.cfg_scale = 2.0f,
                             .set.temperature = 0.7f,
                             .set.choice_temperature = 4.5f,
                             .set.top_k = 5,
                             .set.top_p = 0.9f,
                             .set.remdm_eta = 0.05f,
                             .set.recheck_threshold = 0.1f};
}

static void sampler_names_read_back(void **state) {
    (void)state;
    for (int i = UM_SAMPLER_CONFIDENCE; i <= UM_SAMPLER_RECHECK; i++) {
        um_sampler sampler = UM_SAMPLER_DEFAULT;
        assert_int_equal(um_sampler_parse(um_sampler_name((um_sampler)i), &sampler), UM_OK);
        assert_int_equal(sampler, i);
    }
    assert_string_equal(um_sampler_name(UM_SAMPLER_DEFAULT), "default");
    assert_string_equal(um_sampler_name((um_sampler)99), "default");
    static const char *const bad[] = {"", "default", "Halton", "halton ", "remdm", "remdm-"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        um_sampler sampler = UM_SAMPLER_HALTON;
        assert_int_equal(um_sampler_parse(bad[i], &sampler), UM_ERROR_ARGUMENT);
        assert_int_equal(sampler, UM_SAMPLER_HALTON);
    }
    assert_int_equal(um_sampler_parse(NULL, NULL), UM_ERROR_ARGUMENT);
}

static void guidance_names_read_back(void **state) {
    (void)state;
    for (int i = UM_CFG_CONSTANT; i <= UM_CFG_POWER_COSINE; i++) {
        um_cfg_schedule schedule = UM_CFG_DEFAULT;
        float power = -1.0f;
        assert_int_equal(
            um_cfg_schedule_parse(um_cfg_schedule_name((um_cfg_schedule)i), &schedule, &power),
            UM_OK);
        assert_int_equal(schedule, i);
        assert_true(power == -1.0f);
    }
    um_cfg_schedule schedule;
    float power;
    assert_int_equal(um_cfg_schedule_parse("power-cosine2.5", &schedule, &power), UM_OK);
    assert_true(schedule == UM_CFG_POWER_COSINE && power == 2.5f);
    static const char *const bad[] = {"", "default", "power-cosine-1", "power-cosine0", "linear2"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(um_cfg_schedule_parse(bad[i], &schedule, &power), UM_ERROR_ARGUMENT);
    assert_int_equal(um_cfg_schedule_parse("power-cosine2", &schedule, NULL), UM_ERROR_ARGUMENT);
}

static void guidance_rises_as_published(void **state) {
    (void)state;
    struct um_steps steps = plain(8);
    for (uint32_t i = 0; i < 8; i++) {
        steps.set.cfg_schedule = UM_CFG_CONSTANT;
        assert_true(um_steps_at(&steps, i, 64, 64).cfg_scale == 2.0f);
        steps.set.cfg_schedule = UM_CFG_LINEAR; // V1: w i / (T - 1)
        double linear = 2.0 * i / 7.0;
        assert_true(fabs((double)um_steps_at(&steps, i, 64, 64).cfg_scale - linear) < 1e-6);
        steps.set.cfg_schedule = UM_CFG_POWER_COSINE; // MDT: w (1 - cos(pi (i / T)^k)) / 2
        double cosine = 1.0 - cos(3.14159265358979 * (i / 8.0) * (i / 8.0) * (i / 8.0));
        assert_true(fabs((double)um_steps_at(&steps, i, 64, 64).cfg_scale - cosine) < 1e-6);
    }
    assert_true(um_steps_guided(&steps));
    steps = plain(1);
    steps.set.cfg_schedule = UM_CFG_LINEAR; // the only step has it whole
    assert_true(um_steps_at(&steps, 0, 64, 64).cfg_scale == 2.0f);
    steps.set.cfg_schedule = UM_CFG_POWER_COSINE; // the only step has none
    assert_false(um_steps_guided(&steps));
}

static void noise_falls_to_nothing(void **state) {
    (void)state;
    struct um_steps steps = plain(8);
    for (uint32_t i = 0; i < 8; i++) {
        float noise = um_steps_at(&steps, i, 64, 64).noise;
        assert_true(fabs((double)noise - 4.5 * (1.0 - (i + 1) / 8.0)) < 1e-6);
        assert_true(i < 7 || noise == 0.0f);
    }
}

static void a_row_of_the_table_goes_before_the_rest(void **state) {
    (void)state;
    static const um_step_row rows[3] = {{0.5f, 1.5f, 2.0f, 0.0f, {0}},
                                        {-1.0f, -1.0f, -1.0f, -1.0f, {0}},
                                        {0.9f, 0.25f, 1.0f, 3.0f, {0}}};
    struct um_steps steps = plain(3), without = plain(3);
    steps.rows = rows;
    struct um_sampler_step step = um_steps_at(&steps, 0, 64, 64);
    assert_int_equal(step.keep_masked, 32);
    assert_true(step.temperature == 1.5f && step.noise == 2.0f && step.cfg_scale == 0.0f);
    assert_true(step.alpha_t == 0.0 && step.alpha_s == 0.5);
    step = um_steps_at(&steps, 1, 64, 32);
    struct um_sampler_step other = um_steps_at(&without, 1, 64, 32);
    assert_int_equal(step.keep_masked, other.keep_masked);
    assert_true(step.temperature == other.temperature && step.noise == other.noise);
    assert_true(step.cfg_scale == other.cfg_scale && step.alpha_s == other.alpha_s);
    assert_true(step.alpha_t == 0.5);
    step = um_steps_at(&steps, 2, 64, 20);
    assert_int_equal(step.keep_masked, 0); // the last step fills everything
    assert_true(step.last && step.alpha_s == 1.0);
    assert_true(step.temperature == 0.25f && step.noise == 1.0f && step.cfg_scale == 3.0f);
    steps.set.cfg_scale = 0.0f;
    assert_true(um_steps_guided(&steps));
    steps.schedule.steps = 2; // the two rows without a scale of their own
    assert_false(um_steps_guided(&steps));
}

static void recheck_rounds_go_on_with_the_last_settings(void **state) {
    (void)state;
    struct um_steps steps = plain(4);
    steps.set.sampler = UM_SAMPLER_RECHECK;
    steps.set.recheck_rounds = 3;
    steps.set.cfg_schedule = UM_CFG_LINEAR;
    assert_int_equal(um_steps_count(&steps), 7);
    for (uint32_t i = 0; i < 7; i++) {
        struct um_sampler_step step = um_steps_at(&steps, i, 64, i < 4 ? 64 : 0);
        assert_int_equal(step.step, i);
        assert_int_equal(step.recheck, i >= 4);
        if (i >= 4)
            assert_int_equal(step.recheck_round, i - 4);
        if (i >= 3)
            assert_true(step.cfg_scale == 2.0f);
    }
}

static void alpha_runs_from_nothing_to_all(void **state) {
    (void)state;
    struct um_steps steps = plain(10);
    for (uint32_t i = 0; i <= 10; i++) {
        double exact = 1.0 - cos(1.5707963267948966 * i / 10.0);
        assert_true(fabs(um_steps_alpha(&steps, i, 64) - exact) < 1e-6); // shares are clipped there
    }
    assert_true(um_steps_alpha(&steps, 0, 64) == 0.0 && um_steps_alpha(&steps, 10, 64) == 1.0);
    steps.start_step = 4; // everything is masked when the schedule is entered there
    assert_true(um_steps_alpha(&steps, 4, 64) == 0.0 && um_steps_alpha(&steps, 5, 64) > 0.2);
}

/* The loop of ReMDM, section 4.2: up to alpha_on, hold, and on to 1; masked again only inside. */
static void the_loop_holds_alpha(void **state) {
    (void)state;
    struct um_steps steps = plain(20);
    steps.set.sampler = UM_SAMPLER_REMDM_CAP;
    steps.set.remdm_loop_on = 0.55f;
    steps.set.remdm_loop_off = 0.25f;
    steps.set.remdm_loop_alpha = 0.8f;
    for (uint32_t i = 0; i <= 20; i++) {
        double time = (20.0 - i) / 20.0, on = (double)0.55f;
        double exact = time > on     ? 0.8 * (1.0 - time) / (1.0 - on)
                       : time > 0.25 ? 0.8
                                     : 1.0 - 0.2 * time / 0.25;
        assert_true(fabs(um_steps_alpha(&steps, i, 64) - exact) < 1e-6);
        if (i < 20)
            assert_int_equal(um_steps_at(&steps, i, 64, 64).remask, time <= on && time > 0.25);
    }
    steps.set.remdm_loop_on = 0.0f;
    assert_true(um_steps_at(&steps, 1, 64, 64).remask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sampler_names_read_back),
        cmocka_unit_test(guidance_names_read_back),
        cmocka_unit_test(guidance_rises_as_published),
        cmocka_unit_test(noise_falls_to_nothing),
        cmocka_unit_test(a_row_of_the_table_goes_before_the_rest),
        cmocka_unit_test(recheck_rounds_go_on_with_the_last_settings),
        cmocka_unit_test(alpha_runs_from_nothing_to_all),
        cmocka_unit_test(the_loop_holds_alpha),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
