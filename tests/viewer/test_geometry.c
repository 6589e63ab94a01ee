/* Screen and picture coordinates: the pixel under the mouse, at every zoom and density. */
#include "viewer/geometry.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const float zooms[] = {0.5F, 1, 3, 7, 20}, densities[] = {1, 2};
static const struct area canvas = {37, 11, 811, 533};

/* The window pixel whose middle lies nearest to the middle of a picture pixel. */
static struct point window_over(const struct view *view, float x, float y, float density) {
    struct point at = view_to_output(view, (struct point){x + 0.5F, y + 0.5F});
    return (struct point){floorf(at.x / density), floorf(at.y / density)};
}

static void hits_the_pixel_under_the_mouse(void **state) {
    (void)state;
    for (size_t z = 0; z < sizeof zooms / sizeof zooms[0]; z++) {
        for (size_t d = 0; d < sizeof densities / sizeof densities[0]; d++) {
            struct view view;
            float density = densities[d];
            view_fit(&view, canvas, 64, 48, 10, true);
            view.zoom = zooms[z];
            for (int32_t pixel = 0; pixel < 64 * 48; pixel++) {
                int32_t px = pixel % 64, py = pixel / 64, x, y;
                /* A window pixel is `density` output pixels wide: where picture pixels are smaller,
                 * the mouse cannot point more exactly than that. */
                int32_t slack = view.zoom < density ? (int32_t)ceilf(density / view.zoom) - 1 : 0;
                struct point mouse = window_over(&view, (float)px, (float)py, density);
                view_pixel(&view, window_to_output(mouse, density), &x, &y);
                assert_true(abs(x - px) <= slack && abs(y - py) <= slack);
            }
        }
    }
}

static void output_and_picture_are_inverse(void **state) {
    (void)state;
    struct view view;
    view_fit(&view, canvas, 64, 64, 20, true);
    assert_true(view.zoom == 7); /* (533 - 40) / 64 = 7.7, a whole number below */
    for (int i = 0; i < 1000; i++) {
        struct point at = {(float)(i * 7 % 640) / 10, (float)(i * 13 % 640) / 10};
        struct point back = view_to_picture(&view, view_to_output(&view, at));
        /* One rounding in each direction of numbers below 1024. */
        assert_true(fabsf(back.x - at.x) < 1e-3F && fabsf(back.y - at.y) < 1e-3F);
    }
}

static void fitting_centres_the_whole_picture(void **state) {
    (void)state;
    const float sizes[][2] = {{64, 64}, {8192, 16}, {3, 5000}, {1, 1}};
    for (size_t i = 0; i < 4; i++) {
        struct view view;
        view_fit(&view, canvas, sizes[i][0], sizes[i][1], 10, true);
        struct area at = view_area(&view, 0, 0, sizes[i][0], sizes[i][1]);
        bool tiny = view.zoom <= 1.0F / 64;
        assert_true(tiny || (at.x >= canvas.x && at.x + at.w <= canvas.x + canvas.w));
        assert_true(tiny || (at.y >= canvas.y && at.y + at.h <= canvas.y + canvas.h));
        float left = at.x - canvas.x, right = canvas.x + canvas.w - at.x - at.w;
        assert_true(fabsf(left - right) <= 2);
    }
}

static void zooming_keeps_the_point_under_the_mouse(void **state) {
    (void)state;
    struct view view;
    struct point mouse = {400, 300};
    view_fit(&view, canvas, 64, 64, 20, true);
    struct point before = view_to_picture(&view, mouse);
    for (int i = 0; i < 40; i++) {
        view_zoom_at(&view, mouse, i < 20);
        struct point now = view_to_picture(&view, mouse);
        assert_true(view.left == floorf(view.left) && view.top == floorf(view.top));
        assert_true(view.zoom <= VIEW_ZOOM_MOST && view.zoom > 0);
        if (i < 20) { /* half an output pixel of rounding per step while closing in */
            assert_true(fabsf(now.x - before.x) * view.zoom <= (float)(i + 1) * view.zoom);
            assert_true(fabsf(now.x - before.x) <= 1 && fabsf(now.y - before.y) <= 1);
        }
    }
}

static void panning_never_loses_the_picture(void **state) {
    (void)state;
    const float far[] = {-1e5F, 1e5F};
    for (int i = 0; i < 4; i++) {
        struct view view;
        view_fit(&view, canvas, 64, 64, 20, true);
        view_pan(&view, far[i & 1], far[i >> 1]);
        struct area at = view_area(&view, 0, 0, 64, 64);
        assert_true(at.x < canvas.x + canvas.w && at.x + at.w > canvas.x);
        assert_true(at.y < canvas.y + canvas.h && at.y + at.h > canvas.y);
    }
}

static void outside_is_not_a_pixel(void **state) {
    (void)state;
    struct view view;
    int32_t x, y;
    view_fit(&view, canvas, 64, 64, 20, true);
    assert_false(view_pixel(&view, (struct point){view.left - 1, view.top + 5}, &x, &y));
    assert_true(view_pixel(&view, (struct point){view.left, view.top}, &x, &y));
    assert_true(x == 0 && y == 0);
    float edge = view.left + 64 * view.zoom;
    assert_true(view_pixel(&view, (struct point){edge - 0.5F, view.top}, &x, &y));
    assert_int_equal(x, 63);
    assert_false(view_pixel(&view, (struct point){edge, view.top}, &x, &y));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hits_the_pixel_under_the_mouse),
        cmocka_unit_test(output_and_picture_are_inverse),
        cmocka_unit_test(fitting_centres_the_whole_picture),
        cmocka_unit_test(zooming_keeps_the_point_under_the_mouse),
        cmocka_unit_test(panning_never_loses_the_picture),
        cmocka_unit_test(outside_is_not_a_pixel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
