/* What was made stays: places, and what goes first when there is too much. */
#include "viewer/gallery.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { TOKENS = 16, PIXELS = 64, STEPS = 5 };

/* A drawing of two pictures with all its steps. */
static struct take make(uint64_t id) {
    struct take take = {.id = id, .width = 8, .height = 8, .grid_width = 4, .grid_height = 4};
    for (uint32_t i = 0; i < STEPS; i++) {
        struct take_step *step = take_step_make(i, 2, TOKENS, i > 0 ? PIXELS : 0);
        assert_non_null(step);
        if (i > 0) {
            memset(step->frames[1].rgb, (int)(10 * id + i), PIXELS * 3);
        }
        assert_true(take_add(&take, step));
    }
    return take;
}

static void add(struct gallery *gallery, uint64_t id, uint32_t saved) {
    struct take take = make(id);
    take.saved = saved;
    assert_true(gallery_open(gallery, id));
    gallery_put(gallery, &take);
    assert_int_equal(take.count, 0);
}

static void drawings_go_out_and_come_back(void **state) {
    (void)state;
    struct gallery gallery = {0};
    struct take out = {0};
    for (uint64_t id = 1; id <= 40; id++) {
        add(&gallery, id, 0);
    }
    assert_true(gallery_take(&gallery, 7, &out));
    assert_true(out.id == 7 && out.count == STEPS);
    assert_int_equal(out.steps[STEPS - 1]->frames[1].rgb[0], 74);
    assert_true(gallery_knows(&gallery, 7));
    assert_int_equal(gallery_find(&gallery, 7)->count, 0);
    struct take none = {0};
    assert_false(gallery_take(&gallery, 7, &none));
    assert_false(gallery_take(&gallery, 99, &none));
    assert_null(gallery_find(&gallery, 99));
    gallery_put(&gallery, &out);
    assert_int_equal(gallery_find(&gallery, 7)->count, STEPS);
    struct take stray = make(99); // without a place it is freed
    gallery_put(&gallery, &stray);
    assert_int_equal(stray.count, 0);
    assert_int_equal(gallery.count, 40);
    gallery_free(&gallery);
}

/* Reveals go from the oldest on; last steps, and what an edit began with, stay. */
static void reveals_go_before_pictures(void **state) {
    (void)state;
    struct gallery gallery = {0};
    for (uint64_t id = 1; id <= 4; id++) {
        add(&gallery, id, 0);
    }
    size_t one = take_size(&gallery.takes[0]);
    const struct gallery_limits limits = {.reveals = 3 * one, .pictures = 1};
    assert_int_equal(gallery_trim(&gallery, &limits), 0); // nothing is saved: nothing goes
    assert_int_equal(gallery.count, 4);
    assert_int_equal(gallery.takes[0].count, 2);
    assert_int_equal(gallery.takes[0].steps[1]->frames[1].rgb[0], 14);
    assert_int_equal(gallery.takes[0].steps[1]->index, STEPS - 1);
    assert_int_equal(gallery.takes[3].count, STEPS);
    gallery_free(&gallery);
}

static void what_is_saved_goes_first_and_nothing_else(void **state) {
    (void)state;
    struct gallery gallery = {0};
    struct take out = {0};
    add(&gallery, 1, 1); // one of its two pictures is not saved
    add(&gallery, 2, 3);
    add(&gallery, 3, 0);
    add(&gallery, 4, 3);
    add(&gallery, 5, 3);
    assert_true(gallery_take(&gallery, 4, &out)); // what is shown stays
    const struct gallery_limits limits = {.reveals = 0, .pictures = 1};
    assert_int_equal(gallery_trim(&gallery, &limits), 2);
    assert_int_equal(gallery_trim(&gallery, &limits), 5);
    assert_int_equal(gallery_trim(&gallery, &limits), 0);
    assert_int_equal(gallery.count, 3);
    gallery_put(&gallery, &out);
    assert_true(gallery_knows(&gallery, 1) && gallery_knows(&gallery, 3));
    assert_int_equal(gallery_trim(&gallery, &limits), 4);
    assert_int_equal(gallery_trim(&gallery, &limits), 0);
    gallery_free(&gallery);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drawings_go_out_and_come_back),
        cmocka_unit_test(reveals_go_before_pictures),
        cmocka_unit_test(what_is_saved_goes_first_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
