/* Where windows lie and in which order they are drawn. */
#include "base/mem.h"
#include "edit/windows.h"
#include "support/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 128 * 128 };

static void the_lattice_covers_and_overlaps(void **state) {
    (void)state;
    for (uint32_t window = 1; window <= 17; window++) {
        for (uint32_t cells = window; cells < 5 * window + 3; cells++) {
            struct um_axis axis = {cells, window};
            uint32_t count = um_axis_count(axis), end = 0;
            for (uint32_t i = 0; i < count; i++) {
                uint32_t offset = um_axis_offset(axis, i);
                assert_true(offset + window <= cells);
                // half a window in common with the one before, rounded up
                assert_true(i == 0 ? offset == 0
                                   : offset + window / 2 + window % 2 <= end ||
                                         (window == 1 && offset == end));
                end = offset + window;
            }
            assert_int_equal(end, cells);
        }
    }
}

/* Twice the distance of a cell from the middle of window `i`; UINT32_MAX if it is not in it. */
static uint32_t distance(struct um_axis axis, uint32_t i, uint32_t cell) {
    uint32_t offset = um_axis_offset(axis, i);
    if (cell < offset || cell - offset >= axis.window)
        return UINT32_MAX;
    return (uint32_t)abs(2 * (int)(cell - offset) - (int)axis.window + 1);
}

static void a_token_belongs_to_the_window_where_it_is_most_central(void **state) {
    (void)state;
    for (uint32_t window = 1; window <= 17; window++) {
        for (uint32_t cells = window; cells < 5 * window + 3; cells++) {
            struct um_axis axis = {cells, window};
            for (uint32_t cell = 0; cell < cells; cell++) {
                uint32_t owner = um_axis_owner(axis, cell), own = distance(axis, owner, cell);
                assert_true(own != UINT32_MAX);
                for (uint32_t i = 0; i < um_axis_count(axis); i++) {
                    uint32_t other = distance(axis, i, cell);
                    assert_true(own < other || (own == other && owner <= i));
                }
            }
        }
    }
}

/* ---------------------------------------------------------------- plans */

struct plan {
    struct um_axis across, down;
    struct um_window *windows;
    bool *known_before;
    uint32_t count;
};

/* Plans and checks what every plan promises. */
static struct plan make_plan(const uint8_t *unknown, uint32_t cells_x, uint32_t cells_y,
                             uint32_t window_x, uint32_t window_y) {
    static uint8_t left[MOST];
    struct plan p = {.across = {cells_x, window_x}, .down = {cells_y, window_y}};
    memcpy(left, unknown, (size_t)cells_x * cells_y);
    assert_true(um_windows_plan(unknown, p.across, p.down, &p.windows, &p.known_before, &p.count));
    for (uint32_t k = 0; k < p.count; k++) {
        uint32_t drawn = 0;
        assert_true(p.windows[k].left + window_x <= cells_x);
        assert_true(p.windows[k].top + window_y <= cells_y);
        for (uint32_t y = 0; y < window_y; y++) {
            for (uint32_t x = 0; x < window_x; x++) {
                uint8_t *cell = left + (p.windows[k].top + y) * cells_x + p.windows[k].left + x;
                drawn += *cell != 0;
                *cell = 0;
            }
        }
        assert_true(drawn > 0);
        assert_int_equal(p.known_before[k], drawn < window_x * window_y);
    }
    for (size_t i = 0; i < (size_t)cells_x * cells_y; i++)
        assert_int_equal(left[i], 0);
    return p;
}

static void free_plan(struct plan *p) {
    um_free(p->windows);
    um_free(p->known_before);
}

static void mark(uint8_t *unknown, uint32_t pitch, uint32_t x0, uint32_t y0, uint32_t x1,
                 uint32_t y1) {
    for (uint32_t y = y0; y < y1; y++)
        memset(unknown + y * pitch + x0, 1, x1 - x0);
}

static void every_plan_covers_what_is_unknown(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    struct test_rand r = {5};
    for (int round = 0; round < 300; round++) {
        uint32_t wx = 1 + test_rand_below(&r, 16), wy = 1 + test_rand_below(&r, 16);
        uint32_t cx = wx + test_rand_below(&r, 30), cy = wy + test_rand_below(&r, 30);
        memset(unknown, 0, sizeof unknown);
        for (uint32_t n = test_rand_below(&r, 5); n > 0; n--) {
            uint32_t x = test_rand_below(&r, cx), y = test_rand_below(&r, cy);
            mark(unknown, cx, x, y, x + 1 + test_rand_below(&r, cx - x),
                 y + 1 + test_rand_below(&r, cy - y));
        }
        struct plan p = make_plan(unknown, cx, cy, wx, wy);
        free_plan(&p);
    }
}

static void a_grid_of_the_models_size_is_one_window(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    memset(unknown, 0, sizeof unknown);
    unknown[5] = 1;
    struct plan p = make_plan(unknown, 16, 16, 16, 16);
    assert_int_equal(p.count, 1);
    assert_true(p.known_before[0]);
    free_plan(&p);
    memset(unknown, 1, sizeof unknown);
    p = make_plan(unknown, 16, 16, 16, 16);
    assert_int_equal(p.count, 1);
    assert_false(p.known_before[0]);
    free_plan(&p);
}

