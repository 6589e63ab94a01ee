/* Every sampler on random logits: what holds for all of them, and what each of them promises. */
#include "base/rng.h"
#include "sampler/halton.h"
#include "sampler/steps.h"
#include "support/rand.h"
#include "unit/sampler_grid.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct um_steps settings(um_sampler sampler, um_schedule schedule, uint32_t steps) {
    return (struct um_steps){.set.sampler = sampler,
                             .schedule = {.kind = schedule, .power = 2.5f, .steps = steps},
                             .set.cfg_schedule = UM_CFG_LINEAR,
                             .set.cfg_scale = 1.0f,
                             .set.temperature = 1.0f,
                             .set.choice_temperature = 4.5f,
                             .set.top_k = K,
                             .set.top_p = 1.0f,
                             .set.remdm_eta = 0.2f,
                             .set.recheck_rounds = sampler == UM_SAMPLER_RECHECK ? 9 : 0,
                             .set.recheck_threshold = 0.3f};
}

/* ---------------------------------------------------------------- what holds for all */

static void check_change(const struct grid *g, const struct grid *before, uint32_t step) {
    for (int i = 0; i < N; i++) {
        int32_t was = before->tokens[i], is = g->tokens[i];
        int expected = was < 0     ? (is < 0 ? UM_CHANGE_MASKED : UM_CHANGE_FIXED)
                       : is < 0    ? UM_CHANGE_REMASKED
                       : was == is ? UM_CHANGE_KEPT
                                   : UM_CHANGE_REVISED;
        assert_int_equal(g->change[i], expected);
        assert_in_range(g->guess[i], 0, K - 1);
        assert_true(g->confidence[i] > 0.0f && g->confidence[i] <= 1.0f);
        if (is < 0)
            assert_int_equal(g->fixed_step[i], UM_FIXED_STEP_MASKED);
        else
            assert_int_equal(g->guess[i], is);
        if (expected == UM_CHANGE_FIXED || expected == UM_CHANGE_REVISED)
            assert_int_equal(g->fixed_step[i], step + 1);
        if (expected == UM_CHANGE_KEPT)
            assert_int_equal(g->fixed_step[i], before->fixed_step[i]);
        if (before->fixed_step[i] == 0) { // given
            assert_int_equal(is, was);
            assert_true(g->confidence[i] == 1.0f);
        }
    }
}

/* Share still masked after the share r of the steps, from the formulas in unmask.h alone. */
static long double stated_share(const struct um_steps *steps, uint32_t step, uint32_t unknown) {
    long double r = (long double)(step + 1) / (long double)steps->schedule.steps;
    long double half_pi = acosl(0.0L);
    if (steps->rows && steps->rows[step].masked >= 0.0f)
        return (long double)steps->rows[step].masked;
    switch (steps->schedule.kind) {
    case UM_SCHEDULE_DEFAULT:
        break;
    case UM_SCHEDULE_COSINE:
        return sinl(half_pi * (1.0L - r));
    case UM_SCHEDULE_LINEAR:
        return 1.0L - r;
    case UM_SCHEDULE_SQUARE:
        return (1.0L - r) * (1.0L + r);
    case UM_SCHEDULE_CUBIC:
        return (1.0L - r) * (1.0L + r + r * r);
    case UM_SCHEDULE_POW:
        return 1.0L - expl((long double)steps->schedule.power * logl(r));
    case UM_SCHEDULE_EXPONENTIAL:
        return 1.0L - powl((long double)unknown, r - 1.0L);
    case UM_SCHEDULE_SQRT:
        return 1.0L - sqrtl(r);
    case UM_SCHEDULE_LOGARITHMIC:
        return -logl(r) / logl((long double)unknown);
    case UM_SCHEDULE_ARCCOS:
        return 1.0L - asinl(r) / half_pi;
    case UM_SCHEDULE_TABLE:
        return (long double)steps->schedule.table[step];
    }
    fail();
    return 0.0L;
}

