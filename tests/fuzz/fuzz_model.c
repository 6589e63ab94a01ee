/* libFuzzer: any header. An input is one control byte and a file's header; the harness appends the
 * data section that the header asks for and, unless told not to, seals both digests, so that
 * mutations reach the rules behind them. */
#include "base/sha256.h"
#include "graph/layout.h"
#include "model/alloc_hook.h"
#include "model/container.h"
#include "model/model_file.h"

#include <stdlib.h>
#include <string.h>

static const struct um_reading reading = {.layout = um_weight_layout};

enum { MAX_INPUT = 1 << 16, MAX_DATA = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t data_needed(const struct um_container *c) {
    size_t cursor = c->tensors_at;
    struct um_tensor_info info = {0};
    for (uint32_t i = 0; i < c->tensor_count; i++)
        if (um_container_tensor(c, &cursor, i, &info) != UM_OK)
            abort(); /* the parser has passed all of them */
    return info.offset + info.bytes;
}

static uint8_t *digits_of(const struct um_container *c, uint8_t *file, const char *key) {
    const struct um_entry *entry = um_container_find(c, key);
    if (!entry || entry->type != UM_GGUF_STRING)
        return NULL;
    const uint8_t *cursor = entry->value;
    struct um_text text = um_entry_text(&cursor);
    return text.bytes == 64 ? file + ((const uint8_t *)text.at - c->header) : NULL;
}

static void hash_into(uint8_t *digits, const uint8_t *bytes, size_t count) {
    struct um_sha256 hash;
    char hex[65];
    um_sha256_init(&hash);
    um_sha256_update(&hash, bytes, count);
    um_sha256_hex(&hash, hex);
    memcpy(digits, hex, 64);
}

static void seal(const struct um_container *c, uint8_t *file, size_t size) {
    uint8_t *digits = digits_of(c, file, "maskgit.sha256.data");
    if (digits)
        hash_into(digits, file + c->header_bytes, size - c->header_bytes);
    digits = digits_of(c, file, "maskgit.sha256.header");
    if (digits) {
        memset(digits, '0', 64);
        hash_into(digits, file, c->header_bytes);
    }
}

/* A block of exactly the file's size, so that AddressSanitizer guards its end. */
static uint8_t *build(const uint8_t *header, size_t bytes, bool sealed, size_t *size) {
    struct um_origin silent = {.file = "fuzz"};
    static struct um_container c;
    size_t padded = (bytes + 255) / 256 * 256;
    uint8_t *file = calloc(1, padded ? padded : 1);
    if (!file)
        abort();
    memcpy(file, header, bytes);
    *size = padded;
    um_container_parse(&c, file, padded, padded, &silent);
    if (!c.header_bytes) /* refused before the parser reached the end */
        return file;
    uint64_t needed = data_needed(&c);
    if (needed > MAX_DATA)
        return file;
    uint8_t *whole = calloc(1, c.header_bytes + (size_t)needed);
    if (!whole)
        abort();
    memcpy(whole, file, c.header_bytes);
    free(file);
    *size = c.header_bytes + (size_t)needed;
    if (um_container_parse(&c, whole, *size, *size, &silent) != UM_OK)
        abort(); /* only the size was wrong */
    if (sealed)
        seal(&c, whole, *size);
    return whole;
}

static void touch(const struct um_model_file *model) {
    static const char *const texts[] = {"0", "class", "\xe2\x9d\xa4", "x y"};
    int32_t index;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (um_model_file_find_class(model, texts[i], &index, NULL) == UM_OK &&
            (index < 0 || (uint32_t)index >= model->config.class_count))
            abort();
    for (uint32_t i = 0; i < model->tensor_count; i++) {
        const struct um_tensor *t = &model->tensors[i];
        const uint8_t *first = t->data;
        if (um_tensor_elements(t) == 0 || first[0] + first[t->bytes - 1] != 0)
            abort(); /* the data is all zeros, and the sanitizer sees its first and last byte read
                      */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > MAX_INPUT)
        return 0;
    struct um_model_file model;
    size_t file_bytes;
    uint8_t *file = build(data + 1, size - 1, (data[0] & 1) == 0, &file_bytes);
    alloc_hook_reset();
    alloc_hook.fail_at = data[0] >> 1 & 7;
    um_status status = um_model_file_from_memory(&model, file, file_bytes, "fuzz", &reading, NULL);
    if (status == UM_OK)
        touch(&model);
    bool known = status == UM_OK || status == UM_ERROR_MODEL || status == UM_ERROR_CHECK ||
                 (status == UM_ERROR_MEMORY && alloc_hook.fail_at);
    um_model_file_close(&model);
    if (!known || alloc_hook.live || alloc_hook.peak_bytes > file_bytes + (64 << 20))
        abort();
    free(file);
    return 0;
}
