/* The confidence sampler on hand-made logits: what is drawn, what is kept, what never changes. */
#include "base/rng.h"
#include "unit/sampler_grid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct um_sampler_step STEP = {.sampler = UM_SAMPLER_CONFIDENCE,
                                            .seed = 5,
                                            .image = 2,
                                            .step = 3,
                                            .temperature = 1.0f,
                                            .top_k = K,
                                            .top_p = 1.0f,
                                            .noise = 2.25f,
                                            .keep_masked = 40};

/* Softmax of one row in double with the C library: the independent reference. */
static double probability(const float *logits, int code, double temperature) {
    double sum = 0.0;
    for (int k = 0; k < K; k++)
        sum += exp((double)(logits[k] - logits[code]) / temperature);
    return 1.0 / sum;
}

static void exactly_the_asked_number_stays_masked(void **state) {
    (void)state;
    struct grid g;
    for (uint32_t keep = 0; keep <= N; keep++) {
        struct um_sampler_step step = STEP;
        step.keep_masked = keep;
        grid_start(&g, 1);
        assert_true(grid_run(&g, &step));
        assert_int_equal(grid_masked(&g), keep);
        for (int i = 0; i < N; i++) {
            assert_in_range(g.guess[i], 0, K - 1);
            if (g.tokens[i] >= 0) {
                assert_int_equal(g.tokens[i], g.guess[i]);
                assert_int_equal(g.fixed_step[i], 4);
            } else {
                assert_int_equal(g.fixed_step[i], 65535);
            }
        }
    }
}

static void fixed_tokens_never_change(void **state) {
    (void)state;
    struct grid g;
    grid_start(&g, 2);
    for (int i = 0; i < N; i += 3) {
        g.tokens[i] = g.guess[i] = i % K;
        g.confidence[i] = 1.0f;
        g.fixed_step[i] = 0;
        g.logits[i * K] = NAN; // not even read
    }
    assert_true(grid_run(&g, &STEP));
    assert_int_equal(grid_masked(&g), STEP.keep_masked);
    for (int i = 0; i < N; i += 3) {
        assert_int_equal(g.tokens[i], i % K);
        assert_int_equal(g.guess[i], i % K);
        assert_int_equal(g.fixed_step[i], 0);
        assert_true(g.confidence[i] == 1.0f);
    }
}

static void confidence_is_the_probability_of_the_guess(void **state) {
    (void)state;
    struct grid g;
    struct um_sampler_step step = STEP;
    step.temperature = 0.7f;
    grid_start(&g, 3);
    assert_true(grid_run(&g, &step));
    for (int i = 0; i < N; i++) {
        double expected = probability(g.logits + i * K, g.guess[i], (double)step.temperature);
        // The logits are rounded after the division (2^-24 x |logit| <= 30) and twice in log p.
        assert_true(fabs((double)g.confidence[i] - expected) <= expected * 1e-5);
    }
}

/* Without noise the least confident guesses are the ones that stay masked. */
static void the_least_confident_stay_masked(void **state) {
    (void)state;
    struct grid g;
    struct um_sampler_step step = STEP;
    step.noise = 0.0f;
    grid_start(&g, 4);
    assert_true(grid_run(&g, &step));
    float best_masked = -1.0f, worst_fixed = 2.0f;
    for (int i = 0; i < N; i++) {
        if (g.tokens[i] < 0 && g.confidence[i] > best_masked)
            best_masked = g.confidence[i];
        if (g.tokens[i] >= 0 && g.confidence[i] < worst_fixed)
            worst_fixed = g.confidence[i];
    }
    assert_true(best_masked <= worst_fixed);
}

/* The scores as the header states them, in double: log p + noise x Gumbel. */
static void the_choice_follows_the_noise(void **state) {
    (void)state;
    struct grid g, plain;
    grid_start(&g, 5);
    assert_true(grid_run(&g, &STEP));
    double best_masked = -INFINITY, worst_fixed = INFINITY;
    for (uint32_t i = 0; i < N; i++) {
        double u = (double)um_rng_uniform(STEP.seed, STEP.image, STEP.step, i, UM_RNG_CHOICE);
        double score = log(probability(g.logits + i * K, g.guess[i], 1.0)) +
                       (double)STEP.noise * -log(-log(u));
        if (g.tokens[i] < 0)
            best_masked = fmax(best_masked, score);
        else
            worst_fixed = fmin(worst_fixed, score);
    }
    assert_true(best_masked <= worst_fixed + 1e-4); // two nearly equal scores may swap by rounding
    struct um_sampler_step step = STEP;
    step.noise = 0.0f;
    grid_start(&plain, 5);
    assert_true(grid_run(&plain, &step));
    assert_memory_equal(plain.guess, g.guess, sizeof g.guess); // the noise moves no draw
    assert_memory_not_equal(plain.tokens, g.tokens, sizeof g.tokens);
}

static void ties_fix_the_lower_position_first(void **state) {
    (void)state;
    struct grid g;
    struct um_sampler_step step = STEP;
    step.noise = 0.0f;
    grid_start(&g, 7);
    memset(g.logits, 0, sizeof g.logits); // every code has the probability 1 / K
    assert_true(grid_run(&g, &step));
    for (int i = 0; i < N; i++)
        assert_true((g.tokens[i] >= 0) == (i < N - (int)step.keep_masked));
}

