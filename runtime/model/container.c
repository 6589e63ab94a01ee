/* One pass over the header that checks each entry and each tensor info by itself and in sequence.
 */
#include "model/container.h"

#include "base/mem.h"
#include "model/foreign.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TENSORS = 1024, MAX_ARRAY = 1 << 16, MAX_DIM = 1 << 24, GGUF_VERSION = 3 };

static const uint8_t scalar_bytes[UM_GGUF_TYPE_COUNT] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};

static um_status take_scalars(struct um_reader *r, const char *field, uint32_t type,
                              uint32_t count) {
    const uint8_t *p = um_take(r, field, (uint64_t)count * scalar_bytes[type]);
    if (!p)
        return UM_ERROR_MODEL;
    for (uint32_t i = 0; i < count && type == UM_GGUF_BOOL; i++)
        if (p[i] > 1)
            return um_wrong(r->origin, field, "expected a bool of 0 or 1, found %u", p[i]);
    return UM_OK;
}

static um_status take_value(struct um_reader *r, const char *field, struct um_entry *entry) {
    um_status status = UM_OK;
    if (entry->type == UM_GGUF_ARRAY) {
        uint64_t count;
        if ((status = um_take_u32(r, field, &entry->element)) != UM_OK ||
            (status = um_take_u64(r, field, &count)) != UM_OK)
            return status;
        if (entry->element >= UM_GGUF_TYPE_COUNT || entry->element == UM_GGUF_ARRAY)
            return um_wrong(r->origin, field,
                            "expected an array of scalars or strings, found element type %" PRIu32,
                            entry->element);
        if (count > MAX_ARRAY)
            return um_wrong(r->origin, field, "expected at most %d array elements, found %" PRIu64,
                            MAX_ARRAY, count);
        entry->count = (uint32_t)count;
    }
    entry->value = r->bytes + r->at;
    if (entry->element != UM_GGUF_STRING)
        return take_scalars(r, field, entry->element, entry->count);
    for (uint32_t i = 0; i < entry->count && status == UM_OK; i++)
        status = um_take_text(r, field);
    return status;
}

/* The two keys that decide how the rest is read; a foreign file is told apart here, before its
 * other contents can offend. */
static um_status check_profile(const struct um_container *c, const struct um_entry *entry) {
    if (um_text_is(entry->key, "general.architecture")) {
        const uint8_t *cursor = entry->value;
        char found[40];
        if (entry->type != UM_GGUF_STRING)
            return um_wrong(&c->origin, "general.architecture",
                            "expected a string, found type %" PRIu32, entry->type);
        struct um_text text = um_entry_text(&cursor);
        if (!um_text_is(text, "maskgit"))
            return um_wrong(&c->origin, "general.architecture",
                            "expected \"maskgit\", found \"%s\"",
                            um_text_show(text, found, sizeof found));
    }
    if (um_text_is(entry->key, "general.alignment")) {
        if (entry->type != UM_GGUF_U32)
            return um_wrong(&c->origin, "general.alignment", "expected a u32, found type %" PRIu32,
                            entry->type);
        if (um_entry_u32(entry, 0) != UM_DATA_ALIGNMENT)
            return um_wrong(&c->origin, "general.alignment", "expected %d, found %" PRIu32,
                            UM_DATA_ALIGNMENT, um_entry_u32(entry, 0));
    }
    return UM_OK;
}

static um_status read_entry(struct um_container *c, struct um_reader *r, uint32_t index) {
    struct um_entry *entry = &c->entries[index];
    char field[UM_NAME_BYTES];
    snprintf(field, sizeof field, "key %" PRIu32, index);
    um_status status = um_take_name(r, field, &entry->key, field);
    if (status != UM_OK)
        return status;
    if (um_container_find(c, field)) /* finds the earlier ones: this one is not counted yet */
        return um_wrong(&c->origin, field, "expected the key once, found it twice");
    status = um_take_u32(r, field, &entry->type);
    if (status != UM_OK)
        return status;
    if (entry->type >= UM_GGUF_TYPE_COUNT)
        return um_wrong(&c->origin, field, "expected a value type of 0 to %d, found %" PRIu32,
                        UM_GGUF_TYPE_COUNT - 1, entry->type);
    entry->element = entry->type;
    entry->count = 1;
    status = take_value(r, field, entry);
    if (status == UM_OK)
        status = check_profile(c, entry);
    if (status == UM_OK)
        c->entry_count = index + 1;
    return status;
}

