/* The files that a command line names, for common/claims.h. */
#ifndef CLI_CALL_FILES_H
#define CLI_CALL_FILES_H

#include "args.h"
#include "common/claims.h"

/* Every file that the call reads: operands, options, the model (NULL = none). */
void call_inputs(struct claims *claims, const struct args *args, const char *model);

/* Checks a call with one output. Exit code; a line is printed unless it is 0. */
int call_check_output(const struct args *args, const char *model, const char *output);

/* Whether call_inputs() knows the option as one that names a file to read. */
bool call_reads(enum option_id id);

#endif
