/* Edits on the CPU backend: what a window draws, what may and what must not change a picture. */
#include "base/clock.h"
#include "base/rng.h"
#include "edit/edit_rig.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 32, GRID = 8, N = GRID * GRID, K = 32, BATCH = 3 };

static struct tiny_model_options model = {.grid = GRID};
static const int32_t CLASSES[BATCH] = {3, 1, 3};
static uint8_t mask[256 * 256];

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 2, &model);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

/* Marks columns x0 .. x1 - 1, rows y0 .. y1 - 1 of a picture that wide, and nothing else. */
static const uint8_t *box(uint32_t width, uint32_t x0, uint32_t y0, uint32_t x1, uint32_t y1) {
    memset(mask, 0, sizeof mask);
    for (uint32_t y = y0; y < y1; y++)
        memset(mask + (size_t)y * width + x0, 1, x1 - x0);
    return mask;
}

/* An edit of every kind, on sizes that are no multiple of anything. */
enum { KINDS = 5 };
static um_edit_params kind(int which, const float *rgb, uint32_t width, uint32_t height) {
    um_edit_params p = {
        .rgb = rgb,
        .width = width,
        .height = height,
        .draw = {.classes = CLASSES, .batch = BATCH, .seed = 42, .sampling.steps = 4}};
    if (which == 0 || which == 4)
        p.mask = box(width, 10, 12, 30, 33);
    if (which == 1) {
        p.left = 21;
        p.bottom = 9;
    }
    p.vary_share = which == 2 || which == 3 ? 0.4f : which == 4 ? 0.7f : 0.0f;
    p.vary_order = which == 3 ? UM_VARY_HALTON : UM_VARY_CONFIDENCE;
    return p;
}

static const char *const SIZES_OF[] = {"one window", "several windows"};
static const uint32_t SIZES[2][2] = {{SIDE, SIDE + 2}, {57, 45}};

/* ---------------------------------------------------------------- windows */

static void one_window_draws_what_a_session_draws(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {1};
    float *source = make_source(&r, SIDE, SIDE);
    int32_t initial[N], expected[N];
    assert_int_equal(um_encode(rig->model, source, initial), UM_OK);
    for (uint32_t i = 0; i < N; i++) {
        uint32_t x = i % GRID, y = i / GRID; // pixels 8 .. 15 are tokens 2 and 3, grown by one
        if (x >= 1 && x <= 4 && y >= 1 && y <= 4)
            initial[i] = -1;
    }
    um_edit_params params = {.rgb = source,
                             .width = SIDE,
                             .height = SIDE,
                             .mask = box(SIDE, 8, 8, 16, 16),
                             .draw = {.classes = CLASSES, .seed = 5, .sampling.steps = 12}};
    um_session_params session = params.draw;
    session.initial_tokens = initial;
    session.start_step = 2; // the published code's choice for 12 steps
    rig_generate(rig, &session, expected, NULL);
    struct edit_result result = run_edit(rig, &params);
    assert_int_equal(result.info.windows, 1);
    assert_int_equal(result.steps, 10);
    assert_memory_equal(result.tokens, expected, sizeof expected);
    free_result(&result);
    params.draw.start_step = session.start_step = 7;
    rig_generate(rig, &session, expected, NULL);
    result = run_edit(rig, &params);
    assert_int_equal(result.steps, 5);
    assert_memory_equal(result.tokens, expected, sizeof expected);
    free_result(&result);
    free(source);
}

/* The whole picture masked: nothing is known, so all steps are taken. */
static void nothing_known_takes_all_steps(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {2};
    float *source = make_source(&r, SIDE, SIDE);
    int32_t expected[N];
    static float rgb[SIDE * SIDE * 3];
    um_edit_params params = {.rgb = source,
                             .width = SIDE,
                             .height = SIDE,
                             .mask = box(SIDE, 0, 0, SIDE, SIDE),
                             .draw = {.classes = CLASSES, .seed = 5, .sampling.steps = 12}};
    rig_generate(rig, &params.draw, expected, rgb);
    struct edit_result result = run_edit(rig, &params);
    assert_int_equal(result.steps, 12);
    assert_memory_equal(result.tokens, expected, sizeof expected);
    assert_memory_equal(result.rgb, rgb, sizeof rgb); // one window: decoded and not mixed
    free_result(&result);
    free(source);
}

