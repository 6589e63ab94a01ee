/* Edits on the best Vulkan device that is visible, against the CPU backend: the outside exact, the
 * tokens mostly equal, twice the same bytes. Exit code 77 = no Vulkan device. */
#include "edit/edit_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WIDTH = 57, HEIGHT = 45 };

static const struct tiny_model_options MODEL = {.grid = 8};
static struct rig cpu, gpu;

static int close_rigs(void **state) {
    (void)state;
    rig_close(&cpu);
    rig_close(&gpu);
    return 0;
}

static um_edit_params params_of(int which, const float *rgb, const uint8_t *mask) {
    um_edit_params p = {.rgb = rgb,
                        .width = WIDTH,
                        .height = HEIGHT,
                        .draw = {.batch = 2, .seed = 42, .sampling.steps = 6}};
    p.mask = which == 0 ? mask : NULL;
    p.right = which == 1 ? 30 : 0;
    p.vary_share = which == 2 ? 0.4f : 0.0f;
    return p;
}

static void edits_agree(void **state) {
    (void)state;
    struct test_rand r = {1};
    static uint8_t mask[WIDTH * HEIGHT];
    float *source = make_source(&r, WIDTH, HEIGHT);
    for (uint32_t y = 10; y < 30; y++)
        memset(mask + y * WIDTH + 20, 1, 15);
    for (int which = 0; which < 3; which++) {
        um_edit_params params = params_of(which, source, mask);
        struct edit_result a = run_edit(&gpu, &params), b = run_edit(&gpu, &params);
        struct edit_result c = run_edit(&cpu, &params);
        assert_true(same_result(&a, &b));
        size_t equal = 0;
        for (size_t i = 0; i < 2 * a.cells; i++)
            equal += a.tokens[i] == c.tokens[i];
        printf("kind %d: %zu of %zu tokens equal to the CPU's\n", which, equal, 2 * a.cells);
        // a draw on the border between two codes may go the other way and change what follows
        assert_true(equal * 10 >= 2 * a.cells * 9);
        for (size_t i = 0; which == 0 && i < a.values; i++) {
            if (a.weight[i / 3] == 0.0f)
                assert_true(a.rgb[i] == source[i]);
        }
        free_result(&a);
        free_result(&b);
        free_result(&c);
    }
    free(source);
}

static bool has_vulkan(void) {
    um_device_info list[32];
    size_t count = 0;
    um_devices(list, 32, &count, NULL, NULL);
    for (size_t i = 0; i < count && i < 32; i++) {
        if (strcmp(list[i].backend, "vulkan") == 0)
            return true;
    }
    return false;
}

static int open_rigs(void **state) {
    (void)state;
    rig_open(&cpu, "cpu", 2, &MODEL);
    rig_open(&gpu, "vulkan", 0, &MODEL);
    return 0;
}

int main(void) {
    if (!has_vulkan()) {
        puts("skipped: no Vulkan device");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(edits_agree)};
    return cmocka_run_group_tests(tests, open_rigs, close_rigs);
}
