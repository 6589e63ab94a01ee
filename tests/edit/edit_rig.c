/* Running edits. */
#include "edit/edit_rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

float *make_source(struct test_rand *r, uint32_t width, uint32_t height) {
    float *rgb = malloc(sizeof *rgb * 3 * width * height);
    assert_non_null(rgb);
    float phase[3], slope[3];
    for (int k = 0; k < 3; k++) {
        phase[k] = test_rand_unit(r);
        slope[k] = 0.02f + 0.1f * test_rand_unit(r);
    }
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            for (int k = 0; k < 3; k++) {
                float wave = sinf(6.0f * phase[k] + slope[k] * (float)x - 0.07f * (float)y);
                float value = 128.0f + 100.0f * wave + 20.0f * (test_rand_unit(r) - 0.5f);
                rgb[(y * width + x) * 3 + (uint32_t)k] = floorf(value) / 255.0f;
            }
        }
    }
    return rgb;
}

um_edit *begin_edit(struct rig *rig, const um_edit_params *params) {
    um_edit *edit = NULL;
    if (um_edit_begin(&edit, rig->model, params) != UM_OK)
        fail_msg("%s", rig->capture.text);
    return edit;
}

void step_edit(struct rig *rig, um_edit *edit) {
    if (um_edit_step(edit) != UM_OK)
        fail_msg("%s", rig->capture.text);
}

struct edit_result run_edit(struct rig *rig, const um_edit_params *params) {
    um_edit *edit = begin_edit(rig, params);
    uint32_t batch = params->draw.batch ? params->draw.batch : 1;
    struct edit_result r = {.info = *um_edit_get_info(edit), .steps = um_edit_step_count(edit)};
    r.cells = (size_t)r.info.grid_width * r.info.grid_height;
    r.values = (size_t)r.info.width * r.info.height * 3;
    r.tokens = malloc(sizeof *r.tokens * batch * r.cells);
    r.rgb = malloc(sizeof *r.rgb * batch * r.values);
    r.weight = malloc(sizeof *r.weight * r.values / 3);
    assert_true(r.tokens && r.rgb && r.weight);
    memcpy(r.weight, r.info.weight, sizeof *r.weight * r.values / 3);
    r.info.weight = r.weight;
    for (uint32_t step = 0; step < r.steps; step++) {
        assert_false(um_edit_done(edit));
        assert_int_equal(um_edit_step_index(edit), step);
        step_edit(rig, edit);
    }
    assert_true(um_edit_done(edit));
    for (uint32_t image = 0; image < batch; image++) {
        um_edit_view view;
        assert_int_equal(um_edit_get(edit, image, &view), UM_OK);
        assert_int_equal(view.masked, 0);
        memcpy(r.tokens + image * r.cells, view.tokens, sizeof *r.tokens * r.cells);
        if (um_edit_picture(edit, image, r.rgb + image * r.values) != UM_OK)
            fail_msg("%s", rig->capture.text);
    }
    um_edit_end(&edit);
    assert_null(edit);
    return r;
}

void free_result(struct edit_result *result) {
    free(result->tokens);
    free(result->rgb);
    free(result->weight);
    *result = (struct edit_result){0};
}

bool same_result(const struct edit_result *a, const struct edit_result *b) {
    return a->steps == b->steps && a->cells == b->cells && a->values == b->values &&
           memcmp(a->tokens, b->tokens, sizeof *a->tokens * a->cells) == 0 &&
           memcmp(a->rgb, b->rgb, sizeof *a->rgb * a->values) == 0;
}
