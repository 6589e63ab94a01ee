/* The pure parts of editing against slow, plain definitions: region, blend weights, Halton order.
 */
#include "edit/blend.h"
#include "edit/canvas.h"
#include "sampler/halton.h"
#include "support/rand.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_PIXELS = 160 * 160 };

struct scene {
    struct um_canvas canvas;
    uint8_t mask[MOST_PIXELS], cells[MOST_PIXELS];
    uint32_t count;
};

static uint32_t between(struct test_rand *r, uint32_t low, uint32_t high) {
    return low + test_rand_below(r, high - low + 1);
}

/* A random canvas, sides added to some, and a mask of a few random boxes, often thin ones. */
static void random_scene(struct scene *s, struct test_rand *r) {
    static const uint32_t patches[] = {1, 2, 4, 8, 16};
    struct um_canvas *c = &s->canvas;
    memset(s, 0, sizeof *s);
    c->patch = patches[test_rand_below(r, 5)];
    c->source_width = between(r, c->patch, 100);
    c->source_height = between(r, c->patch, 100);
    bool extended = test_rand_below(r, 3) == 0;
    c->left = extended ? between(r, 0, 30) : 0;
    c->top = extended ? between(r, 0, 30) : 0;
    c->width = c->left + c->source_width + (extended ? between(r, 0, 30) : 0);
    c->height = c->top + c->source_height + (extended ? between(r, 0, 30) : 0);
    c->grid_width = (c->width + c->patch - 1) / c->patch;
    c->grid_height = (c->height + c->patch - 1) / c->patch;
    for (uint32_t boxes = between(r, 1, 3); boxes > 0; boxes--) {
        uint32_t x = test_rand_below(r, c->source_width), y = test_rand_below(r, c->source_height);
        uint32_t w = between(r, 1, test_rand_below(r, 2) ? 3 : 40);
        uint32_t h = between(r, 1, test_rand_below(r, 2) ? 3 : 40);
        for (uint32_t j = y; j < y + h && j < c->source_height; j++) {
            for (uint32_t i = x; i < x + w && i < c->source_width; i++)
                s->mask[j * c->source_width + i] = (uint8_t)between(r, 1, 255);
        }
    }
    assert_true(um_canvas_region(c, s->mask, s->cells, &s->count));
}

/* Whether the pixel of the canvas is to be repainted. */
static bool wanted(const struct scene *s, uint32_t x, uint32_t y) {
    const struct um_canvas *c = &s->canvas;
    if (x < c->left || y < c->top || x >= c->left + c->source_width ||
        y >= c->top + c->source_height)
        return true;
    return s->mask[(y - c->top) * c->source_width + x - c->left] != 0;
}

/* Maximum over the patches of the cell and its eight neighbours. */
static bool cell_wanted(const struct scene *s, uint32_t cx, uint32_t cy) {
    const struct um_canvas *c = &s->canvas;
    int64_t patch = c->patch;
    for (int64_t y = ((int64_t)cy - 1) * patch; y < ((int64_t)cy + 2) * patch; y++) {
        for (int64_t x = ((int64_t)cx - 1) * patch; x < ((int64_t)cx + 2) * patch; x++) {
            if (x >= 0 && y >= 0 && x < c->width && y < c->height &&
                wanted(s, (uint32_t)x, (uint32_t)y))
                return true;
        }
    }
    return false;
}

static void the_region_is_the_maximum_grown_by_one_cell(void **state) {
    (void)state;
    struct test_rand r = {1};
    static struct scene s;
    for (int round = 0; round < 200; round++) {
        random_scene(&s, &r);
        uint32_t count = 0;
        for (uint32_t y = 0; y < s.canvas.grid_height; y++) {
            for (uint32_t x = 0; x < s.canvas.grid_width; x++) {
                bool marked = s.cells[y * s.canvas.grid_width + x] != 0;
                assert_int_equal(marked, cell_wanted(&s, x, y));
                count += marked;
            }
        }
        assert_int_equal(count, s.count);
    }
}

