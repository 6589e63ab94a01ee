/* Numbers in text, read the same under every locale. */
#ifndef UM_SAMPLER_NUMBER_H
#define UM_SAMPLER_NUMBER_H

#include <stdbool.h>

/* Reads digits[.digits], at most 100 digits, and moves *text past it; false if there is none. */
bool um_parse_number(const char **text, double *number);

#endif
