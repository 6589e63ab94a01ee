/* The table of settings: what is written is read back, nothing out of range is taken, and every
 * field has a row. */
#include "sampler/settings.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A model's own, no field of which is the default. */
static const um_sampling OWN = {.steps = 12,
                                .schedule = UM_SCHEDULE_POW,
                                .schedule_power = 3.0f,
                                .sampler = UM_SAMPLER_RECHECK,
                                .temperature = 0.7f,
                                .choice_temperature = 4.5f,
                                .cfg_scale = -1.0f,
                                .cfg_schedule = UM_CFG_POWER_COSINE,
                                .cfg_power = 2.0f,
                                .top_k = UINT32_MAX,
                                .top_p = 0.9f,
                                .remdm_eta = 0.05f,
                                .recheck_rounds = 4,
                                .recheck_threshold = 0.1f};

static bool is_number(const um_setting *setting) {
    return setting->kind == UM_KIND_WHOLE || setting->kind == UM_KIND_REAL;
}

static void rows_are_sound(void **state) {
    (void)state;
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        const um_setting *s = um_setting_info((um_setting_id)i);
        assert_non_null(s);
        assert_true(s->name && s->option && s->label && s->help);
        assert_true(s->offset < sizeof(um_sampling) && s->least <= s->most && s->usual <= s->most);
        assert_true(i == 0 || s->offset > um_setting_info((um_setting_id)(i - 1))->offset);
        um_sampling sampling = {0};
        if (!isnan(s->fallback))
            assert_int_equal(um_setting_set((um_setting_id)i, &sampling, s->fallback), UM_OK);
    }
    assert_null(um_setting_info(UM_SETTING_COUNT));
    assert_null(um_setting_info((um_setting_id)-1));
}

static void numbers_are_read_back(void **state) {
    (void)state;
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        const um_setting_id id = (um_setting_id)i;
        const um_setting *s = um_setting_info(id);
        const double good[] = {s->least, s->most, 1.0}, bad[] = {s->most * 2 + 1, -1.0, -INFINITY};
        um_sampling sampling = {0};
        assert_true(s->kind == UM_KIND_LOOP || isnan(um_setting_get(id, &sampling)));
        for (int k = 0; k < 3; k++) {
            const um_sampling before = sampling;
            assert_int_equal(um_setting_set(id, &sampling, bad[k]), UM_ERROR_ARGUMENT);
            assert_memory_equal(&before, &sampling, sizeof before);
            assert_int_equal(um_setting_set(id, &sampling, good[k]), UM_OK);
            assert_true((float)um_setting_get(id, &sampling) == (float)good[k]);
        }
        if (s->kind == UM_KIND_WHOLE)
            assert_int_equal(um_setting_set(id, &sampling, 1.5), UM_ERROR_ARGUMENT);
        assert_int_equal(um_setting_set(id, &sampling, (double)NAN), UM_OK);
        assert_memory_equal(&(um_sampling){0}, &sampling, sizeof sampling);
    }
}

/* "None" is not the default, although both are written 0. */
static void none_is_kept(void **state) {
    (void)state;
    um_sampling sampling = {0};
    for (int i = 0; i < UM_SETTING_COUNT; i++) {
        const um_setting *s = um_setting_info((um_setting_id)i);
        if (is_number(s) && !isnan(s->none))
            assert_int_equal(um_setting_set((um_setting_id)i, &sampling, s->none), UM_OK);
    }
    um_sampling model = OWN;
    model.cfg_scale = 2.0f;
    model.top_k = 7;
    assert_null(um_sampling_resolve(&sampling, &model));
    assert_true(sampling.choice_temperature < 0.0f && sampling.cfg_scale < 0.0f);
    assert_int_equal(sampling.top_k, UINT32_MAX);
    assert_true(um_setting_get(UM_SETTING_CFG_SCALE, &sampling) == 0.0);
    assert_true(um_setting_get(UM_SETTING_TOP_K, &sampling) == 0.0);
}

/* As floats they are 0, which stands for the default. */
static void what_rounds_to_nothing_is_none(void **state) {
    (void)state;
    static const um_setting_id ids[] = {UM_SETTING_CHOICE_TEMPERATURE, UM_SETTING_CFG_SCALE};
    for (int i = 0; i < 2; i++) {
        um_sampling sampling = {0};
        assert_int_equal(um_setting_set(ids[i], &sampling, 1e-50), UM_OK);
        assert_true(um_setting_get(ids[i], &sampling) == 0.0);
    }
}

static void defaults_are_the_models(void **state) {
    (void)state;
    um_sampling sampling = {0};
    assert_null(um_sampling_resolve(&sampling, &OWN));
    assert_memory_equal(&sampling, &OWN, sizeof OWN);
}

static void what_is_out_of_range_is_named(void **state) {
    (void)state;
    char range[64];
    um_sampling sampling = {.recheck_threshold = 1.5f};
    const um_setting *wrong = um_sampling_resolve(&sampling, &OWN);
    assert_ptr_equal(wrong, um_setting_info(UM_SETTING_RECHECK_THRESHOLD));
    sampling = (um_sampling){.cfg_scale = NAN};
    wrong = um_sampling_resolve(&sampling, &OWN);
    assert_ptr_equal(wrong, um_setting_info(UM_SETTING_CFG_SCALE));
    assert_string_equal(um_setting_range(wrong, range, sizeof range), "at most 100");
    sampling = (um_sampling){.recheck_rounds = 257};
    wrong = um_sampling_resolve(&sampling, &OWN);
    assert_ptr_equal(wrong, um_setting_info(UM_SETTING_RECHECK_ROUNDS));
    assert_string_equal(um_setting_range(wrong, range, sizeof range), "0 or 1 to 256");
}

static void samplers_use_their_own(void **state) {
    (void)state;
    assert_true(um_setting_used(UM_SETTING_RECHECK_ROUNDS, UM_SAMPLER_RECHECK));
    assert_false(um_setting_used(UM_SETTING_RECHECK_ROUNDS, UM_SAMPLER_HALTON));
    assert_true(um_setting_used(UM_SETTING_REMDM_ETA, UM_SAMPLER_REMDM_CAP));
    assert_false(um_setting_used(UM_SETTING_REMDM_ETA, UM_SAMPLER_REMDM_CONF));
    assert_false(um_setting_used(UM_SETTING_REMDM_ETA, (um_sampler)(32 + UM_SAMPLER_REMDM_CAP)));
    assert_true(um_setting_used(UM_SETTING_REMDM_LOOP, UM_SAMPLER_REMDM_CONF));
    assert_true(um_setting_used(UM_SETTING_TOP_P, UM_SAMPLER_RASTER));
    assert_false(um_setting_used(UM_SETTING_COUNT, UM_SAMPLER_RASTER));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sound),
        cmocka_unit_test(numbers_are_read_back),
        cmocka_unit_test(none_is_kept),
        cmocka_unit_test(what_rounds_to_nothing_is_none),
        cmocka_unit_test(defaults_are_the_models),
        cmocka_unit_test(what_is_out_of_range_is_named),
        cmocka_unit_test(samplers_use_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