/* How many tokens unmask.h lets stay masked after a step that began with `masked` of them. */
static uint32_t stated_count(const struct um_steps *steps, uint32_t step, uint32_t unknown,
                             uint32_t masked) {
    if (step + 1 >= steps->schedule.steps || masked == 0)
        return 0;
    if (masked == 1)
        return 1;
    long double product = stated_share(steps, step, unknown) * (long double)unknown;
    long double whole = roundl(product); // an integer in exact arithmetic must not become less
    uint32_t count = (uint32_t)(fabsl(product - whole) < 1e-9L ? whole : floorl(product));
    return count < 1 ? 1 : count < masked ? count : masked - 1;
}

/* Draws a grid to its end with new logits in every step; returns how many tokens were revised. */
static uint32_t run_all(const struct um_steps *steps, int given_every) {
    struct grid g, before;
    uint32_t unknown, revised = 0, scheduled;
    bool revises =
        steps->set.sampler >= UM_SAMPLER_REMDM_CAP && steps->set.sampler < UM_SAMPLER_RECHECK;
    grid_start(&g, 7);
    for (uint32_t i = 0; given_every && i < N; i += (uint32_t)given_every)
        grid_give(&g, i, (int32_t)i % K);
    unknown = scheduled = grid_masked(&g);
    for (uint32_t step = steps->start_step; step < um_steps_count(steps); step++) {
        struct um_sampler_step now = um_steps_at(steps, step, unknown, grid_masked(&g));
        now.seed = 3;
        before = g;
        grid_logits(&g, step);
        assert_true(grid_run(&g, &now));
        check_change(&g, &before, step);
        for (int i = 0; i < N; i++)
            revised += g.change[i] == UM_CHANGE_REVISED || g.change[i] == UM_CHANGE_REMASKED;
        if (step + 1 >= steps->schedule.steps)
            assert_int_equal(grid_masked(&g), 0);
        else if (!revises) {
            scheduled = stated_count(steps, step, unknown, scheduled);
            assert_int_equal(grid_masked(&g), scheduled);
        }
    }
    return revised;
}

static void every_sampler_ends_and_keeps_what_is_given(void **state) {
    (void)state;
    static const uint32_t counts[] = {1, 2, 7, N, N + 9};
    static const int given[] = {0, 3, 1}; // none, every third, all
    uint32_t revised[UM_SAMPLER_RECHECK + 1] = {0};
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        for (int schedule = UM_SCHEDULE_COSINE; schedule <= UM_SCHEDULE_ARCCOS; schedule++) {
            for (int c = 0; c < 5; c++) {
                struct um_steps steps =
                    settings((um_sampler)sampler, (um_schedule)schedule, counts[c]);
                for (int i = 0; i < 3; i++)
                    revised[sampler] += run_all(&steps, given[i]);
                steps.start_step = counts[c] / 3;
                run_all(&steps, 2);
            }
        }
    }
    assert_int_equal(revised[UM_SAMPLER_CONFIDENCE], 0);
    assert_int_equal(revised[UM_SAMPLER_HALTON], 0);
    assert_int_equal(revised[UM_SAMPLER_RASTER], 0);
    for (int sampler = UM_SAMPLER_REMDM_CAP; sampler <= UM_SAMPLER_RECHECK; sampler++)
        assert_true(revised[sampler] > 100);
}

/* Shares as a row each, or as the schedule's own; the one that is negative is the schedule's. */
static void run_shares(int sampler, const float *shares, uint32_t count, bool as_rows) {
    um_step_row rows[N + 9];
    struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_SQRT, count);
    for (uint32_t i = 0; i < count; i++)
        rows[i] = (um_step_row){shares[i], -1.0f, i % 3 ? -1.0f : 2.0f, -1.0f, {0}};
    if (as_rows) {
        steps.rows = rows;
    } else {
        steps.schedule.kind = UM_SCHEDULE_TABLE;
        steps.schedule.table = shares;
    }
    run_all(&steps, 0);
    run_all(&steps, 3);
    run_all(&steps, 1);
    steps.start_step = count / 2;
    run_all(&steps, 2);
}