static void an_empty_mask_marks_nothing(void **state) {
    (void)state;
    static struct scene s;
    s.canvas = (struct um_canvas){.width = 40,
                                  .height = 24,
                                  .source_width = 40,
                                  .source_height = 24,
                                  .patch = 4,
                                  .grid_width = 10,
                                  .grid_height = 6};
    s.count = 99;
    assert_true(um_canvas_region(&s.canvas, s.mask, s.cells, &s.count));
    assert_int_equal(s.count, 0);
    assert_true(um_canvas_region(&s.canvas, NULL, s.cells, &s.count));
    assert_int_equal(s.count, 0);
}

static void a_window_repeats_the_nearest_pixel(void **state) {
    (void)state;
    static float source[5 * 6 * 3], out[8 * 12 * 3];
    for (int i = 0; i < 5 * 6 * 3; i++)
        source[i] = (float)i;
    struct um_canvas c = {.width = 11,
                          .height = 9,
                          .left = 2,
                          .top = 1,
                          .source_width = 6,
                          .source_height = 5,
                          .patch = 4,
                          .grid_width = 3,
                          .grid_height = 3};
    um_canvas_window(&c, source, 0, 1, 3, 2, out); // rows 4 .. 11, columns 0 .. 11
    for (int y = 0; y < 8; y++) {
        for (int x = 0; x < 12; x++) {
            int sy = y + 4 - 1, sx = x - 2;
            sy = sy > 4 ? 4 : sy;
            sx = sx < 0 ? 0 : sx > 5 ? 5 : sx;
            for (int k = 0; k < 3; k++)
                assert_true(out[(y * 12 + x) * 3 + k] == source[(sy * 6 + sx) * 3 + k]);
        }
    }
}

/* ---------------------------------------------------------------- weights */

/* Whether a marked cell's patch comes within `reach` pixels, in each direction on its own; beyond
 * the border the border's cells go on. */
static bool marked_near(const struct scene *s, uint32_t x, uint32_t y, uint32_t reach) {
    const struct um_canvas *c = &s->canvas;
    uint32_t x0 = x > reach ? (x - reach) / c->patch : 0, x1 = (x + reach) / c->patch;
    uint32_t y0 = y > reach ? (y - reach) / c->patch : 0, y1 = (y + reach) / c->patch;
    for (uint32_t j = y0; j <= y1 && j < c->grid_height; j++) {
        for (uint32_t i = x0; i <= x1 && i < c->grid_width; i++) {
            if (s->cells[j * c->grid_width + i])
                return true;
        }
    }
    return false;
}

static void weights_are_one_inside_and_nought_outside(void **state) {
    (void)state;
    struct test_rand r = {2};
    static struct scene s;
    static float weight[MOST_PIXELS];
    for (int round = 0; round < 1000; round++) {
        random_scene(&s, &r);
        const struct um_canvas *c = &s.canvas;
        assert_true(um_blend_weight(c, s.cells, weight));
        for (uint32_t y = 0; y < c->height; y++) {
            for (uint32_t x = 0; x < c->width; x++) {
                float w = weight[y * c->width + x];
                assert_true(w >= 0.0f && w <= 1.0f);
                if (wanted(&s, x, y))
                    assert_true(w == 1.0f);
                assert_int_equal(w > 0.0f, marked_near(&s, x, y, 3 * (c->patch - 1)));
            }
        }
    }
}

/* The definition, pixel by pixel: a product of two one-dimensional Gaussians over the mask. */
static double blurred(const struct scene *s, uint32_t x, uint32_t y) {
    const struct um_canvas *c = &s->canvas;
    int radius = 3 * ((int)c->patch - 1);
    double sum = 0.0, all = 0.0, deviation = c->patch - 1.0;
    for (int dy = -radius; dy <= radius; dy++) {
        for (int dx = -radius; dx <= radius; dx++) {
            double g =
                deviation > 0.0 ? exp(-0.5 * (dx * dx + dy * dy) / deviation / deviation) : 1.0;
            int px = (int)x + dx, py = (int)y + dy;
            int right = (int)(c->grid_width * c->patch), low = (int)(c->grid_height * c->patch);
            px = px < 0 ? 0 : px >= right ? right - 1 : px;
            py = py < 0 ? 0 : py >= low ? low - 1 : py;
            all += g;
            if (s->cells[(uint32_t)py / c->patch * c->grid_width + (uint32_t)px / c->patch])
                sum += g;
        }
    }
    return sum / all;
}

