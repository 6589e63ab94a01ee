/* unmask outpaint: extends a picture beyond its edges. */
#include "common/png_io.h"
#include "common/report.h"
#include "edit/change.h"

static int widen(struct change *change, const struct args *args, const um_model_info *info) {
    uint64_t width = args->whole[OPT_PANORAMA] * info->image_width;
    if (args->given[OPT_LEFT] > 0 || args->given[OPT_RIGHT] > 0) {
        return fail(EXIT_USAGE, "--panorama cannot be used together with --left or --right");
    }
    if (width <= change->source.width || width > PNG_SIDE_LIMIT) {
        return fail(EXIT_USAGE, "--panorama: the picture would be %llu pixels wide; %s",
                    (unsigned long long)width,
                    width > PNG_SIDE_LIMIT ? "the limit is 8192" : "it is not narrower now");
    }
    uint32_t extra = (uint32_t)width - change->source.width;
    change->params.left = extra / 2;
    change->params.right = extra - extra / 2;
    return 0;
}

/* Sides count in pixels of the file, of which `factor` make one that is drawn. */
static uint32_t side(const struct change *change, const struct args *args, enum option_id id) {
    uint32_t asked = (uint32_t)args->whole[id];
    uint32_t drawn = (asked + change->factor - 1) / change->factor;
    if (drawn * change->factor != asked) {
        note("--%s: %u pixels become %u, because the picture is enlarged %u times",
             option_table()[id].name, asked, drawn * change->factor, change->factor);
    }
    return drawn;
}

static int complete(struct change *change, const struct args *args, const um_model_info *info) {
    um_edit_params *p = &change->params;
    p->left = side(change, args, OPT_LEFT);
    p->right = side(change, args, OPT_RIGHT);
    p->top = side(change, args, OPT_TOP);
    p->bottom = side(change, args, OPT_BOTTOM);
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
