/* The GGUF v3 header of a model file, in the strict profile of docs/MODEL_FORMAT.md. Validates
 * bytes in place and allocates nothing; knows keys and tensors, but not what they mean. */
#ifndef UM_MODEL_CONTAINER_H
#define UM_MODEL_CONTAINER_H

#include "base/tensor.h"
#include "model/reader.h"

enum {
    UM_MAX_ENTRIES = 128,
    UM_DATA_ALIGNMENT = 256 /* of the data section and of every tensor in it */
};

enum um_gguf_type {
    UM_GGUF_U32 = 4,
    UM_GGUF_F32 = 6,
    UM_GGUF_BOOL = 7,
    UM_GGUF_STRING = 8,
    UM_GGUF_ARRAY = 9,
    UM_GGUF_TYPE_COUNT = 13
};

struct um_entry {
    struct um_text key;
    uint32_t type;    /* enum um_gguf_type */
    uint32_t element; /* of an array; else the same as type */
    uint32_t count;   /* of an array; else 1 */
    const uint8_t *value;
};

struct um_tensor_info {
    struct um_text name;
    enum um_dtype dtype;
    uint32_t n_dims, dims[4]; /* outermost first, unused entries 1 */
    uint64_t offset, bytes;   /* in the data section */
};

struct um_container {
    struct um_origin origin;
    const uint8_t *header;
    size_t header_bytes; /* padding included: where the data section starts */
    uint64_t data_bytes;
    uint32_t entry_count, tensor_count;
    struct um_entry entries[UM_MAX_ENTRIES];
    size_t tensors_at; /* first tensor info */
};

/* Checks every rule of the format's "Container" section that needs no tensor data. `header` holds
 * the file's first `available` bytes: the whole file or at least UM_MAX_HEADER_BYTES of it. It must
 * outlive the container. UM_OK or UM_ERROR_MODEL. */
um_status um_container_parse(struct um_container *container, const void *header, size_t available,
                             uint64_t file_bytes, const struct um_origin *origin);

/* NULL if there is none. */
const struct um_entry *um_container_find(const struct um_container *container, const char *key);

/* The info of tensor `index` at *cursor, which then moves to the next; start with tensors_at. */
um_status um_container_tensor(const struct um_container *container, size_t *cursor, uint32_t index,
                              struct um_tensor_info *info);

/* Element `index` of an entry of that type. */
uint32_t um_entry_u32(const struct um_entry *entry, uint32_t index);
float um_entry_f32(const struct um_entry *entry, uint32_t index);
bool um_entry_bool(const struct um_entry *entry, uint32_t index);

/* The string at *cursor, which then moves to the next one; start with entry->value. */
struct um_text um_entry_text(const uint8_t **cursor);

#endif
