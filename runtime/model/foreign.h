/* Recognises files that are not models, for error messages. */
#ifndef UM_MODEL_FOREIGN_H
#define UM_MODEL_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* Names the kind of a file from its first `available` bytes, and what to do about it, as the end of
 * the sentence "expected a model, found ..."; NULL if the kind is not known. `file_bytes` is the
 * size of the whole file. */
const char *um_foreign_kind(const uint8_t *bytes, size_t available, uint64_t file_bytes);

#endif