static um_status read_dims(struct um_reader *r, const char *name, struct um_tensor_info *info) {
    const struct um_origin *origin = r->origin;
    um_status status = um_take_u32(r, name, &info->n_dims);
    if (status != UM_OK)
        return status;
    if (info->n_dims < 1 || info->n_dims > 4)
        return um_wrong(origin, name, "expected 1 to 4 dimensions, found %" PRIu32, info->n_dims);
    for (uint32_t i = info->n_dims; i-- > 0;) { /* the file has the innermost first */
        uint64_t size;
        if ((status = um_take_u64(r, name, &size)) != UM_OK)
            return status;
        if (size < 1 || size > MAX_DIM)
            return um_wrong(origin, name, "expected dimensions of 1 to %d, found %" PRIu64, MAX_DIM,
                            size);
        info->dims[i] = (uint32_t)size;
    }
    for (uint32_t i = info->n_dims; i < 4; i++)
        info->dims[i] = 1;
    return UM_OK;
}

static um_status size_of(const struct um_origin *origin, const char *name,
                         struct um_tensor_info *info) {
    uint64_t elements = 1, bytes = 0;
    bool fits = true;
    for (uint32_t i = 0; i < 4; i++)
        fits = fits && um_mul_u64(elements, info->dims[i], &elements);
    if (info->dtype == UM_F32)
        fits = fits && um_mul_u64(elements, 4, &bytes);
    else if (info->dtype == UM_F16)
        fits = fits && um_mul_u64(elements, 2, &bytes);
    else
        fits = fits && um_mul_u64(elements / 32, 34, &bytes);
    if (!fits || bytes > INT64_MAX)
        return um_wrong(origin, name,
                        "expected a size of at most 2^63 - 1 bytes, found a larger "
                        "product of its dimensions");
    info->bytes = bytes;
    return UM_OK;
}

static um_status read_dtype(struct um_reader *r, const char *name, struct um_tensor_info *info) {
    const struct um_origin *origin = r->origin;
    uint32_t type, innermost = info->dims[info->n_dims - 1];
    um_status status = um_take_u32(r, name, &type);
    if (status != UM_OK)
        return status;
    if (type != UM_F32 && type != UM_F16 && type != UM_Q8_0)
        return um_wrong(origin, name, "expected type F32 (0), F16 (1) or Q8_0 (8), found %" PRIu32,
                        type);
    if (type == UM_Q8_0 && innermost % 32)
        return um_wrong(origin, name,
                        "expected an innermost size divisible by 32 under Q8_0, found %" PRIu32,
                        innermost);
    info->dtype = (enum um_dtype)type;
    return UM_OK;
}

static um_status read_tensor(struct um_reader *r, uint32_t index, struct um_tensor_info *info,
                             char name[UM_NAME_BYTES]) {
    um_status status;
    snprintf(name, UM_NAME_BYTES, "tensor %" PRIu32, index);
    if ((status = um_take_name(r, name, &info->name, name)) != UM_OK ||
        (status = read_dims(r, name, info)) != UM_OK ||
        (status = read_dtype(r, name, info)) != UM_OK ||
        (status = um_take_u64(r, name, &info->offset)) != UM_OK)
        return status;
    return size_of(r->origin, name, info);
}

static bool round_up(uint64_t value, uint64_t *out) {
    uint64_t sum;
    if (!um_add_u64(value, UM_DATA_ALIGNMENT - 1, &sum))
        return false;
    *out = sum / UM_DATA_ALIGNMENT * UM_DATA_ALIGNMENT;
    return true;
}

/* Names are not compared with each other here: the model's tensor list fixes each one of them. */
static um_status read_tensors(struct um_container *c, struct um_reader *r, uint64_t *data_end) {
    uint64_t end = 0;
    c->tensors_at = r->at;
    for (uint32_t i = 0; i < c->tensor_count; i++) {
        struct um_tensor_info info;
        char name[UM_NAME_BYTES];
        uint64_t expected;
        um_status status = read_tensor(r, i, &info, name);
        if (status != UM_OK)
            return status;
        if (!round_up(end, &expected) || !um_add_u64(expected, info.bytes, &end))
            return um_wrong(&c->origin, name,
                            "expected a data section below 2^64 bytes, found a "
                            "larger sum of tensor sizes");
        if (info.offset != expected)
            return um_wrong(&c->origin, name, "expected offset %" PRIu64 ", found %" PRIu64,
                            expected, info.offset);
    }
    *data_end = end;
    return UM_OK;
}

static um_status check_magic(const struct um_container *c, struct um_reader *r,
                             uint64_t file_bytes) {
    static const char magic[] = "GGUF";
    if (r->end >= 4 && memcmp(r->bytes, magic, 4) == 0)
        return um_take(r, "magic", 4) ? UM_OK : UM_ERROR_MODEL;
    const char *kind = um_foreign_kind(r->bytes, r->end, file_bytes);
    if (kind)
        return um_wrong(&c->origin, NULL, "expected a model, found %s", kind);
    const uint8_t *p = um_take(r, "magic", 4);
    return p ? um_wrong(&c->origin, "magic",
                        "expected \"%s\", found bytes %02x %02x %02x %02x: no model file", magic,
                        p[0], p[1], p[2], p[3])
             : UM_ERROR_MODEL;
}