static void nothing_unknown_needs_no_window(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    memset(unknown, 0, sizeof unknown);
    struct plan p = make_plan(unknown, 40, 20, 16, 16);
    assert_int_equal(p.count, 0);
    free_plan(&p);
}

static void a_hole_is_drawn_whole_and_in_the_middle(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    struct test_rand r = {6};
    for (int round = 0; round < 200; round++) {
        uint32_t size = 1 + test_rand_below(&r, 8), x = 16 + test_rand_below(&r, 24);
        uint32_t y = 16 + test_rand_below(&r, 24);
        memset(unknown, 0, sizeof unknown);
        mark(unknown, 64, x, y, x + size, y + size);
        struct plan p = make_plan(unknown, 64, 64, 16, 16);
        assert_int_equal(p.count, 1);
        // a stride of a quarter window: off the middle by at most an eighth, in half cells
        int dx = (int)(2 * x + size) - (int)(2 * p.windows[0].left + 16);
        int dy = (int)(2 * y + size) - (int)(2 * p.windows[0].top + 16);
        assert_true(abs(dx) <= 4 && abs(dy) <= 4);
        free_plan(&p);
    }
}

static void outpainting_keeps_half_a_window_known(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    memset(unknown, 0, sizeof unknown);
    mark(unknown, 64, 0, 0, 25, 16);
    mark(unknown, 64, 39, 0, 64, 16); // a panorama, the mask grown by one cell into the source
    struct plan p = make_plan(unknown, 64, 16, 16, 16);
    assert_int_equal(p.count, 2 * 3); // 25 columns: 9 (one of them the source's), 8, 8
    for (uint32_t k = 0; k < p.count; k++) {
        uint32_t drawn = 0;
        for (uint32_t x = p.windows[k].left; x < p.windows[k].left + 16; x++) {
            drawn += unknown[x];
            for (uint32_t y = 0; y < 16; y++)
                unknown[y * 64 + x] = 0;
        }
        assert_true(drawn <= 9);
    }
    free_plan(&p);
}

/* Extending to the right and down: whatever lies within a quarter of a window of a new cell and is
 * known by then is seen by the window that draws it. */
static void no_seams_between_windows(void **state) {
    (void)state;
    static uint8_t unknown[MOST];
    memset(unknown, 0, sizeof unknown);
    mark(unknown, 48, 15, 0, 48, 48);
    mark(unknown, 48, 0, 15, 48, 48);
    struct plan p = make_plan(unknown, 48, 48, 16, 16);
    assert_true(p.count <= (48 * 48 - 15 * 15) / 64); // a quarter of a window each, on average
    unsigned seams = 0;
    for (uint32_t k = 0; k < p.count; k++) {
        struct um_window w = p.windows[k];
        for (uint32_t y = w.top; y < w.top + 16; y++) {
            for (uint32_t x = w.left; x < w.left + 16; x++) {
                if (!unknown[y * 48 + x])
                    continue;
                bool open_left = x == w.left && x > 0 && !unknown[y * 48 + x - 1];
                bool open_top = y == w.top && y > 0 && !unknown[(y - 1) * 48 + x];
                bool open_right = x == w.left + 15 && x < 47 && !unknown[y * 48 + x + 1];
                bool open_bottom = y == w.top + 15 && y < 47 && !unknown[(y + 1) * 48 + x];
                seams += open_left || open_top || open_right || open_bottom;
            }
        }
        for (uint32_t y = w.top; y < w.top + 16; y++)
            memset(unknown + y * 48 + w.left, 0, 16);
    }
    assert_int_equal(seams, 0);
    free_plan(&p);
}

static void huge_grids_are_planned_quickly(void **state) {
    (void)state;
    static uint8_t unknown[1024 * 1024];
    memset(unknown, 0, sizeof unknown);
    mark(unknown, 1024, 100, 100, 300, 200);
    struct um_window *windows;
    bool *known_before;
    uint32_t count;
    struct um_axis axis = {1024, 16};
    assert_true(um_windows_plan(unknown, axis, axis, &windows, &known_before, &count));
    // 200 x 100 cells in windows that draw a quarter to half of 256 cells each
    assert_true(count >= 200 * 100 / 256 && count <= 400);
    um_free(windows);
    um_free(known_before);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lattice_covers_and_overlaps),
        cmocka_unit_test(a_token_belongs_to_the_window_where_it_is_most_central),
        cmocka_unit_test(every_plan_covers_what_is_unknown),
        cmocka_unit_test(a_grid_of_the_models_size_is_one_window),
        cmocka_unit_test(nothing_unknown_needs_no_window),
        cmocka_unit_test(a_hole_is_drawn_whole_and_in_the_middle),
        cmocka_unit_test(outpainting_keeps_half_a_window_known),
        cmocka_unit_test(no_seams_between_windows),
        cmocka_unit_test(huge_grids_are_planned_quickly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
