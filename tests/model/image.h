/* A model file taken apart, edited and put together again, with valid digests unless told
 * otherwise: so that the rule under test rejects it, and not a digest. */
#ifndef UM_TESTS_MODEL_IMAGE_H
#define UM_TESTS_MODEL_IMAGE_H

#include "support/tiny_model.h"
#include "unmask/unmask.h"

struct image {
    uint8_t *head; /* everything up to the header's padding */
    size_t head_bytes;
    uint8_t *data;
    size_t data_bytes;
    uint8_t padding; /* fills the header's padding */
    bool keep_header_digest, keep_data_digest;
    size_t cut, extra; /* bytes to cut off the file's end, and to append to it */
};

/* The tiny model of these options (NULL = defaults). Ends the test on a missing key or tensor. */
struct image image_start(const struct tiny_model_options *options);
void image_free(struct image *image);

/* Offsets in `head`: of the value type after a key; of the first value byte (for strings and arrays
 * of their length field); of the u64 length before a key; of n_dims after a tensor's name. */
size_t image_type_at(const struct image *image, const char *key);
size_t image_value_at(const struct image *image, const char *key);
size_t image_key_at(const struct image *image, const char *key);
size_t image_tensor_at(const struct image *image, const char *name);

/* Overwrites `bytes` bytes of the head with a little-endian number. */
void image_set(struct image *image, size_t at, uint64_t value, int bytes);
uint64_t image_get(const struct image *image, size_t at, int bytes);

/* Replaces `remove` bytes at `at` by `insert`. */
void image_splice(struct image *image, size_t at, size_t remove, const void *insert, size_t bytes);

/* Whole values, whatever the old type: number, string, or raw bytes after the type field. */
void image_set_u32(struct image *image, const char *key, uint32_t value);
void image_set_f32(struct image *image, const char *key, float value);
void image_set_string(struct image *image, const char *key, const char *text);

void image_remove_key(struct image *image, const char *key);
void image_add_key(struct image *image, const char *key, uint32_t type, const void *value,
                   size_t bytes);

/* The file; free() it. */
uint8_t *image_finish(const struct image *image, size_t *size);

/* Loads the file and checks that it is refused with this status and a message of the form "tiny:
 * FIELD: expected ..., found ..." that contains `fragment`. Frees the image. `what` names the case.
 */
void image_refused(struct image *image, const char *what, um_status status, const char *field,
                   const char *fragment);

/* Loads the file and checks that it is accepted. Frees the image. */
void image_accepted(struct image *image, const char *what);

#endif