static um_status read_counts(struct um_container *c, struct um_reader *r, uint64_t file_bytes,
                             uint32_t *entries) {
    um_status status = check_magic(c, r, file_bytes);
    uint32_t version;
    uint64_t tensors, keys;
    if (status != UM_OK)
        return status;
    if ((status = um_take_u32(r, "version", &version)) != UM_OK)
        return status;
    if (version != GGUF_VERSION)
        return um_wrong(&c->origin, "version", "expected %d, found %" PRIu32 "%s", GGUF_VERSION,
                        version, version == 0x03000000u ? " (a big-endian file)" : "");
    if ((status = um_take_u64(r, "n_tensors", &tensors)) != UM_OK ||
        (status = um_take_u64(r, "n_kv", &keys)) != UM_OK)
        return status;
    if (tensors < 1 || tensors > MAX_TENSORS)
        return um_wrong(&c->origin, "n_tensors", "expected 1 to %d, found %" PRIu64, MAX_TENSORS,
                        tensors);
    if (keys < 1 || keys > UM_MAX_ENTRIES)
        return um_wrong(&c->origin, "n_kv", "expected 1 to %d, found %" PRIu64, UM_MAX_ENTRIES,
                        keys);
    c->tensor_count = (uint32_t)tensors;
    *entries = (uint32_t)keys;
    return UM_OK;
}

static um_status check_end(struct um_container *c, struct um_reader *r, uint64_t file_bytes,
                           uint64_t data_end) {
    size_t bytes = (UM_DATA_ALIGNMENT - r->at % UM_DATA_ALIGNMENT) % UM_DATA_ALIGNMENT;
    const uint8_t *padding = um_take(r, "header padding", bytes);
    if (!padding)
        return UM_ERROR_MODEL;
    for (size_t i = 0; i < bytes; i++)
        if (padding[i])
            return um_wrong(&c->origin, "header padding", "expected zeros, found 0x%02x",
                            padding[i]);
    c->header_bytes = r->at;
    c->data_bytes = file_bytes - r->at;
    if (c->data_bytes != data_end)
        return um_wrong(&c->origin, "file size",
                        "expected %zu bytes of header and %" PRIu64
                        " of tensor data, found %" PRIu64 " in all",
                        c->header_bytes, data_end, file_bytes);
    return UM_OK;
}

um_status um_container_parse(struct um_container *container, const void *header, size_t available,
                             uint64_t file_bytes, const struct um_origin *origin) {
    struct um_container *c = container;
    *c = (struct um_container){.origin = *origin, .header = header};
    struct um_reader r = {.origin = &c->origin, .bytes = c->header, .end = available};
    if (available > UM_MAX_HEADER_BYTES)
        r.end = UM_MAX_HEADER_BYTES;
    r.limited = file_bytes > r.end;
    uint32_t entries = 0;
    uint64_t data_end = 0;
    um_status status = read_counts(c, &r, file_bytes, &entries);
    for (uint32_t i = 0; i < entries && status == UM_OK; i++)
        status = read_entry(c, &r, i);
    if (status == UM_OK)
        status = read_tensors(c, &r, &data_end);
    if (status == UM_OK)
        status = check_end(c, &r, file_bytes, data_end);
    return status;
}

const struct um_entry *um_container_find(const struct um_container *container, const char *key) {
    for (uint32_t i = 0; i < container->entry_count; i++)
        if (um_text_is(container->entries[i].key, key))
            return &container->entries[i];
    return NULL;
}

um_status um_container_tensor(const struct um_container *container, size_t *cursor, uint32_t index,
                              struct um_tensor_info *info) {
    struct um_reader r = {.origin = &container->origin,
                          .bytes = container->header,
                          .at = *cursor,
                          .end = container->header_bytes};
    char name[UM_NAME_BYTES];
    um_status status = read_tensor(&r, index, info, name);
    *cursor = r.at;
    return status;
}

uint32_t um_entry_u32(const struct um_entry *entry, uint32_t index) {
    return um_load_u32(entry->value + (size_t)index * 4);
}

float um_entry_f32(const struct um_entry *entry, uint32_t index) {
    uint32_t bits = um_entry_u32(entry, index);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

bool um_entry_bool(const struct um_entry *entry, uint32_t index) {
    return entry->value[index] != 0;
}

struct um_text um_entry_text(const uint8_t **cursor) {
    struct um_text text = {(const char *)*cursor + 8, (uint32_t)um_load_u64(*cursor)};
    *cursor += 8 + (size_t)text.bytes;
    return text;
}
