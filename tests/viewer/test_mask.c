/* Masks: strokes, boxes, counts; undo and redo. */
#include "viewer/history.h"
#include "viewer/mask.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t seed = 1;

static uint32_t draw(uint32_t below) {
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

static uint64_t ones(const struct mask *mask) {
    uint64_t count = 0;
    for (size_t i = 0; i < (size_t)mask->width * mask->height; i++) {
        count += mask->cells[i];
    }
    return count;
}

static void a_click_marks_a_disc(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 32, 32));
    mask_stroke(&mask, 16, 16, 16, 16, 4, 1);
    for (int32_t y = 0; y < 32; y++) {
        for (int32_t x = 0; x < 32; x++) {
            float d = hypotf((float)x + 0.5F - 16, (float)y + 0.5F - 16);
            bool under = x == 16 && y == 16;
            assert_int_equal(mask.cells[y * 32 + x], d <= 4 || under);
        }
    }
    assert_true(mask.count == ones(&mask));
    mask_free(&mask);
}

static void the_smallest_brush_marks_its_pixel(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 16, 16));
    for (int32_t i = 0; i < 256; i++) {
        mask_fill(&mask, 0);
        float x = (float)(i % 16) + (float)draw(100) / 100,
              y = (float)(i / 16) + (float)draw(100) / 100;
        mask_stroke(&mask, x, y, x, y, 0.5F, 1);
        assert_int_equal(mask.cells[i], 1);
    }
    mask_free(&mask);
}

static void a_fast_stroke_has_no_gaps(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 64, 64));
    mask_stroke(&mask, 2, 3, 60, 50, 1.5F, 1);
    for (int i = 0; i <= 1000; i++) {
        float t = (float)i / 1000;
        int32_t x = (int32_t)(2 + 58 * t), y = (int32_t)(3 + 47 * t);
        assert_int_equal(mask.cells[y * 64 + x], 1);
    }
    mask_free(&mask);
}

static void assert_changed(struct mask *mask, uint32_t left, uint32_t top, uint32_t right,
                           uint32_t bottom) {
    struct mask_area area = mask_take_changes(mask);
    assert_int_equal(area.left, left);
    assert_int_equal(area.top, top);
    assert_int_equal(area.right, right);
    assert_int_equal(area.bottom, bottom);
}

/* The texture is repainted there, and nowhere else. */
static void a_mask_knows_where_it_changed(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 40, 30));
    assert_changed(&mask, 0, 0, 40, 30);
    assert_changed(&mask, 0, 0, 0, 0);
    mask_box(&mask, 4, 5, 9, 7, 1);
    assert_changed(&mask, 4, 5, 10, 8);
    mask_box(&mask, 4, 5, 9, 7, 1);
    assert_changed(&mask, 0, 0, 0, 0); // it was so before
    mask_box(&mask, 0, 0, 0, 0, 1);
    mask_box(&mask, 38, 20, 60, 20, 1);
    assert_changed(&mask, 0, 0, 40, 21); // both together
    mask_stroke(&mask, 100, 100, 100, 100, 3, 1);
    assert_changed(&mask, 0, 0, 0, 0);
    mask_invert(&mask);
    assert_changed(&mask, 0, 0, 40, 30);
    mask_fill(&mask, 0);
    assert_changed(&mask, 0, 0, 40, 30);
    assert_true(mask_move(&mask, 20, 10, 0, 0));
    assert_changed(&mask, 0, 0, 20, 10);
    struct history history = {0};
    struct scene scene = {.take = 1};
    assert_true(history_add(&history, &scene, &mask));
    mask_box(&mask, 1, 1, 2, 2, 1);
    assert_true(history_add(&history, &scene, &mask));
    mask_take_changes(&mask);
    assert_true(history_undo(&history, &scene, &mask));
    assert_changed(&mask, 0, 0, 20, 10);
    history_free(&history);
    mask_free(&mask);
}