/* The second window starts from what is known then and draws with the documented seed. */
static void later_windows_have_their_own_numbers(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {3};
    float *source = make_source(&r, SIDE, SIDE);
    um_edit_params params = {.rgb = source,
                             .width = SIDE,
                             .height = SIDE,
                             .right = SIDE,
                             .draw = {.classes = CLASSES, .seed = 77, .sampling.steps = 6}};
    um_edit *edit = begin_edit(rig, &params);
    assert_int_equal(um_edit_get_info(edit)->windows, 2);
    assert_int_equal(um_edit_step_count(edit), 2 * 5);
    for (int step = 0; step < 6; step++)
        step_edit(rig, edit);
    um_edit_view view;
    assert_int_equal(um_edit_get(edit, 0, &view), UM_OK);
    assert_int_equal(view.window, 1);
    int32_t initial[N], expected[N];
    for (uint32_t i = 0; i < N; i++) {
        size_t at = (view.window_top + i / GRID) * 2 * GRID + view.window_left + i % GRID;
        initial[i] = view.fixed_step[at] <= 5 ? view.tokens[at] : -1; // before its first step
    }
    while (!um_edit_done(edit))
        step_edit(rig, edit);
    const uint32_t counter[4] = {1, 0, 0, 3}, key[2] = {77, 0};
    uint32_t out[4];
    um_philox(counter, key, out);
    um_session_params session = params.draw;
    session.seed = (uint64_t)out[1] << 32 | out[0];
    session.start_step = 1;
    session.initial_tokens = initial;
    rig_generate(rig, &session, expected, NULL);
    assert_int_equal(um_edit_get(edit, 0, &view), UM_OK);
    for (uint32_t i = 0; i < N; i++) {
        size_t at = (view.window_top + i / GRID) * 2 * GRID + view.window_left + i % GRID;
        assert_int_equal(view.tokens[at], expected[i]);
    }
    session.seed = 77;
    int32_t other[N];
    rig_generate(rig, &session, other, NULL);
    assert_memory_not_equal(other, expected, sizeof other);
    um_edit_end(&edit);
    free(source);
}

/* ---------------------------------------------------------------- what is shown on the way */

static void check_view(const um_edit_view *view, const int32_t *before, size_t cells,
                       uint32_t step) {
    uint32_t masked = 0;
    for (size_t i = 0; i < cells; i++) {
        bool open = view->fixed_step[i] == 65535;
        assert_int_equal(open, view->tokens[i] == -1);
        if (!open) {
            assert_true(view->fixed_step[i] <= step);
            assert_int_equal(view->guess[i], view->tokens[i]);
        }
        if (before[i] >= 0 && view->fixed_step[i] < step)
            assert_int_equal(view->tokens[i], before[i]);
        assert_true(view->guess[i] >= 0 || view->guess[i] == -2);
        assert_true(view->confidence[i] >= 0.0f && view->confidence[i] <= 1.0f);
        masked += open;
    }
    assert_int_equal(masked, view->masked);
}

static void tokens_are_fixed_once_and_counted(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {4};
    for (int size = 0; size < 2; size++) {
        float *source = make_source(&r, SIZES[size][0], SIZES[size][1]);
        for (int which = 0; which < KINDS; which++) {
            um_edit_params params = kind(which, source, SIZES[size][0], SIZES[size][1]);
            um_edit *edit = begin_edit(rig, &params);
            const um_edit_info *info = um_edit_get_info(edit);
            size_t cells = (size_t)info->grid_width * info->grid_height;
            int32_t *before = malloc(sizeof *before * cells);
            um_edit_view view;
            assert_non_null(before);
            for (uint32_t step = 0; step <= um_edit_step_count(edit); step++) {
                assert_int_equal(um_edit_get(edit, 1, &view), UM_OK);
                if (step == 0 || step == info->measuring_steps)
                    memcpy(before, view.tokens, sizeof *before * cells);
                check_view(&view, before, cells, step);
                memcpy(before, view.tokens, sizeof *before * cells);
                if (step < um_edit_step_count(edit))
                    step_edit(rig, edit);
            }
            assert_int_equal(view.masked, 0);
            free(before);
            um_edit_end(&edit);
        }
        free(source);
    }
}

