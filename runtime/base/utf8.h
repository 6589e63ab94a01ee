/* UTF-8, one character at a time. */
#ifndef UM_BASE_UTF8_H
#define UM_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Reads the character at `text`, of which `left` bytes may be read, into *code. Its length in
 * bytes; 0 where the bytes are no character (or none are left), and *code is then unchanged. */
size_t um_utf8_read(const void *text, size_t left, uint32_t *code);

/* Writes `code`, at most U+10FFFF, to out; how many bytes, 1 to 4. */
size_t um_utf8_write(uint32_t code, char out[4]);

/* How many bytes of `text`, at most `most`, end with a whole character: for "%.*s". */
int um_utf8_fit(const char *text, int most);

/* The end of `text` from a whole character on, at most `most` bytes. */
const char *um_utf8_end(const char *text, size_t most);

/* Takes off what a cut in bytes left of a last character. */
void um_utf8_trim(char *text);

#endif
