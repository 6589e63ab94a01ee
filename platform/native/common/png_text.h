/* Texts of PNG files as UTF-8. */
#ifndef CLI_COMMON_PNG_TEXT_H
#define CLI_COMMON_PNG_TEXT_H

#include <stdbool.h>

/* A new string (free) of well-formed UTF-8; NULL: no memory. `international`: the chunk is an iTXt,
 * whose text should be UTF-8; what is not becomes U+FFFD. The other chunks hold Latin-1 by the
 * standard, but many programs put UTF-8 there: text that is well-formed is left as it is. */
char *png_text_utf8(const char *text, bool international);

#endif
