/* Cutting UTF-8 to a length, so that no message ends, or begins, within a letter. */
#ifndef UM_BASE_TEXT_H
#define UM_BASE_TEXT_H

#include <stddef.h>

/* How many bytes of `text`, `most` or fewer, to show: for "%.*s". */
int um_text_fit(const char *text, int most);

/* The end of `text`, `most` bytes or fewer. */
const char *um_text_end(const char *text, size_t most);

/* Takes off what a cut in bytes left of a last letter. */
void um_text_trim(char *text);

#endif
