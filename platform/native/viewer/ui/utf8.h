/* Letters of UTF-8 around a cursor. */
#ifndef VIEWER_UI_UTF8_H
#define VIEWER_UI_UTF8_H

#include "common/utf8.h"

/* Where the letter before position `at` begins (0 at the start), and where the one at `at` ends. */
size_t utf8_before(const char *string, size_t at);
size_t utf8_after(const char *string, size_t at);

#endif
