/* unmask: the command-line program. Finds the command and runs it. */
#include "args.h"
#include "common/interrupt.h"
#include "common/report.h"
#include "input/picture_file.h"
#include "system/system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unmask/unmask.h>

static void print_version(void) {
    printf(
        "unmask %s\n%s\npictures: %s\nMIT licence; model files carry their own, see unmask info.\n",
        um_version(), um_build_info(), picture_file_formats());
}

/* A full disk or a closed pipe shows only when stdout is flushed. */
static int finish_stdout(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return code;
    }
    return code != 0 ? code : fail(UM_ERROR_IO, "cannot write to stdout: %s", strerror(errno));
}

int main(int argc, char **argv) {
    struct args args;
    system_start(&argc, &argv);
    report_setup(false, 0);
    int code = args_parse(&args, argc, argv);
    if (code != 0) {
        return code;
    }
    if (args.given[OPT_HELP] > 0) {
        args_help(args.command);
        return finish_stdout(0);
    }
    if (args.given[OPT_VERSION] > 0) {
        print_version();
        return finish_stdout(0);
    }
    report_setup(args.given[OPT_QUIET] > 0, args.given[OPT_VERBOSE]);
    interrupt_setup();
    code = args.command->run(&args);
    progress_clear();
    return finish_stdout(code);
}