/* Whatever the shares are: rising, all, nothing, finer than a token. */
static void every_sampler_ends_with_any_table(void **state) {
    (void)state;
    static const float tables[][6] = {
        {0.2f, 0.9f, 0.5f},
        {0.5f},
        {1.0f, 1.0f, 1.0f, 1.0f},
        {0.0f, 0.0f, 1.0f, 1.0f, 1.0f},
        {0.9f, -1.0f, 0.3f, -1.0f, 0.6f, -1.0f},
        {0.953f, 0.5f, 0.5001f, 0.5f, 0.005f, 1.0f},
    };
    static const uint32_t counts[] = {3, 1, 4, 5, 6, 6};
    float random[N + 9];
    struct test_rand r = {2};
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        for (int t = 0; t < 6; t++) {
            run_shares(sampler, tables[t], counts[t], true);
            if (t != 4)
                run_shares(sampler, tables[t], counts[t], false);
        }
        for (int i = 0; i < N + 9; i++)
            random[i] = (float)test_rand_unit(&r);
        run_shares(sampler, random, N + 9, true);
        run_shares(sampler, random, 7, false);
    }
}

static void the_loop_ends_too(void **state) {
    (void)state;
    for (int sampler = UM_SAMPLER_REMDM_CAP; sampler <= UM_SAMPLER_REMDM_CONF; sampler++) {
        for (uint32_t count = 1; count < 60; count += 7) {
            struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_LINEAR, count);
            steps.set.remdm_loop_on = 0.55f;
            steps.set.remdm_loop_off = 0.05f;
            steps.set.remdm_loop_alpha = 0.9f;
            run_all(&steps, 0);
            run_all(&steps, 5);
        }
    }
}

static void what_a_step_draws_depends_on_seed_image_and_step(void **state) {
    (void)state;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_LINEAR, 4);
        struct grid base, other;
        for (int what = 0; what < 4; what++) {
            struct um_sampler_step step = um_steps_at(&steps, 1, N, N);
            step.seed = what == 1;
            step.image = what == 2;
            step.step += what == 3;
            grid_start(&other, 11);
            assert_true(grid_run(&other, &step));
            if (what == 0)
                base = other;
            else
                assert_memory_not_equal(base.guess, other.guess, sizeof base.guess);
        }
        struct um_sampler_step step = um_steps_at(&steps, 1, N, N);
        grid_start(&other, 11);
        assert_true(grid_run(&other, &step));
        assert_memory_equal(&base, &other, sizeof base);
    }
}

static void logits_that_are_not_finite_change_no_token(void **state) {
    (void)state;
    for (int sampler = UM_SAMPLER_CONFIDENCE; sampler <= UM_SAMPLER_RECHECK; sampler++) {
        struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_LINEAR, 4);
        uint32_t at = sampler == UM_SAMPLER_RECHECK ? 4 : 2; // a round: at least one is judged
        struct um_sampler_step step = um_steps_at(&steps, at, N, N / 2);
        struct grid g, before;
        grid_start(&g, 1);
        for (int i = 0; i < N; i++) {
            if (i % 2 && sampler != UM_SAMPLER_RECHECK)
                continue;
            g.tokens[i] = g.guess[i] = 1;
            g.fixed_step[i] = 1;
            g.confidence[i] = 0.5f;
        }
        for (int i = 0; i < N; i++)
            g.logits[i * K + i % K] = i % 2 ? NAN : INFINITY;
        before = g;
        assert_false(grid_run(&g, &step));
        assert_memory_equal(g.tokens, before.tokens, sizeof g.tokens);
    }
}

/* ---------------------------------------------------------------- halton */

static void the_order_begins_as_published(void **state) {
    (void)state;
    static const uint32_t cells[8][2] = {{8, 5},   {4, 10}, {12, 1}, {2, 7},
                                         {10, 12}, {6, 3},  {14, 8}, {1, 14}}; // row, column
    uint32_t order[256], seen[256] = {0};
    assert_true(um_halton_order(16, 16, order));
    for (int i = 0; i < 8; i++)
        assert_int_equal(order[i], cells[i][0] * 16 + cells[i][1]);
    for (int i = 0; i < 256; i++)
        assert_int_equal(seen[order[i]]++, 0);
}

