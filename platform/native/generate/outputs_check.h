/* Whether the outputs that were asked for make sense and can be written. */
#ifndef CLI_GENERATE_OUTPUTS_CHECK_H
#define CLI_GENERATE_OUTPUTS_CHECK_H

#include "generate/outputs.h"

/* Picks the sink and the scales, checks patterns, tries every folder, and makes sure that no output
 * is an input or another output. Exit code; a line is printed unless it is 0. */
int outputs_check(struct outputs *outputs);

/* How many outputs go to stdout: "-", hash lines, JSON. */
int outputs_use_stdout(const struct outputs *outputs);

#endif
