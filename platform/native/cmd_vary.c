/* unmask vary: draws variations of a picture. */
#include "common/report.h"
#include "edit/change.h"

#include <string.h>

static int complete(struct change *change, const struct args *args, const um_model_info *info) {
    (void)info;
    const char *order = args->text[OPT_ORDER];
    change->params.vary_share = (float)args_real(args, OPT_SHARE, 0.5);
    if (order != NULL && strcmp(order, "halton") == 0) {
        change->params.vary_order = UM_VARY_HALTON;
    } else if (order != NULL && strcmp(order, "confidence") != 0) {
        return fail(EXIT_USAGE, "--order: '%s' is none of: confidence, halton", order);
    }
    return 0;
}

int cmd_vary(const struct args *args) {
    return change_run(args, complete);
}
