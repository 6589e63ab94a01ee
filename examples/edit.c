/* Draws the right half of a picture anew: edit MODEL.gguf CLASS IN.ppm OUT.ppm
 * The picture is at least as large as the model's; draw.c writes such files.
 * Build: cc edit.c $(pkg-config --cflags --libs unmask) -o edit */
#include "ppm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unmask/unmask.h>

static um_status edit(um_model *model, const char *class_name, float *rgb, unsigned width,
                      unsigned height) {
    int32_t class_index = 0;
    um_status status = um_model_find_class(model, class_name, &class_index);
    uint8_t *mask = calloc(height, width); /* what is not 0 is drawn anew */
    for (unsigned y = 0; mask != NULL && y < height; y++) {
        memset(mask + (size_t)y * width + width / 2, 1, width - width / 2);
    }
    const um_edit_params params = {.rgb = rgb,
                                   .width = width,
                                   .height = height,
                                   .mask = mask,
                                   .draw = {.classes = &class_index, .seed = 7}};
    um_edit *edit = NULL;
    if (status == UM_OK) {
        status = mask != NULL ? um_edit_begin(&edit, model, &params) : UM_ERROR_MEMORY;
    }
    while (status == UM_OK && !um_edit_done(edit)) {
        status = um_edit_step(edit);
    }
    if (status == UM_OK) {
        status = um_edit_picture(edit, 0, rgb); /* params' arrays were copied */
    }
    um_edit_end(&edit);
    free(mask);
    return status;
}

int main(int argc, char **argv) {
    um_context *context = NULL;
    um_model *model = NULL;
    unsigned width, height;
    float *rgb = argc == 5 ? read_ppm(argv[3], &width, &height) : NULL;
    um_status status = rgb != NULL ? um_context_create(&context, NULL) : UM_ERROR_ARGUMENT;
    if (status == UM_OK) {
        status = um_model_load(&model, context, argv[1]);
    }
    status = status == UM_OK ? edit(model, argv[2], rgb, width, height) : status;
    status = status == UM_OK ? write_ppm(argv[4], rgb, width, height) : status;
    free(rgb);
    um_model_unload(&model);
    um_context_destroy(&context);
    fprintf(stderr, "edit: %s\n", um_status_text(status));
    return (int)status;
}