static void strokes_across_the_edge_are_cut(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 8, 8));
    mask_stroke(&mask, -50, 4, 50, 4, 1, 1);
    assert_true(mask.count >= 8 && mask.count == ones(&mask));
    mask_fill(&mask, 0);
    mask_stroke(&mask, -50, -50, -40, -40, 3, 1);
    mask_stroke(&mask, 1e9F, 1e9F, 1e9F, 1e9F, 3, 1);
    assert_true(mask.count == 0);
    mask_box(&mask, 20, 20, -20, -20, 1);
    assert_true(mask.count == 64);
    mask_box(&mask, 100, 100, 120, 120, 0);
    assert_true(mask.count == 64);
    mask_free(&mask);
}

static void random_change(struct mask *mask) {
    float x = (float)draw(40), y = (float)draw(30);
    switch (draw(5)) {
    case 0:
        mask_box(mask, (int32_t)draw(40), (int32_t)draw(30), (int32_t)x, (int32_t)y,
                 (uint8_t)draw(2));
        break;
    case 1:
        mask_invert(mask);
        break;
    case 2:
        mask_fill(mask, (uint8_t)draw(2));
        break;
    default:
        mask_stroke(mask, x, y, (float)draw(40), (float)draw(30), (float)draw(9) / 2,
                    (uint8_t)draw(2));
        break;
    }
    assert_true(mask->count == ones(mask));
}

/* Every state comes back exactly, on the way back and forth. */
static void undo_and_redo_are_exact(void **state) {
    (void)state;
    enum { CHANGES = 60, SIZE = 40 * 30 };
    static uint8_t seen[CHANGES + 1][SIZE];
    static struct history history;
    struct scene scene = {.take = 1};
    struct mask mask = {0};
    assert_true(mask_make(&mask, 40, 30));
    assert_true(history_add(&history, &scene, &mask));
    memcpy(seen[0], mask.cells, SIZE);
    size_t states = 1;
    for (int i = 0; i < CHANGES; i++) {
        random_change(&mask);
        assert_true(history_add(&history, &scene, &mask));
        if (memcmp(mask.cells, seen[states - 1], SIZE) != 0) {
            memcpy(seen[states++], mask.cells, SIZE);
        }
    }
    assert_true(history.count == states);
    for (size_t i = states - 1; i > 0; i--) {
        assert_true(history_undo(&history, &scene, &mask));
        assert_memory_equal(mask.cells, seen[i - 1], SIZE);
        assert_true(mask.count == ones(&mask));
    }
    assert_false(history_undo(&history, &scene, &mask));
    for (size_t i = 1; i < states; i++) {
        assert_true(history_redo(&history, &scene, &mask));
        assert_memory_equal(mask.cells, seen[i], SIZE);
    }
    assert_false(history_redo(&history, &scene, &mask));
    history_free(&history);
    mask_free(&mask);
}

static void a_change_after_undo_drops_the_undone(void **state) {
    (void)state;
    static struct history history;
    struct scene scene = {.take = 1};
    struct mask mask = {0};
    assert_true(mask_make(&mask, 8, 8));
    assert_true(history_add(&history, &scene, &mask));
    for (int32_t i = 0; i < 3; i++) {
        mask_box(&mask, i, 0, i, 7, 1);
        history_add(&history, &scene, &mask);
    }
    assert_true(history_undo(&history, &scene, &mask) && history_undo(&history, &scene, &mask));
    mask_box(&mask, 0, 7, 7, 7, 1);
    history_add(&history, &scene, &mask);
    assert_false(history_redo(&history, &scene, &mask));
    assert_true(history_undo(&history, &scene, &mask));
    assert_true(mask.count == 8);
    history_free(&history);
    mask_free(&mask);
}

static void the_oldest_states_go_first(void **state) {
    (void)state;
    static struct history history;
    struct scene scene = {.take = 1};
    struct mask mask = {0};
    assert_true(mask_make(&mask, 32, 32));
    assert_true(history_add(&history, &scene, &mask));
    for (int32_t i = 0; i < HISTORY_LIMIT + 50; i++) {
        mask_box(&mask, i % 32, i / 32, i % 32, i / 32, 1);
        assert_true(history_add(&history, &scene, &mask));
    }
    assert_int_equal(history.count, HISTORY_LIMIT);
    int steps = 0;
    while (history_undo(&history, &scene, &mask)) {
        steps++;
    }
    assert_int_equal(steps, HISTORY_LIMIT - 1);
    assert_true(mask.count == 51);
    history_free(&history);
    mask_free(&mask);
}