/* The positions come in the order's turn, from a start of the image's own, past known ones. */
static void halton_follows_the_order(void **state) {
    (void)state;
    uint32_t starts = 0, last_start = N;
    for (uint32_t image = 0; image < 20; image++) {
        struct um_steps steps = settings(UM_SAMPLER_HALTON, UM_SCHEDULE_LINEAR, 8);
        struct um_sampler_step step = um_steps_at(&steps, 0, N, N);
        struct grid g;
        step.image = image;
        step.keep_masked = 60;
        grid_start(&g, 4);
        for (uint32_t i = 0; i < N; i += 5)
            grid_give(&g, i, 2);
        uint32_t to_fix = grid_masked(&g) - 60;
        assert_true(grid_run(&g, &step));
        uint32_t start = (uint32_t)(um_rng_uniform(0, image, 0, 0, UM_RNG_START) * N);
        for (uint32_t i = 0; i < N; i++) {
            uint32_t position = g.order[(start + i) % N];
            bool fixed = g.fixed_step[position] == 1;
            bool due = position % 5 != 0 && to_fix > 0;
            to_fix -= due;
            assert_int_equal(fixed, due);
        }
        starts += start != last_start;
        last_start = start;
    }
    assert_true(starts > 10);
}

/* The first ones that are not known, whatever the image. */
static void raster_goes_row_by_row(void **state) {
    (void)state;
    for (uint32_t image = 0; image < 3; image++) {
        struct um_steps steps = settings(UM_SAMPLER_RASTER, UM_SCHEDULE_LINEAR, N);
        struct grid g;
        grid_start(&g, 6);
        grid_give(&g, 1, 2);
        for (uint32_t i = 0; i < N - 2; i++) {
            struct um_sampler_step step = um_steps_at(&steps, i, N - 1, grid_masked(&g));
            step.image = image;
            assert_true(grid_run(&g, &step));
            assert_int_equal(g.fixed_step[i < 1 ? 0 : i + 1], i + 1);
            assert_int_equal(grid_masked(&g), N - 2 - i);
        }
    }
}

/* ---------------------------------------------------------------- remdm */

struct remdm_case {
    um_sampler sampler;
    double alpha_t, alpha_s, eta;
    bool remask, last;
};

/* Sigma of one fixed token as the papers state it. */
static double expected_sigma(const struct remdm_case *c, const struct grid *g, int position) {
    double limit = fmin(1.0, (1.0 - c->alpha_s) / c->alpha_t);
    if (!c->remask)
        return 0.0;
    if (c->sampler == UM_SAMPLER_REMDM_CAP)
        return fmin(c->eta, (1.0 - c->alpha_s) / c->alpha_t);
    if (c->sampler == UM_SAMPLER_REMDM_RESCALE)
        return c->eta * limit;
    double sum = 0.0; // softmax of -log p over the decoded positions
    for (int i = 0; i < N; i++) {
        if (g->tokens[i] >= 0 && g->fixed_step[i] != 0)
            sum += exp(-log((double)g->confidence[i]));
    }
    return limit * exp(-log((double)g->confidence[position])) / sum;
}

static double expected_unmask(const struct remdm_case *c) {
    double limit = (1.0 - c->alpha_s) / c->alpha_t, sigma = 0.0;
    if (c->last)
        return 1.0;
    if (c->remask && c->sampler == UM_SAMPLER_REMDM_CAP)
        sigma = fmin(c->eta, limit);
    if (c->remask && c->sampler == UM_SAMPLER_REMDM_RESCALE)
        sigma = c->eta * fmin(1.0, limit);
    return (c->alpha_s - (1.0 - sigma) * c->alpha_t) / (1.0 - c->alpha_t);
}

/* Every decision against the formulas: happens exactly when the position's number is below the
 * probability. Also counts, so that the numbers are seen to be spread. */
