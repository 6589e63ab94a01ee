/* Draws a picture: draw MODEL.gguf CLASS OUT.ppm
 * Build: cc draw.c $(pkg-config --cflags --libs unmask) -o draw */
#include "ppm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unmask/unmask.h>

static void print_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level <= UM_LOG_WARN) {
        fprintf(stderr, "draw: %s\n", text);
    }
}

static um_status draw(um_model *model, const char *class_name, const char *path) {
    int32_t class_index = 0;
    um_status status = um_model_find_class(model, class_name, &class_index);
    const um_session_params params = {.classes = &class_index, .seed = 42};
    um_session *session = NULL;
    if (status == UM_OK) {
        status = um_session_begin(&session, model, &params);
    }
    while (status == UM_OK && !um_session_done(session)) {
        status = um_session_step(session);
    }
    const um_model_info *info = um_model_get_info(model);
    float *rgb = malloc(sizeof *rgb * 3 * info->image_width * info->image_height);
    if (status == UM_OK) {
        status = rgb != NULL ? um_session_decode(session, 0, rgb) : UM_ERROR_MEMORY;
    }
    if (status == UM_OK) {
        status = write_ppm(path, rgb, info->image_width, info->image_height);
    }
    free(rgb);
    um_session_end(&session);
    return status;
}

int main(int argc, char **argv) {
    um_context *context = NULL;
    um_model *model = NULL;
    const um_context_params params = {.log = print_log};
    um_status status = argc == 4 ? um_context_create(&context, &params) : UM_ERROR_ARGUMENT;
    if (status == UM_OK) {
        status = um_model_load(&model, context, argv[1]);
    }
    if (status == UM_OK) {
        status = draw(model, argv[2], argv[3]);
    }
    um_model_unload(&model);
    um_context_destroy(&context);
    fprintf(stderr, "draw: %s\n", um_status_text(status));
    return (int)status;
}
