/* What a file is that is no model. */
#ifndef UM_MODEL_FOREIGN_H
#define UM_MODEL_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/* Names the kind of a file by its first `available` bytes, and says what to do about it, as the end
 * of a sentence: "expected a model, found " ...; NULL where they tell nothing. `file_bytes` is the
 * size of the whole. */
const char *um_foreign_kind(const uint8_t *bytes, size_t available, uint64_t file_bytes);

#endif