static void check_remdm(const struct remdm_case *c, uint32_t image, uint32_t happened[2]) {
    struct grid g, before;
    struct um_sampler_step step = {.sampler = c->sampler,
                                   .seed = 9,
                                   .image = image,
                                   .step = 5,
                                   .temperature = 1.0f,
                                   .top_k = K,
                                   .top_p = 1.0f,
                                   .last = c->last,
                                   .remask = c->remask,
                                   .alpha_t = c->alpha_t,
                                   .alpha_s = c->alpha_s,
                                   .eta = (float)c->eta};
    grid_start(&g, image);
    for (int i = 0; i < N; i++) {
        if (i % 4 == 0)
            grid_give(&g, (uint32_t)i, 3);
        if (i % 4 == 1 || i % 4 == 2) {
            g.tokens[i] = g.guess[i] = i % K;
            g.fixed_step[i] = 2;
            g.confidence[i] = 0.01f + 0.9f * (float)i / N;
        }
    }
    before = g;
    assert_true(grid_run(&g, &step));
    for (int i = 0; i < N; i++) {
        if (i % 4 == 0)
            continue;
        bool masked = before.tokens[i] < 0;
        double p = masked ? expected_unmask(c) : expected_sigma(c, &before, i);
        double u = (double)um_rng_uniform(9, image, 5, (uint32_t)i,
                                          masked ? UM_RNG_UNMASK : UM_RNG_REMASK);
        if (fabs(u - p) > 1e-6) // confidences and eta are floats
            assert_int_equal(g.change[i] == UM_CHANGE_FIXED || g.change[i] == UM_CHANGE_REMASKED,
                             u < p);
        happened[masked] += (g.tokens[i] < 0) != masked;
    }
}

static void remdm_probabilities_are_the_published_ones(void **state) {
    (void)state;
    static const double alphas[][2] = {
        {0.3, 0.4}, {0.5, 0.9}, {0.9, 0.9}, {0.05, 0.5}, {0.8, 0.99}};
    for (int sampler = UM_SAMPLER_REMDM_CAP; sampler <= UM_SAMPLER_REMDM_CONF; sampler++) {
        uint32_t happened[2] = {0, 0};
        for (int a = 0; a < 5; a++) {
            for (uint32_t image = 0; image < 40; image++) {
                struct remdm_case c = {
                    (um_sampler)sampler, alphas[a][0], alphas[a][1], 0.25, true, false};
                check_remdm(&c, image, happened);
                c.remask = false;
                check_remdm(&c, image, happened);
                c.last = c.remask = true;
                c.alpha_s = 1.0;
                check_remdm(&c, image, (uint32_t[2]){0, 0});
            }
        }
        assert_true(happened[0] > 50 && happened[1] > 1000);
    }
}

/* In the mean the fixed share follows the schedule, whatever is masked again: 400 images of 96
 * tokens, so a mean share of 38,400 Bernoulli draws is off by 5 x 0.5 / sqrt(38400) = 0.013 once in
 * a million. */
static void check_mean(const struct um_steps *steps) {
    enum { STEPS = 6, IMAGES = 400 };
    uint32_t fixed[STEPS] = {0};
    assert_int_equal(steps->schedule.steps, STEPS);
    for (uint32_t image = 0; image < IMAGES; image++) {
        struct grid g;
        grid_start(&g, 5);
        for (uint32_t i = 0; i < STEPS; i++) {
            struct um_sampler_step step = um_steps_at(steps, i, N, grid_masked(&g));
            step.image = image;
            assert_true(grid_run(&g, &step));
            fixed[i] += N - grid_masked(&g);
        }
    }
    for (uint32_t i = 0; i < STEPS; i++) {
        double share = (double)fixed[i] / (N * IMAGES);
        double stated = i + 1 == STEPS ? 1.0 : 1.0 - (double)stated_share(steps, i, N);
        assert_true(fabs(share - stated) < 0.013);
    }
}

static void remdm_follows_the_schedule_in_the_mean(void **state) {
    (void)state;
    for (int sampler = UM_SAMPLER_REMDM_CAP; sampler <= UM_SAMPLER_REMDM_RESCALE; sampler++) {
        struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_COSINE, 6);
        check_mean(&steps);
    }
}

/* With eta 1 also where the shares rise. */
static void remdm_follows_any_table_in_the_mean(void **state) {
    (void)state;
    static const float shares[6] = {0.2f, 0.9f, 0.5f, 0.7f, 0.1f, 0.3f};
    for (int sampler = UM_SAMPLER_REMDM_CAP; sampler <= UM_SAMPLER_REMDM_RESCALE; sampler++) {
        struct um_steps steps = settings((um_sampler)sampler, UM_SCHEDULE_TABLE, 6);
        steps.schedule.table = shares;
        steps.set.remdm_eta = 1.0f;
        check_mean(&steps);
    }
}

