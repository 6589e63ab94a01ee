/* UTF-8, byte by byte. */
#ifndef CLI_COMMON_UTF8_H
#define CLI_COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads one letter; returns its length in bytes, 0 if the bytes are malformed. NUL is a letter. */
size_t utf8_read(const char *string, uint32_t *letter);

/* The bytes of the letter, into `bytes` (at most 4). Returns how many. */
size_t utf8_write(char *bytes, uint32_t letter);

/* Whether the whole string is well-formed. */
bool utf8_valid(const char *string);

/* How many bytes of `string`, `most` or fewer, to take so that no letter is cut in two. */
size_t utf8_fit(const char *string, size_t most);

/* Takes off what a cut in bytes left of a last letter. */
void utf8_trim(char *string);

/* Copies what fits into `size` bytes, whole letters only, with a NUL. */
void utf8_copy(char *room, size_t size, const char *string);

#endif
