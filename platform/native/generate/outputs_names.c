#include "generate/outputs_names.h"

#include "common/buffer.h"

char *outputs_step_path(const struct outputs *outputs, uint32_t image, uint32_t step) {
    struct buffer path = {0};
    buffer_format(&path, "%s/", outputs->args->text[OPT_SAVE_STEPS]);
    if (outputs->several) {
        buffer_format(&path, "picture_%03u_", settings_image_index(outputs->settings, image));
    }
    buffer_format(&path, outputs->frame.steps < 100 ? "step_%02u.png" : "step_%04u.png", step);
    if (path.failed) {
        buffer_free(&path);
    }
    return (char *)path.bytes;
}