/* ---------------------------------------------------------------- recheck */

static void recheck_asks_each_drawn_token_once_in_eight_rounds(void **state) {
    (void)state;
    struct um_steps steps = settings(UM_SAMPLER_RECHECK, UM_SCHEDULE_COSINE, 3);
    struct grid g;
    int asked[N] = {0};
    grid_start(&g, 1);
    for (int i = 0; i < N; i++) {
        g.tokens[i] = g.guess[i] = 0;
        g.fixed_step[i] = i % 3 ? 1 : 0;
    }
    for (uint32_t round = 0; round < 8; round++) {
        struct um_sampler_state s = grid_state(&g);
        struct um_sampler_step step = um_steps_at(&steps, 3 + round, N, 0);
        assert_true(step.recheck);
        assert_int_equal(step.recheck_round, round);
        assert_int_equal(um_sampler_ask(&s, &step), 8); // of 64 drawn ones
        for (int i = 0; i < N; i++)
            asked[i] += g.asked[i];
    }
    for (int i = 0; i < N; i++)
        assert_int_equal(asked[i], i % 3 != 0);
}

/* The code at which the cumulated probabilities pass the position's number. */
static int drawn_code(const float *row, uint32_t step, int position) {
    double u = (double)um_rng_uniform(0, 0, step, (uint32_t)position, UM_RNG_TOKEN), sum = 0.0;
    for (int k = 0; k < K; k++)
        sum += exp((double)row[k]);
    double before = 0.0;
    for (int k = 0; k < K; k++) {
        before += exp((double)row[k]);
        if (before > u * sum)
            return k;
    }
    return K - 1;
}

/* What is less probable than the threshold's share of the best code is drawn anew. */
static void recheck_revises_what_is_improbable(void **state) {
    (void)state;
    struct um_steps steps = settings(UM_SAMPLER_RECHECK, UM_SCHEDULE_COSINE, 3);
    struct grid g, before;
    uint32_t judged = 0, revised = 0;
    steps.set.cfg_scale = 0.0f;
    grid_start(&g, 1);
    for (int i = 0; i < N; i++) {
        g.tokens[i] = g.guess[i] = i % K;
        g.fixed_step[i] = 1;
    }
    for (uint32_t round = 0; round < 8; round++) {
        struct um_sampler_step step = um_steps_at(&steps, 3 + round, N, 0);
        before = g;
        assert_true(grid_run(&g, &step));
        for (int i = 0; i < N; i++) {
            const float *row = g.logits + i * K;
            float best = row[0];
            for (int k = 1; k < K; k++)
                best = fmaxf(best, row[k]);
            double ratio = exp((double)row[before.tokens[i]] - (double)best);
            bool improbable = g.asked[i] && ratio < 0.3;
            judged += g.asked[i];
            revised += g.change[i] == UM_CHANGE_REVISED;
            assert_int_equal(g.tokens[i],
                             improbable ? drawn_code(row, step.step, i) : before.tokens[i]);
            if (g.tokens[i] != before.tokens[i])
                assert_int_equal(g.fixed_step[i], 3 + round + 1);
            if (g.asked[i]) {
                double sum = 0.0;
                for (int k = 0; k < K; k++)
                    sum += exp((double)row[k] - (double)row[g.tokens[i]]);
                assert_true(fabs((double)g.confidence[i] - 1.0 / sum) < 1e-5 / sum);
            }
        }
    }
    assert_int_equal(judged, N);
    assert_true(revised > N / 2 && revised < N); // random codes are mostly improbable
}

/* ---------------------------------------------------------------- filters */

static int by_weight(const void *a, const void *b) {
    const float *x = *(const float *const *)a, *y = *(const float *const *)b;
    return *x != *y ? (*x > *y ? -1 : 1) : (x > y) - (x < y);
}

