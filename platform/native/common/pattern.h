/* File name patterns: out_%03d.png. */
#ifndef CLI_COMMON_PATTERN_H
#define CLI_COMMON_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

/* Checks that `pattern` holds exactly one %d or %0Nd (N 1 to 9) and otherwise only %%, which stands
 * for %; with `several` = false no field is fine, too. Exit code: 0, or UM_ERROR_ARGUMENT with one
 * line printed. */
int pattern_check(const char *pattern, bool several, const char *option);

/* The name for `index` as a new string (free); NULL when memory has run out. The pattern must have
 * been checked. */
char *pattern_name(const char *pattern, uint32_t index);

#endif
