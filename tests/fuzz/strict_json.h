/* A reader of JSON for tests alone: RFC 8259 to the letter, sharing nothing with the program's. */
#ifndef FUZZ_STRICT_JSON_H
#define FUZZ_STRICT_JSON_H

#include <stdbool.h>
#include <stddef.h>

/* Called for every string, keys too, decoded to UTF-8; `text` is not NUL-terminated. */
typedef void (*strict_string_fn)(void *arg, const char *text, size_t length);

/* Whether the bytes are one JSON text in valid UTF-8 without anything that a terminal obeys. */
bool strict_json(const char *bytes, size_t size, strict_string_fn string, void *arg);

/* Whether the bytes are well-formed by table 3-7 of the Unicode standard. */
bool strict_utf8(const char *bytes, size_t size);

#endif
