/* UTF-8, one character at a time. */
#ifndef UM_BASE_UTF8_H
#define UM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at `text`, at most `left` bytes, into *code. Returns its length in bytes; 0
 * if the bytes are not a character (or none are left), and *code is then unchanged. */
size_t um_utf8_read(const void *text, size_t left, uint32_t *code);

/* Writes `code`, at most U+10FFFF, to out. Returns the number of bytes, 1 to 4. */
size_t um_utf8_write(uint32_t code, char out[4]);

/* The number of bytes of `text`, at most `most`, that end with a whole character; for "%.*s". */
int um_utf8_fit(const char *text, int most);

/* The last part of `text`, at most `most` bytes, that starts with a whole character. */
const char *um_utf8_end(const char *text, size_t most);

/* Removes an incomplete last character, which a cut in bytes may have left. */
void um_utf8_trim(char *text);

#endif
