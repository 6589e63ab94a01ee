/* unmask outpaint: draws what lies beyond the sides of a picture. */
#include "common/report.h"
#include "edit/change.h"

static int widen(struct change *change, const struct args *args, const um_model_info *info) {
    uint64_t width = args->whole[OPT_PANORAMA] * info->image_width;
    if (args->given[OPT_LEFT] > 0 || args->given[OPT_RIGHT] > 0) {
        return fail(EXIT_USAGE, "--panorama and --left or --right exclude each other");
    }
    if (width <= change->source.width || width > PNG_SIDE_LIMIT) {
        return fail(EXIT_USAGE, "--panorama: %llu pixels are not %s", (unsigned long long)width,
                    width > PNG_SIDE_LIMIT ? "8192 or less" : "more than the picture has");
    }
    uint32_t extra = (uint32_t)width - change->source.width;
    change->params.left = extra / 2;
    change->params.right = extra - extra / 2;
    return 0;
}

static int complete(struct change *change, const struct args *args, const um_model_info *info) {
    um_edit_params *p = &change->params;
    p->left = (uint32_t)args->whole[OPT_LEFT];
    p->right = (uint32_t)args->whole[OPT_RIGHT];
    p->top = (uint32_t)args->whole[OPT_TOP];
    p->bottom = (uint32_t)args->whole[OPT_BOTTOM];
    int code = args->given[OPT_PANORAMA] > 0 ? widen(change, args, info) : 0;
    if (code == 0 && p->left == 0 && p->right == 0 && p->top == 0 && p->bottom == 0) {
        code = fail(EXIT_USAGE, "outpaint needs a side: give --left, --right, --top, --bottom or "
                                "--panorama");
    }
    return code;
}

int cmd_outpaint(const struct args *args) {
    return change_run(args, complete);
}