static void there_is_a_picture_at_every_step(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {5};
    float *source = make_source(&r, 57, 45);
    um_edit_params params = kind(1, source, 57, 45);
    um_edit *edit = begin_edit(rig, &params);
    const um_edit_info *info = um_edit_get_info(edit);
    assert_int_equal(info->width, 78);
    assert_int_equal(info->height, 54);
    assert_int_equal(info->left, 21);
    assert_int_equal(info->top, 0);
    assert_int_equal(info->grid_width, 20);
    assert_int_equal(info->grid_height, 14);
    size_t values = (size_t)info->width * info->height * 3;
    float *rgb = malloc(sizeof *rgb * values), *last = calloc(values, sizeof *last);
    assert_true(rgb && last);
    for (;;) {
        assert_int_equal(um_edit_picture(edit, 2, rgb), UM_OK);
        for (size_t i = 0; i < values; i++)
            assert_true(isfinite(rgb[i]));
        assert_memory_not_equal(rgb, last, sizeof *rgb * values);
        memcpy(last, rgb, sizeof *rgb * values);
        if (um_edit_done(edit))
            break;
        step_edit(rig, edit);
    }
    um_edit_end(&edit);
    free(rgb);
    free(last);
    free(source);
}

/* A small hole in a large picture: the far parts are not even encoded. */
static void far_parts_cost_nothing(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {6};
    float *source = make_source(&r, 200, 200);
    um_edit_params params = {.rgb = source,
                             .width = 200,
                             .height = 200,
                             .mask = box(200, 20, 20, 24, 24),
                             .draw = {.sampling.steps = 2}};
    um_edit *edit = begin_edit(rig, &params);
    um_edit_view view;
    assert_int_equal(um_edit_get(edit, 0, &view), UM_OK);
    unsigned encoded = 0;
    for (int i = 0; i < 50 * 50; i++) {
        encoded += view.tokens[i] != -2;
        assert_true(view.tokens[i] != -2 || view.fixed_step[i] == 0);
    }
    assert_true(encoded > 64 && encoded < 500);
    assert_int_equal(view.tokens[50 * 50 - 1], -2);
    assert_int_equal(um_edit_get_info(edit)->windows, 1);
    um_edit_end(&edit);
    struct edit_result result = run_edit(rig, &params);
    assert_memory_equal(result.rgb + 100 * 200 * 3, source + 100 * 200 * 3,
                        100 * 200 * 3 * sizeof *source);
    free_result(&result);
    free(source);
}

/* ---------------------------------------------------------------- what must not matter */

static void a_picture_does_not_know_its_batch(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {7};
    for (int size = 0; size < 2; size++) {
        float *source = make_source(&r, SIZES[size][0], SIZES[size][1]);
        for (int which = 0; which < KINDS; which++) {
            um_edit_params params = kind(which, source, SIZES[size][0], SIZES[size][1]);
            params.draw.first_image = 9;
            struct edit_result all = run_edit(rig, &params);
            for (uint32_t image = 0; image < BATCH; image++) {
                params.draw.batch = 1;
                params.draw.first_image = 9 + image;
                params.draw.classes = &CLASSES[image];
                struct edit_result one = run_edit(rig, &params);
                bool same = memcmp(one.tokens, all.tokens + image * all.cells,
                                   sizeof *one.tokens * one.cells) == 0 &&
                            memcmp(one.rgb, all.rgb + image * all.values,
                                   sizeof *one.rgb * one.values) == 0;
                if (!same)
                    fail_msg("kind %d, image %u of %s", which, (unsigned)image, SIZES_OF[size]);
                free_result(&one);
            }
            assert_memory_not_equal(all.tokens, all.tokens + 2 * all.cells,
                                    sizeof *all.tokens * all.cells); // equal class, other image
            free_result(&all);
        }
        free(source);
    }
}

static void threads_and_repetition_change_nothing(void **state) {
    struct test_rand r = {8};
    float *source = make_source(&r, 57, 45);
    struct rig other;
    rig_open(&other, "cpu", 1, &model);
    for (int which = 0; which < KINDS; which++) {
        um_edit_params params = kind(which, source, 57, 45);
        struct edit_result a = run_edit(*state, &params), b = run_edit(*state, &params);
        struct edit_result c = run_edit(&other, &params);
        assert_true(same_result(&a, &b));
        assert_true(same_result(&a, &c));
        params.draw.seed++;
        struct edit_result d = run_edit(*state, &params);
        assert_false(same_result(&a, &d));
        free_result(&a);
        free_result(&b);
        free_result(&c);
        free_result(&d);
    }
    rig_close(&other);
    free(source);
}

