/* unmask verify: checks a model file. */
#include "args.h"
#include "common/report.h"

int cmd_verify(const struct args *args) {
    const char *path = args->operands[0];
    int code = fail_status(um_verify_file(path, report_log, NULL));
    if (code == 0) {
        put_line("%s: ok", path);
    }
    return code;
}