/* 20,000 draws from one distribution against its probabilities. With 16 degrees of freedom
 * chi-squared exceeds 50 once in 40,000 seeds; the seeds are fixed. */
static void draws_follow_the_softmax(void **state) {
    (void)state;
    struct grid g;
    uint32_t counts[K] = {0}, draws = 0;
    grid_start(&g, 8);
    float row[K];
    memcpy(row, g.logits, sizeof row);
    for (int k = 0; k < K; k++)
        row[k] *= 0.4f; // so that every code is expected often enough
    for (uint32_t image = 0; image < 210; image++) {
        struct um_sampler_step step = STEP;
        step.image = image;
        grid_start(&g, 8);
        for (int i = 0; i < N; i++)
            memcpy(g.logits + i * K, row, sizeof row);
        assert_true(grid_run(&g, &step));
        for (int i = 0; i < N; i++, draws++)
            counts[g.guess[i]]++;
    }
    double chi2 = 0.0;
    for (int k = 0; k < K; k++) {
        double expected = probability(row, k, 1.0) * draws;
        assert_true(expected > 20.0);
        chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    assert_true(chi2 < 50.0);
}

static void low_temperature_takes_the_best_code(void **state) {
    (void)state;
    struct grid g;
    struct um_sampler_step step = STEP;
    step.temperature = 1e-4f;
    grid_start(&g, 9);
    assert_true(grid_run(&g, &step));
    for (int i = 0; i < N; i++) {
        int best = 0;
        for (int k = 1; k < K; k++)
            best = g.logits[i * K + k] > g.logits[i * K + best] ? k : best;
        assert_int_equal(g.guess[i], best);
    }
}

/* Guidance is u + (1 + s)(c - u), nothing else. */
static void guidance_mixes_the_logits(void **state) {
    (void)state;
    struct grid a, b;
    struct um_sampler_step step = STEP;
    step.cfg_scale = 1.5f;
    grid_start(&a, 10);
    assert_true(grid_run(&a, &step));
    grid_start(&b, 10);
    for (int i = 0; i < N * K; i++)
        b.logits[i] = b.logits_null[i] + 2.5f * (b.logits[i] - b.logits_null[i]);
    assert_true(grid_run(&b, &STEP));
    assert_memory_equal(a.tokens, b.tokens, sizeof a.tokens);
    assert_memory_equal(a.confidence, b.confidence, sizeof a.confidence);
    grid_start(&b, 10);
    assert_true(grid_run(&b, &STEP));
    assert_memory_not_equal(a.guess, b.guess, sizeof a.guess);
}

static void draws_depend_on_seed_image_and_step(void **state) {
    (void)state;
    struct grid base, other;
    grid_start(&base, 11);
    assert_true(grid_run(&base, &STEP));
    for (int what = 0; what < 4; what++) {
        struct um_sampler_step step = STEP;
        step.seed += what == 1 ? 1 : what == 2 ? (uint64_t)1 << 32 : 0;
        step.image += what == 0;
        step.step += what == 3;
        grid_start(&other, 11);
        assert_true(grid_run(&other, &step));
        assert_memory_not_equal(base.guess, other.guess, sizeof base.guess);
    }
    grid_start(&other, 11);
    assert_true(grid_run(&other, &STEP));
    assert_memory_equal(&base, &other, sizeof base);
}

static void extreme_logits_still_give_codes(void **state) {
    (void)state;
    struct grid g;
    grid_start(&g, 12);
    for (int i = 0; i < N * K; i++)
        g.logits[i] *= 1e30f;
    assert_true(grid_run(&g, &STEP));
    for (int i = 0; i < N; i++) {
        assert_in_range(g.guess[i], 0, K - 1);
        assert_true(g.confidence[i] >= 0.0f && g.confidence[i] <= 1.0001f);
    }
}

static void logits_that_are_not_finite_are_refused(void **state) {
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 3; i++) {
        for (int where = 0; where < 2; where++) {
            struct grid g;
            struct um_sampler_step step = STEP;
            step.cfg_scale = (float)where; // the second time it stands in the null row
            grid_start(&g, 13);
            (where ? g.logits_null : g.logits)[(N - 1) * K + K - 1] = bad[i];
            assert_false(grid_run(&g, &step));
            assert_int_equal(grid_masked(&g), N); // nothing is fixed
        }
    }
    struct grid g; // finite logits whose mixture overflows
    struct um_sampler_step step = STEP;
    step.cfg_scale = 10.0f;
    grid_start(&g, 13);
    g.logits[0] = 3e38f;
    g.logits_null[0] = -3e38f;
    assert_false(grid_run(&g, &step));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exactly_the_asked_number_stays_masked),
        cmocka_unit_test(fixed_tokens_never_change),
        cmocka_unit_test(confidence_is_the_probability_of_the_guess),
        cmocka_unit_test(the_least_confident_stay_masked),
        cmocka_unit_test(the_choice_follows_the_noise),
        cmocka_unit_test(ties_fix_the_lower_position_first),
        cmocka_unit_test(draws_follow_the_softmax),
        cmocka_unit_test(low_temperature_takes_the_best_code),
        cmocka_unit_test(guidance_mixes_the_logits),
        cmocka_unit_test(draws_depend_on_seed_image_and_step),
        cmocka_unit_test(extreme_logits_still_give_codes),
        cmocka_unit_test(logits_that_are_not_finite_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
