/* unmask edit: redraws part of a picture. */
#include "common/report.h"
#include "edit/change.h"

static int complete(struct change *change, const struct args *args, const um_model_info *info) {
    (void)args;
    (void)info;
    return change->mask != NULL
               ? 0
               : fail(EXIT_USAGE, "edit needs a part to redraw: give --mask or --box");
}

int cmd_edit(const struct args *args) {
    return change_run(args, complete);
}