/* Looking on the way, or not, and cancelling before every step change nothing either. */
static void looking_and_cancelling_change_nothing(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {9};
    float *source = make_source(&r, 57, 45);
    for (int which = 0; which < KINDS; which++) {
        um_edit_params params = kind(which, source, 57, 45);
        struct edit_result plain = run_edit(rig, &params);
        um_edit *edit = begin_edit(rig, &params);
        float *rgb = malloc(sizeof *rgb * plain.values);
        assert_non_null(rgb);
        while (!um_edit_done(edit)) {
            uint32_t step = um_edit_step_index(edit);
            um_edit_cancel(edit);
            assert_int_equal(um_edit_step(edit), UM_CANCELLED);
            assert_int_equal(um_edit_step_index(edit), step);
            um_edit_cancel(edit);
            assert_int_equal(um_edit_picture(edit, 0, rgb), UM_CANCELLED);
            assert_int_equal(um_edit_picture(edit, 0, rgb), UM_OK);
            step_edit(rig, edit);
        }
        assert_int_equal(um_edit_picture(edit, 0, rgb), UM_OK);
        assert_memory_equal(rgb, plain.rgb, sizeof *rgb * plain.values);
        um_edit_end(&edit);
        free(rgb);
        free_result(&plain);
    }
    free(source);
}

struct canceller {
    um_edit *edit;
    volatile int started, stop;
};

static void *cancel_often(void *argument) {
    struct canceller *c = argument;
    while (!__atomic_load_n(&c->stop, __ATOMIC_ACQUIRE)) {
        um_edit_cancel(c->edit);
        __atomic_store_n(&c->started, 1, __ATOMIC_RELEASE);
        double start = um_clock_seconds();
        while (um_clock_seconds() < start + 3e-4)
            continue;
    }
    return NULL;
}