/* Pictures of other sizes, choices and frames come back with their masks. */
static void scenes_come_back_whole(void **state) {
    (void)state;
    static struct history history;
    struct scene first = {.take = 1, .sheet = true}, choice = {.take = 1, .image = 2},
                 frame = {.take = 1, .image = 2, .extend = {0, 16, 0, 0}},
                 other = {.take = 2, .drawn = true}, scene;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 8, 6));
    assert_true(history_add(&history, &first, &mask));
    assert_true(history_add(&history, &choice, &mask));
    mask_box(&mask, 1, 1, 2, 3, 1);
    assert_true(history_add(&history, &choice, &mask));
    assert_true(history_add(&history, &frame, &mask));
    assert_true(history_add(&history, &frame, &mask));
    assert_true(mask_move(&mask, 24, 6, 5, 0));
    assert_true(history_add(&history, &other, &mask));
    assert_int_equal(history.count, 5);
    assert_true(history_undo(&history, &scene, &mask));
    assert_memory_equal(&scene.extend, &frame.extend, sizeof scene.extend);
    assert_true(mask.width == 8 && mask.count == 6);
    assert_true(history_undo(&history, &scene, &mask) && scene.extend[1] == 0);
    assert_true(history_undo(&history, &scene, &mask) && scene.image == 2 && mask.count == 0);
    assert_true(history_undo(&history, &scene, &mask) && scene.sheet);
    assert_false(history_can_go_back(&history));
    while (history_redo(&history, &scene, &mask)) {
    }
    assert_true(scene.take == 2 && scene.drawn && mask.width == 24 && mask.count == 6);
    assert_true(mask.cells[24 + 6] == 1 && mask.cells[24 + 8] == 0);
    assert_true(history_back(&history, &scene, &mask));
    assert_true(scene.take == 1 && scene.extend[1] == 16 && mask.count == 6);
    assert_true(history_find(&history, 2, &scene, &mask) && scene.take == 2);
    assert_false(history_find(&history, 7, &scene, &mask));
    assert_true(history_again(&history, &scene, &mask) && scene.take == 1);
    history_forget(&history, 2);
    assert_int_equal(history.count, 4);
    assert_int_equal(history.current, 3);
    assert_false(history_redo(&history, &scene, &mask));
    assert_true(history_undo(&history, &scene, &mask) && scene.extend[1] == 0);
    history_free(&history);
    mask_free(&mask);
}

static void moved_marks_are_cut_at_the_edge(void **state) {
    (void)state;
    struct mask mask = {0};
    assert_true(mask_make(&mask, 8, 8));
    mask_box(&mask, 5, 5, 7, 7, 1);
    uint64_t version = mask.version;
    assert_true(mask_move(&mask, 8, 10, 2, 2));
    assert_true(mask.count == 3 && mask.count == ones(&mask) && mask.version > version);
    assert_true(mask.cells[7 * 8 + 7] == 1 && mask.cells[9 * 8 + 7] == 1);
    mask_free(&mask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_click_marks_a_disc),
        cmocka_unit_test(the_smallest_brush_marks_its_pixel),
        cmocka_unit_test(a_fast_stroke_has_no_gaps),
        cmocka_unit_test(a_mask_knows_where_it_changed),
        cmocka_unit_test(strokes_across_the_edge_are_cut),
        cmocka_unit_test(undo_and_redo_are_exact),
        cmocka_unit_test(a_change_after_undo_drops_the_undone),
        cmocka_unit_test(the_oldest_states_go_first),
        cmocka_unit_test(scenes_come_back_whole),
        cmocka_unit_test(moved_marks_are_cut_at_the_edge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
