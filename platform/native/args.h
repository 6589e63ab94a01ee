/* Parsed command lines. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "options.h"

#include <stdbool.h>

enum { OPERAND_LIMIT = 4 };

struct args {
    const struct command_spec *command; /* NULL if only --help or --version was given */
    unsigned given[OPTION_COUNT];       /* how often; of options with arguments the last one wins */
    const char *text[OPTION_COUNT];     /* the argument as written, NULL if not given */
    uint64_t whole[OPTION_COUNT];       /* KIND_WHOLE */
    double real[OPTION_COUNT];          /* KIND_REAL */
    const char *operands[OPERAND_LIMIT];
    int operand_count;
};

/* Understands --name=value, --name value, -x value, -xvalue, -ab for flags, and -- as the end of
 * options. Strings stay argv's. Exit code: 0, or UM_ERROR_ARGUMENT with one line printed. With
 * --help or --version the number of operands is not checked. */
int args_parse(struct args *args, int argc, char **argv);

/* Says that there is no such command, and which one is near. Exit code. */
int args_unknown_command(const char *name);

/* The value of a number option, or `otherwise` if it was not given. */
uint64_t args_whole(const struct args *args, enum option_id id, uint64_t otherwise);
double args_real(const struct args *args, enum option_id id, double otherwise);

/* Stdin can be read once. Exit code: 0, or UM_ERROR_ARGUMENT with one line printed if several
 * inputs are to come from it. */
int args_check_stdin(const struct args *args);

/* --help on stdout: of one command, or of the program (NULL). */
void args_help(const struct command_spec *command);

#endif
