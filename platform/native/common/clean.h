/* Text that came from files, drivers or command lines, made fit for a line on a terminal. */
#ifndef CLI_COMMON_CLEAN_H
#define CLI_COMMON_CLEAN_H

#include "common/buffer.h"

#include <stdint.h>

/* False for what a terminal obeys instead of showing it: control characters (C0, DEL, C1), line and
 * paragraph separators, and marks that turn the direction of writing. */
bool clean_letter(uint32_t letter);

/* Puts a question mark in the place of each such letter and of each byte that is no UTF-8. The
 * result is never longer. */
void clean_text(char *text);

/* Appends the text so cleaned. False: no memory. */
bool clean_append(struct buffer *out, const char *text);

#endif
