/* A thousand random masks: what lies outside mask and blend comes back in every bit, and its tokens
 * stay those of the source. */
#include "edit/edit_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MASKS = 1000, PATCH = 4, SIDE = 32, GRID = 8, REACH = 2 * PATCH + 3 * (PATCH - 1) };

static const struct tiny_model_options MODEL = {.grid = GRID};

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 1, &MODEL);
    assert_int_equal(rig.info->image_width, SIDE);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static void random_mask(struct test_rand *r, uint8_t *mask, uint32_t width, uint32_t height) {
    memset(mask, 0, (size_t)width * height);
    uint32_t x = test_rand_below(r, width), y = test_rand_below(r, height);
    // a brush stroke: a walk that paints a disc or single pixels
    uint32_t length = 1 + test_rand_below(r, 30), radius = test_rand_below(r, 4);
    for (; length > 0; length--) {
        for (uint32_t j = y > radius ? y - radius : 0; j <= y + radius && j < height; j++) {
            for (uint32_t i = x > radius ? x - radius : 0; i <= x + radius && i < width; i++)
                mask[j * width + i] = 255;
        }
        x = (x + test_rand_below(r, 3) + width - 1) % width;
        y = (y + test_rand_below(r, 3) + height - 1) % height;
    }
}

/* Chebyshev distance to the nearest masked pixel, up to `limit`, by definition. */
static bool masked_within(const uint8_t *mask, uint32_t width, uint32_t height, uint32_t x,
                          uint32_t y, uint32_t limit) {
    for (uint32_t j = y > limit ? y - limit : 0; j <= y + limit && j < height; j++) {
        for (uint32_t i = x > limit ? x - limit : 0; i <= x + limit && i < width; i++) {
            if (mask[j * width + i])
                return true;
        }
    }
    return false;
}

static uint8_t byte(float value) {
    float clipped = value < 0.0f ? 0.0f : value > 1.0f ? 1.0f : value;
    return (uint8_t)(clipped * 255.0f + 0.5f);
}

static unsigned compare(const struct edit_result *result, const float *source,
                        const uint8_t *mask) {
    unsigned untouched = 0;
    for (uint32_t y = 0; y < result->info.height; y++) {
        for (uint32_t x = 0; x < result->info.width; x++) {
            size_t at = (size_t)y * result->info.width + x;
            // at most: the far side of the patch, one more patch, and the blend
            bool far = !masked_within(mask, result->info.width, result->info.height, x, y, REACH);
            if (far)
                assert_true(result->weight[at] == 0.0f);
            if (result->weight[at] > 0.0f)
                continue;
            assert_false(mask[at]);
            assert_memory_equal(result->rgb + at * 3, source + at * 3, 3 * sizeof *source);
            for (int k = 0; k < 3; k++)
                assert_int_equal(byte(result->rgb[at * 3 + (size_t)k]),
                                 byte(source[at * 3 + (size_t)k]));
            untouched++;
        }
    }
    return untouched;
}

static void a_thousand_masks_leave_the_rest_alone(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {7};
    static uint8_t mask[64 * 64];
    unsigned untouched = 0, redrawn = 0;
    for (uint32_t round = 0; round < MASKS; round++) {
        uint32_t width = SIDE + test_rand_below(&r, 17), height = SIDE + test_rand_below(&r, 17);
        float *source = make_source(&r, width, height);
        random_mask(&r, mask, width, height);
        um_edit_params params = {
            .rgb = source,
            .width = width,
            .height = height,
            .mask = mask,
            .draw = {.seed = round, .sampling.steps = 1, .sampling.cfg_scale = -1.0f}};
        struct edit_result result = run_edit(rig, &params);
        untouched += compare(&result, source, mask);
        for (size_t i = 0; i < result.values; i++)
            redrawn += result.rgb[i] != source[i];
        free_result(&result);
        free(source);
    }
    assert_true(untouched > 100 * MASKS); // the loops above did compare something
    assert_true(redrawn > 100 * MASKS);
}

/* Whether the token is to be kept: no masked pixel in its patch or in the eight around it. */
static bool kept(const uint8_t *mask, uint32_t cx, uint32_t cy) {
    for (int y = ((int)cy - 1) * PATCH; y < ((int)cy + 2) * PATCH; y++) {
        for (int x = ((int)cx - 1) * PATCH; x < ((int)cx + 2) * PATCH; x++) {
            if (x >= 0 && y >= 0 && x < SIDE && y < SIDE && mask[y * SIDE + x])
                return false;
        }
    }
    return true;
}

static void known_tokens_never_change(void **state) {
    struct rig *rig = *state;
    struct test_rand r = {8};
    static uint8_t mask[SIDE * SIDE];
    int32_t codes[GRID * GRID];
    for (uint32_t round = 0; round < 50; round++) {
        float *source = make_source(&r, SIDE, SIDE);
        random_mask(&r, mask, SIDE, SIDE);
        assert_int_equal(um_encode(rig->model, source, codes), UM_OK);
        um_edit_params params = {.rgb = source,
                                 .width = SIDE,
                                 .height = SIDE,
                                 .mask = mask,
                                 .draw = {.seed = round, .sampling.steps = 4}};
        um_edit *edit = begin_edit(rig, &params);
        for (;;) {
            um_edit_view view;
            assert_int_equal(um_edit_get(edit, 0, &view), UM_OK);
            for (uint32_t i = 0; i < GRID * GRID; i++) {
                bool known = kept(mask, i % GRID, i / GRID);
                assert_int_equal(known, view.fixed_step[i] == 0);
                if (known) {
                    assert_int_equal(view.tokens[i], codes[i]);
                    assert_int_equal(view.guess[i], codes[i]);
                    assert_true(view.confidence[i] == 1.0f);
                }
                assert_true(view.guess[i] >= 0);
            }
            if (um_edit_done(edit))
                break;
            step_edit(rig, edit);
        }
        um_edit_end(&edit);
        free(source);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_masks_leave_the_rest_alone),
        cmocka_unit_test(known_tokens_never_change),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
