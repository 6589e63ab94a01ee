/* What edit, outpaint and vary share: a source picture, an um_edit, and the outputs of generate. */
#ifndef CLI_EDIT_CHANGE_H
#define CLI_EDIT_CHANGE_H

#include "common/engine.h"
#include "input/picture_file.h"

struct change {
    struct picture_file source; /* at the size at which it was drawn */
    struct picture picture;     /* its pixels, composited on white */
    uint32_t factor;            /* the file was enlarged so many times; results are again */
    uint8_t *mask;              /* owned, or NULL */
    char class_name[256];       /* that the source picture says it shows, or "" */
    um_edit_params params;      /* filled by the command but for rgb, size, mask and draw */
};

/* Completes change->params once the model is known. Exit code; a line is printed unless it is 0. */
typedef int (*change_fn)(struct change *change, const struct args *args, const um_model_info *info);

/* The whole command: reads --init-img, --mask and --box, opens the engine, calls `complete` and
 * draws. Exit code. */
int change_run(const struct args *args, change_fn complete);

#endif
