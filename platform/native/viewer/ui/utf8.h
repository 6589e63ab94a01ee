/* UTF-8, byte by byte. */
#ifndef VIEWER_UI_UTF8_H
#define VIEWER_UI_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads one letter; returns its length in bytes, 0 if the bytes are malformed. */
size_t utf8_read(const char *string, uint32_t *letter);

/* Where the letter before position `at` begins (0 at the start), and where the one at `at` ends. */
size_t utf8_before(const char *string, size_t at);
size_t utf8_after(const char *string, size_t at);

#endif
