/* unmask completion: a script that teaches a shell the commands and options. */
#include "args.h"
#include "common/report.h"
#include "complete/complete.h"

#include <string.h>

int cmd_completion(const struct args *args) {
    const char *shell = args->operands[0];
    if (strcmp(shell, "bash") == 0) {
        complete_bash();
    } else if (strcmp(shell, "zsh") == 0) {
        complete_zsh();
    } else if (strcmp(shell, "fish") == 0) {
        complete_fish();
    } else {
        return fail(EXIT_USAGE, "'%s' is none of: bash, zsh, fish", shell);
    }
    return 0;
}
