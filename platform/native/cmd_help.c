/* unmask help: what --help prints, asked for in another way. */
#include "args.h"
#include "common/report.h"

#include <string.h>

int cmd_help(const struct args *args) {
    if (args->operand_count == 0) {
        args_help(NULL);
        return 0;
    }
    for (size_t i = 0; i < command_count; i++) {
        if (strcmp(command_table[i].name, args->operands[0]) == 0) {
            args_help(&command_table[i]);
            return 0;
        }
    }
    return args_unknown_command(args->operands[0]);
}