static void weights_are_a_gaussian(void **state) {
    (void)state;
    struct test_rand r = {3};
    static struct scene s;
    static float weight[MOST_PIXELS];
    unsigned between_ends = 0;
    for (int round = 0; round < 40; round++) {
        random_scene(&s, &r);
        assert_true(um_blend_weight(&s.canvas, s.cells, weight));
        for (int i = 0; i < 100; i++) {
            uint32_t x = test_rand_below(&r, s.canvas.width);
            uint32_t y = test_rand_below(&r, s.canvas.height);
            double expected = fmin(1.0, 1.5 * blurred(&s, x, y));
            // rounded once to float; the sums of doubles are exact to 1e-13
            assert_true(fabs(expected - (double)weight[y * s.canvas.width + x]) < 1e-7);
            between_ends += expected > 0.0 && expected < 1.0;
        }
    }
    assert_true(between_ends > 100);
}

static void window_shares_add_up_to_one(void **state) {
    (void)state;
    static float share[1 << 16];
    struct test_rand r = {4};
    for (int round = 0; round < 100; round++) {
        struct um_axis axis = {.window = between(&r, 1, 9)};
        uint32_t patch = between(&r, 1, 4), size = axis.window * patch;
        axis.cells = axis.window + (round % 4 ? test_rand_below(&r, 30) : 0);
        um_blend_shares(axis, patch, share);
        for (uint32_t p = 0; p < axis.cells * patch; p++) {
            double sum = 0.0;
            unsigned windows = 0;
            for (uint32_t i = 0; i < um_axis_count(axis); i++) {
                uint32_t start = um_axis_offset(axis, i) * patch;
                if (p >= start && p - start < size) {
                    sum += (double)share[i * size + p - start];
                    windows++;
                }
            }
            assert_true(windows > 0);
            // each share is rounded to float once: half an ulp of at most 1, for at most 4 of them
            assert_true(windows == 1 ? sum == 1.0 : fabs(sum - 1.0) < 4 * 6e-8);
        }
    }
}

/* ---------------------------------------------------------------- Halton */

static void the_halton_order_is_the_published_one(void **state) {
    (void)state;
    static const uint32_t first[][2] = {{8, 5},   {4, 10}, {12, 1}, {2, 7},
                                        {10, 12}, {6, 3},  {14, 8}, {1, 14}};
    uint32_t order[256];
    assert_true(um_halton_order(16, 16, order));
    for (int i = 0; i < 8; i++)
        assert_int_equal(order[i], first[i][0] * 16 + first[i][1]);
}

static void a_halton_order_has_every_cell_once(void **state) {
    (void)state;
    static uint32_t order[4096];
    static uint8_t seen[4096];
    static const uint32_t sizes[][2] = {{1, 1}, {1, 7},   {9, 1},   {2, 2},
                                        {5, 3}, {16, 16}, {64, 64}, {100, 40}};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint32_t cells = sizes[s][0] * sizes[s][1];
        memset(seen, 0, sizeof seen);
        assert_true(um_halton_order(sizes[s][0], sizes[s][1], order));
        for (uint32_t i = 0; i < cells; i++) {
            assert_true(order[i] < cells && !seen[order[i]]);
            seen[order[i]] = 1;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_region_is_the_maximum_grown_by_one_cell),
        cmocka_unit_test(an_empty_mask_marks_nothing),
        cmocka_unit_test(a_window_repeats_the_nearest_pixel),
        cmocka_unit_test(weights_are_one_inside_and_nought_outside),
        cmocka_unit_test(weights_are_a_gaussian),
        cmocka_unit_test(window_shares_add_up_to_one),
        cmocka_unit_test(the_halton_order_is_the_published_one),
        cmocka_unit_test(a_halton_order_has_every_cell_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
