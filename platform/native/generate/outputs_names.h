/* The names of files that the command line does not spell out. */
#ifndef CLI_GENERATE_OUTPUTS_NAMES_H
#define CLI_GENERATE_OUTPUTS_NAMES_H

#include "generate/outputs.h"

/* The file of one step in --save-steps (free); NULL when memory has run out. */
char *outputs_step_path(const struct outputs *outputs, uint32_t image, uint32_t step);

#endif
