/* Takes, their playback, and the schedules as curves (against the sampler's own numbers). */
#include "sampler/schedule.h"
#include "viewer/curve.h"
#include "viewer/playback.h"
#include "viewer/take.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void copies_are_equal_and_apart(void **state) {
    (void)state;
    struct take_step *step = take_step_make(3, 2, 4, 6);
    assert_non_null(step);
    for (int i = 0; i < 4; i++) {
        step->frames[1].tokens[i] = i;
        step->frames[1].guess[i] = 10 + i;
        step->frames[1].confidence[i] = (float)i / 4;
        step->frames[1].fixed_step[i] = (uint16_t)i;
    }
    memset(step->frames[0].rgb, 1, 18);
    memset(step->frames[1].rgb, 7, 18);
    struct take_step *one = take_step_copy(step, 1, 4, 6), *all = take_step_copy(step, -1, 4, 6);
    assert_int_equal(one->images, 1);
    assert_int_equal(all->images, 2);
    assert_int_equal(one->index, 3);
    take_step_free(step);
    assert_int_equal(one->frames[0].guess[3], 13);
    assert_int_equal(one->frames[0].rgb[17], 7);
    assert_int_equal(all->frames[0].rgb[17], 1);
    assert_int_equal(all->frames[1].fixed_step[2], 2);
    take_step_free(one);
    take_step_free(all);
}

static void frames_are_found_by_position(void **state) {
    (void)state;
    struct take take = {0};
    for (uint32_t i = 0; i < 40; i++) {
        assert_true(take_add(&take, take_step_make(i, 2, 4, 0)));
    }
    assert_non_null(take_frame_at(&take, 39, 1));
    assert_null(take_frame_at(&take, 40, 0));
    assert_null(take_frame_at(&take, 0, 2));
    assert_int_equal(take_frame_at(&take, 5, 0)->masked, 4);
    take_clear(&take);
    assert_null(take_frame_at(&take, 0, 0));
}

static void playback_shows_every_step_in_order(void **state) {
    (void)state;
    struct playback playback;
    size_t last = 0, changes = 0;
    playback_start(&playback, 10);
    for (int frame = 0; frame < 60 * 3; frame++) {
        double now = 10 + frame / 60.0;
        playback_update(&playback, 13, 12, now);
        assert_true(playback.at == last || playback.at == last + 1);
        changes += playback.at != last;
        last = playback.at;
        float mix = playback_mix(&playback, now);
        assert_true(mix >= 0 && mix <= 1);
    }
    assert_int_equal(changes, 12);
    assert_false(playback_moving(&playback, 13, 13));
}

static void many_steps_do_not_take_for_ever(void **state) {
    (void)state;
    struct playback playback;
    playback_start(&playback, 0);
    for (int frame = 0; frame < 60 * 5; frame++) {
        playback_update(&playback, 1001, 1000, frame / 60.0);
    }
    assert_int_equal(playback.at, 1000);
}

static void seeking_stops_and_fades(void **state) {
    (void)state;
    struct playback playback;
    playback_start(&playback, 0);
    playback_seek(&playback, 7, 1);
    assert_true(playback.at == 7 && playback.from == 0 && !playback.playing);
    assert_true(playback_mix(&playback, 1) <= 0 && playback_mix(&playback, 2) >= 1);
    playback_update(&playback, 20, 20, 5);
    assert_int_equal(playback.at, 7);
}

/* Against the sampler's own numbers. Both compute in double precision, from a power that is a
 * float: what remains is the rounding of transcendental functions. */
static void curves_are_the_samplers_schedules(void **state) {
    (void)state;
    enum { TOKENS = 256, STEPS = 24 };
    for (int s = UM_SCHEDULE_COSINE; s <= UM_SCHEDULE_ARCCOS; s++) {
        struct um_schedule_spec spec = {.kind = (um_schedule)s, .power = 2.5F, .steps = STEPS};
        for (uint32_t i = 0; i < STEPS; i++) {
            double expected = um_schedule_share(&spec, i, TOKENS);
            double share = curve_share(spec.kind, 2.5, (i + 1.0) / STEPS, TOKENS);
            assert_true(fabs(share - fmin(fmax(expected, 0), 1)) < 1.001e-6);
        }
        assert_true(curve_share(spec.kind, 2.5, 0, TOKENS) > 0.99);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_equal_and_apart),
        cmocka_unit_test(frames_are_found_by_position),
        cmocka_unit_test(playback_shows_every_step_in_order),
        cmocka_unit_test(many_steps_do_not_take_for_ever),
        cmocka_unit_test(seeking_stops_and_fades),
        cmocka_unit_test(curves_are_the_samplers_schedules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