static void cancelling_from_another_thread(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {10};
    float *source = make_source(&r, 57, 45);
    um_edit_params params = kind(1, source, 57, 45);
    struct edit_result plain = run_edit(rig, &params);
    struct canceller c = {.edit = begin_edit(rig, &params)};
    pthread_t thread;
    unsigned cancelled = 0;
    assert_int_equal(pthread_create(&thread, NULL, cancel_often, &c), 0);
    while (!__atomic_load_n(&c.started, __ATOMIC_ACQUIRE))
        continue; /* on a busy machine the thread may begin after the edit's end */
    while (!um_edit_done(c.edit) && cancelled < 200) {
        um_status status = um_edit_step(c.edit);
        assert_true(status == UM_OK || status == UM_CANCELLED);
        cancelled += status == UM_CANCELLED;
    }
    __atomic_store_n(&c.stop, 1, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    while (!um_edit_done(c.edit)) { // one request may still be waiting
        um_status status = um_edit_step(c.edit);
        assert_true(status == UM_OK || status == UM_CANCELLED);
    }
    assert_true(cancelled > 0);
    for (uint32_t image = 0; image < BATCH; image++) {
        um_edit_view view;
        um_status status = um_edit_get(c.edit, image, &view);
        if (status == UM_CANCELLED)
            status = um_edit_get(c.edit, image, &view);
        assert_int_equal(status, UM_OK);
        assert_memory_equal(view.tokens, plain.tokens + image * plain.cells,
                            sizeof *plain.tokens * plain.cells);
    }
    um_edit_end(&c.edit);
    free_result(&plain);
    free(source);
}

/* ---------------------------------------------------------------- variations */

static void a_variation_draws_its_share(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {11};
    float *source = make_source(&r, SIDE, SIDE);
    static const float shares[] = {1e-6f, 0.25f, 0.5f, 1.0f};
    static const uint32_t counts[] = {1, 16, 32, 64};
    for (int order = 0; order < 2; order++) {
        for (int i = 0; i < 4; i++) {
            um_edit_params params = {
                .rgb = source,
                .width = SIDE,
                .height = SIDE,
                .vary_share = shares[i],
                .vary_order = (um_vary_order)order,
                .draw = {.classes = CLASSES, .batch = BATCH, .sampling.steps = 6}};
            um_edit *edit = begin_edit(rig, &params);
            uint32_t measuring = um_edit_get_info(edit)->measuring_steps;
            assert_int_equal(measuring, order == UM_VARY_CONFIDENCE && i < 3 ? 8 : 0);
            for (uint32_t step = 0; step < measuring; step++)
                step_edit(rig, edit);
            um_edit_view view;
            for (uint32_t image = 0; image < BATCH; image++) {
                assert_int_equal(um_edit_get(edit, image, &view), UM_OK);
                assert_int_equal(view.masked, counts[i]);
            }
            um_edit_end(&edit);
        }
    }
    free(source);
}

/* Draws one image of the batch after an edit of `before`, whose knowledge it takes over. */
static void draw_like(struct rig *rig, const um_edit_params *before, const um_edit_params *params,
                      uint32_t steps_before) {
    struct edit_result alone = run_edit(rig, params);
    um_edit *like = begin_edit(rig, before);
    for (uint32_t step = 0; step < steps_before; step++)
        step_edit(rig, like);
    um_edit_params after = *params;
    after.like = like;
    um_edit *edit = begin_edit(rig, &after);
    um_edit_end(&like);
    float *rgb = malloc(sizeof *rgb * alone.values);
    assert_non_null(rgb);
    assert_int_equal(um_edit_step_count(edit), alone.steps);
    while (!um_edit_done(edit))
        step_edit(rig, edit);
    um_edit_view view;
    assert_int_equal(um_edit_get(edit, 0, &view), UM_OK);
    assert_memory_equal(view.tokens, alone.tokens, sizeof *alone.tokens * alone.cells);
    assert_int_equal(um_edit_picture(edit, 0, rgb), UM_OK);
    assert_memory_equal(rgb, alone.rgb, sizeof *rgb * alone.values);
    um_edit_end(&edit);
    free(rgb);
    free_result(&alone);
}

/* The same class, another one, not all measured, another picture, another mask. */
static void an_edit_like_another_draws_the_same(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {29};
    const uint32_t width = SIDE + 9, height = SIDE;
    float *source = make_source(&r, width, height), *other = make_source(&r, width, height);
    uint8_t *marked = calloc(height, width);
    assert_non_null(marked);
    memset(marked, 1, (size_t)width * 3);
    const int32_t classes[] = {1, 2};
    um_edit_params first = {.rgb = source,
                            .width = width,
                            .height = height,
                            .vary_share = 0.4f,
                            .draw = {.classes = classes, .seed = 5, .sampling.steps = 4}};
    um_edit_params second = first;
    second.draw.first_image = 1;
    uint32_t measuring = 16; /* of two windows */
    draw_like(rig, &first, &second, measuring + 1);
    draw_like(rig, &first, &second, measuring - 1);
    draw_like(rig, &first, &second, 0);
    second.draw.classes = classes + 1;
    draw_like(rig, &first, &second, measuring);
    second.mask = marked;
    draw_like(rig, &first, &second, measuring);
    second.rgb = other;
    draw_like(rig, &first, &second, measuring);
    free(source);
    free(other);
    free(marked);
}

/* Probability of each token with its eighth left out, by the public calls. */
static void measure(struct rig *rig, const int32_t *codes, int32_t class_index, double *p) {
    static float logits[N * K];
    uint32_t eighth[N], order[N], count = 0;
    bool seen[N] = {false};
    for (uint32_t i = 1; count < N; i++) { // the Halton sequence in floating point
        double row = 0.0, column = 0.0, f = 0.5, g = 1.0 / 3.0;
        for (uint32_t n = i; n > 0; n /= 2, f /= 2.0)
            row += f * (n % 2);
        for (uint32_t n = i; n > 0; n /= 3, g /= 3.0)
            column += g * (n % 3);
        uint32_t cell = (uint32_t)(row * GRID) * GRID + (uint32_t)(column * GRID + 1e-9);
        if (!seen[cell])
            order[count++] = cell;
        seen[cell] = true;
    }
    for (uint32_t i = 0; i < N; i++)
        eighth[order[i]] = i / (N / 8);
    for (uint32_t subset = 0; subset < 8; subset++) {
        int32_t tokens[N];
        for (uint32_t i = 0; i < N; i++)
            tokens[i] = eighth[i] == subset ? -1 : codes[i];
        assert_int_equal(um_logits(rig->model, tokens, class_index, logits), UM_OK);
        for (uint32_t i = 0; i < N; i++) {
            if (eighth[i] != subset)
                continue;
            double sum = 0.0;
            for (uint32_t k = 0; k < K; k++)
                sum += exp((double)logits[i * K + k]);
            p[i] = exp((double)logits[i * K + (uint32_t)codes[i]]) / sum;
        }
    }
}

static void the_least_probable_tokens_are_varied(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {12};
    float *source = make_source(&r, SIDE, SIDE);
    int32_t codes[N];
    double p[N];
    assert_int_equal(um_encode(rig->model, source, codes), UM_OK);
    um_edit_params params = {.rgb = source,
                             .width = SIDE,
                             .height = SIDE,
                             .vary_share = 0.3f,
                             .draw = {.classes = CLASSES, .batch = BATCH, .sampling.steps = 6}};
    um_edit *edit = begin_edit(rig, &params);
    for (uint32_t step = 0; step < um_edit_get_info(edit)->measuring_steps; step++)
        step_edit(rig, edit);
    for (uint32_t image = 0; image < BATCH; image++) {
        um_edit_view view;
        double highest_varied = 0.0, lowest_kept = 1.0;
        measure(rig, codes, CLASSES[image], p);
        assert_int_equal(um_edit_get(edit, image, &view), UM_OK);
        for (uint32_t i = 0; i < N; i++) {
            if (view.tokens[i] < 0)
                highest_varied = fmax(highest_varied, p[i]);
            else
                lowest_kept = fmin(lowest_kept, p[i]);
        }
        assert_true(highest_varied <= lowest_kept * (1.0 + 1e-6)); // float probabilities
    }
    um_edit_end(&edit);
    free(source);
}

static void spread_variations_differ_between_images(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {13};
    float *source = make_source(&r, SIDE, SIDE);
    um_edit_params params = {.rgb = source,
                             .width = SIDE,
                             .height = SIDE,
                             .vary_share = 0.3f,
                             .vary_order = UM_VARY_HALTON,
                             .draw = {.batch = 8, .sampling.steps = 6, .seed = 3}};
    um_edit *edit = begin_edit(rig, &params);
    int32_t first[N];
    unsigned different = 0;
    for (uint32_t image = 0; image < 8; image++) {
        um_edit_view view;
        assert_int_equal(um_edit_get(edit, image, &view), UM_OK);
        for (uint32_t quarter = 0; quarter < 4; quarter++) { // evenly: some in each quarter
            unsigned open = 0;
            for (uint32_t i = 0; i < N; i++)
                open += view.tokens[i] < 0 &&
                        i % GRID / (GRID / 2) + 2 * (i / GRID / (GRID / 2)) == quarter;
            assert_true(open >= 2 && open <= 8);
        }
        if (image == 0)
            memcpy(first, view.tokens, sizeof first);
        different += memcmp(first, view.tokens, sizeof first) != 0;
    }
    assert_true(different >= 6); // of 7 random starts out of 64
    um_edit_end(&edit);
    free(source);
}

int main(int argc, char **argv) {
    if (argc > 1 && !tiny_model_variant(&model, argv[1]))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_window_draws_what_a_session_draws),
        cmocka_unit_test(nothing_known_takes_all_steps),
        cmocka_unit_test(later_windows_have_their_own_numbers),
        cmocka_unit_test(tokens_are_fixed_once_and_counted),
        cmocka_unit_test(there_is_a_picture_at_every_step),
        cmocka_unit_test(far_parts_cost_nothing),
        cmocka_unit_test(a_picture_does_not_know_its_batch),
        cmocka_unit_test(threads_and_repetition_change_nothing),
        cmocka_unit_test(looking_and_cancelling_change_nothing),
        cmocka_unit_test(cancelling_from_another_thread),
        cmocka_unit_test(an_edit_like_another_draws_the_same),
        cmocka_unit_test(a_variation_draws_its_share),
        cmocka_unit_test(the_least_probable_tokens_are_varied),
        cmocka_unit_test(spread_variations_differ_between_images),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