/* Which codes pass, by sorting: the most probable, of equals the lower code, until `k` or `p`. */
static void allowed_codes(const float *logits, uint32_t k, double p, bool allowed[K]) {
    const float *order[K];
    double sum = 0.0, mass = 0.0;
    for (int i = 0; i < K; i++) {
        order[i] = logits + i;
        sum += exp((double)logits[i]);
        allowed[i] = false;
    }
    qsort(order, K, sizeof order[0], by_weight);
    for (uint32_t i = 0; i < k && i < K && (i == 0 || mass < p * sum); i++) {
        allowed[order[i] - logits] = true;
        mass += exp((double)*order[i]);
    }
}

/* 200 draws per position see every frequent code that passes, and none that does not. */
static void filters_let_the_most_probable_through(void **state) {
    (void)state;
    static const uint32_t ks[] = {1, 2, 5, K - 1, K};
    static const float ps[] = {0.01f, 0.5f, 0.9f, 0.999f, 1.0f};
    for (int kp = 0; kp < 25; kp++) {
        struct grid g;
        bool seen[N][K] = {{false}}, allowed[K];
        for (uint32_t image = 0; image < 200; image++) {
            struct um_steps steps = settings(UM_SAMPLER_CONFIDENCE, UM_SCHEDULE_LINEAR, 2);
            steps.set.cfg_scale = 0.0f;
            steps.set.top_k = ks[kp / 5];
            steps.set.top_p = ps[kp % 5];
            struct um_sampler_step step = um_steps_at(&steps, 0, N, N);
            step.image = image;
            grid_start(&g, 3);
            for (int i = 0; i < N * K; i++) // halves: many ties
                g.logits[i] = floorf(g.logits[i]) * 0.5f;
            assert_true(grid_run(&g, &step));
            for (int i = 0; i < N; i++)
                seen[i][g.guess[i]] = true;
        }
        for (int i = 0; i < N; i++) {
            double sum = 0.0;
            allowed_codes(g.logits + i * K, ks[kp / 5], (double)ps[kp % 5], allowed);
            for (int k = 0; k < K; k++)
                sum += allowed[k] ? exp((double)g.logits[i * K + k]) : 0.0;
            for (int k = 0; k < K; k++) {
                assert_false(seen[i][k] && !allowed[k]);
                // 0.88^200 = 1e-11 for a code that is allowed and as probable as this
                if (allowed[k] && exp((double)g.logits[i * K + k]) > 0.12 * sum)
                    assert_true(seen[i][k]);
            }
        }
    }
}

/* The confidence is of the whole distribution: with one code left it is not 1. */
static void filters_leave_the_confidence(void **state) {
    (void)state;
    struct um_steps steps = settings(UM_SAMPLER_CONFIDENCE, UM_SCHEDULE_LINEAR, 2);
    steps.set.cfg_scale = 0.0f;
    steps.set.top_k = 1;
    struct um_sampler_step step = um_steps_at(&steps, 0, N, N);
    struct grid g;
    grid_start(&g, 3);
    assert_true(grid_run(&g, &step));
    for (int i = 0; i < N; i++) {
        double sum = 0.0;
        for (int k = 0; k < K; k++)
            sum += exp((double)g.logits[i * K + k] - (double)g.logits[i * K + g.guess[i]]);
        assert_true(fabs((double)g.confidence[i] - 1.0 / sum) < 1e-5 / sum);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_sampler_ends_and_keeps_what_is_given),
        cmocka_unit_test(every_sampler_ends_with_any_table),
        cmocka_unit_test(the_loop_ends_too),
        cmocka_unit_test(what_a_step_draws_depends_on_seed_image_and_step),
        cmocka_unit_test(logits_that_are_not_finite_change_no_token),
        cmocka_unit_test(the_order_begins_as_published),
        cmocka_unit_test(halton_follows_the_order),
        cmocka_unit_test(raster_goes_row_by_row),
        cmocka_unit_test(remdm_probabilities_are_the_published_ones),
        cmocka_unit_test(remdm_follows_the_schedule_in_the_mean),
        cmocka_unit_test(remdm_follows_any_table_in_the_mean),
        cmocka_unit_test(recheck_asks_each_drawn_token_once_in_eight_rounds),
        cmocka_unit_test(recheck_revises_what_is_improbable),
        cmocka_unit_test(filters_let_the_most_probable_through),
        cmocka_unit_test(filters_leave_the_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
