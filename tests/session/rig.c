/* Opening and running with every status checked. */
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void open_context(struct rig *rig, const char *device, uint32_t threads) {
    memset(rig, 0, sizeof *rig);
    struct um_log log = check_log_start(&rig->capture);
    um_context_params params = {
        .device = device, .threads = threads, .log = log.fn, .log_user = log.user};
    if (um_context_create(&rig->context, &params) != UM_OK)
        fail_msg("%s", rig->capture.text);
}

static void measure(struct rig *rig) {
    rig->info = um_model_get_info(rig->model);
    rig->positions = (size_t)rig->info->grid_width * rig->info->grid_height;
    rig->pixels = (size_t)3 * rig->info->image_width * rig->info->image_height;
}

void rig_open(struct rig *rig, const char *device, uint32_t threads,
              const struct tiny_model_options *options) {
    const struct tiny_model_options defaults = {0};
    open_context(rig, device, threads);
    size_t size;
    void *bytes = tiny_model_build(options ? options : &defaults, &size);
    um_status status = um_model_load_memory(&rig->model, rig->context, bytes, size, "tiny");
    free(bytes);
    if (status != UM_OK)
        fail_msg("%s", rig->capture.text);
    measure(rig);
}

bool rig_open_file(struct rig *rig, const char *device, uint32_t threads, const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    fclose(file);
    open_context(rig, device, threads);
    if (um_model_load(&rig->model, rig->context, path) != UM_OK)
        fail_msg("%s", rig->capture.text);
    measure(rig);
    return true;
}

void rig_close(struct rig *rig) {
    um_model_unload(&rig->model);
    um_context_destroy(&rig->context);
}

void rig_generate(struct rig *rig, const um_session_params *params, int32_t *tokens, float *rgb) {
    um_session *session = NULL;
    if (um_session_begin(&session, rig->model, params) != UM_OK)
        fail_msg("%s", rig->capture.text);
    while (!um_session_done(session)) {
        if (um_session_step(session) != UM_OK)
            fail_msg("%s", rig->capture.text);
    }
    uint32_t batch = params && params->batch ? params->batch : 1;
    for (uint32_t image = 0; image < batch; image++) {
        um_session_view view;
        assert_int_equal(um_session_get(session, image, &view), UM_OK);
        assert_int_equal(view.masked, 0);
        if (tokens)
            memcpy(tokens + image * rig->positions, view.tokens, rig->positions * sizeof *tokens);
        if (rgb && um_session_decode(session, image, rgb + image * rig->pixels) != UM_OK)
            fail_msg("%s", rig->capture.text);
    }
    um_session_end(&session);
    assert_null(session);
}
