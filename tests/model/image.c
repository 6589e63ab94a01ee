/* Byte surgery on a model file, by the format's definition and without the loader. */
#include "model/image.h"

#include "base/sha256.h"
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

static const char header_digest[] = "maskgit.sha256.header", data_digest[] = "maskgit.sha256.data";

uint64_t image_get(const struct image *image, size_t at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes; i-- > 0;)
        value = value << 8 | image->head[at + (size_t)i];
    return value;
}

void image_set(struct image *image, size_t at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        image->head[at + (size_t)i] = (uint8_t)(value >> (8 * i));
}

/* Where the length field stands that is followed by `text`. */
static bool find(const struct image *image, const char *text, size_t *at) {
    size_t length = strlen(text);
    for (size_t i = 24; i + 8 + length <= image->head_bytes; i++) {
        if (image_get(image, i, 8) == length && memcmp(image->head + i + 8, text, length) == 0) {
            *at = i;
            return true;
        }
    }
    return false;
}

size_t image_key_at(const struct image *image, const char *key) {
    size_t at = 0;
    if (!find(image, key, &at))
        fail_msg("the image has no %s", key);
    return at;
}

size_t image_type_at(const struct image *image, const char *key) {
    return image_key_at(image, key) + 8 + strlen(key);
}

size_t image_value_at(const struct image *image, const char *key) {
    return image_type_at(image, key) + 4;
}

size_t image_tensor_at(const struct image *image, const char *name) {
    return image_type_at(image, name);
}

static size_t scalar_bytes(uint64_t type) {
    static const uint8_t bytes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return bytes[type];
}

/* Bytes of the value at `at`, its type field not included. */
static size_t value_bytes(const struct image *image, size_t at, uint64_t type) {
    if (type == 8)
        return 8 + (size_t)image_get(image, at, 8);
    if (type != 9)
        return scalar_bytes(type);
    uint64_t element = image_get(image, at, 4), count = image_get(image, at + 4, 8);
    size_t bytes = 12;
    for (uint64_t i = 0; i < count; i++)
        bytes += value_bytes(image, at + bytes, element);
    return bytes;
}

struct image image_start(const struct tiny_model_options *options) {
    size_t size;
    uint8_t *file = tiny_model_build(options, &size);
    struct image image = {.head = file, .head_bytes = size};
    size_t tensor = image_tensor_at(&image, "dec.conv_out.bias"); /* the last one: 1 dimension */
    image.head_bytes = tensor + 4 + 8 + 4 + 8;
    size_t data = (image.head_bytes + 255) / 256 * 256;
    image.data_bytes = size - data;
    image.data = malloc(image.data_bytes);
    assert_non_null(image.data);
    memcpy(image.data, file + data, image.data_bytes);
    return image;
}

void image_free(struct image *image) {
    free(image->head);
    free(image->data);
    memset(image, 0, sizeof *image);
}

void image_splice(struct image *image, size_t at, size_t remove, const void *insert, size_t bytes) {
    size_t tail = image->head_bytes - at - remove;
    uint8_t *head = malloc(at + bytes + tail);
    assert_non_null(head);
    memcpy(head, image->head, at);
    if (bytes)
        memcpy(head + at, insert, bytes);
    memcpy(head + at + bytes, image->head + at + remove, tail);
    free(image->head);
    image->head = head;
    image->head_bytes = at + bytes + tail;
}

static void replace_value(struct image *image, const char *key, uint32_t type, const void *value,
                          size_t bytes) {
    size_t at = image_type_at(image, key);
    size_t old = value_bytes(image, at + 4, image_get(image, at, 4));
    image_set(image, at, type, 4);
    image_splice(image, at + 4, old, value, bytes);
}

void image_set_u32(struct image *image, const char *key, uint32_t value) {
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                        (uint8_t)(value >> 24)};
    replace_value(image, key, 4, bytes, sizeof bytes);
}

void image_set_f32(struct image *image, const char *key, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    image_set_u32(image, key, bits);
    image_set(image, image_type_at(image, key), 6, 4);
}

void image_set_string(struct image *image, const char *key, const char *text) {
    size_t length = strlen(text);
    uint8_t *value = malloc(8 + length);
    assert_non_null(value);
    for (int i = 0; i < 8; i++)
        value[i] = (uint8_t)((uint64_t)length >> (8 * i));
    memcpy(value + 8, text, length);
    replace_value(image, key, 8, value, 8 + length);
    free(value);
}

void image_remove_key(struct image *image, const char *key) {
    size_t at = image_key_at(image, key), type = image_type_at(image, key);
    size_t end = type + 4 + value_bytes(image, type + 4, image_get(image, type, 4));
    image_splice(image, at, end - at, NULL, 0);
    image_set(image, 16, image_get(image, 16, 8) - 1, 8);
}

void image_add_key(struct image *image, const char *key, uint32_t type, const void *value,
                   size_t bytes) {
    size_t length = strlen(key), at = image_key_at(image, "token_embd.weight");
    uint8_t *entry = calloc(1, 8 + length + 4 + bytes);
    assert_non_null(entry);
    entry[0] = (uint8_t)length;
    memcpy(entry + 8, key, length);
    entry[8 + length] = (uint8_t)type;
    memcpy(entry + 12 + length, value, bytes);
    image_splice(image, at, 0, entry, 12 + length + bytes);
    image_set(image, 16, image_get(image, 16, 8) + 1, 8);
    free(entry);
}

static void hash_into(uint8_t *digits, const uint8_t *bytes, size_t count) {
    struct um_sha256 hash;
    char hex[65];
    um_sha256_init(&hash);
    um_sha256_update(&hash, bytes, count);
    um_sha256_hex(&hash, hex);
    memcpy(digits, hex, 64);
}

/* Where the 64 digits of a digest are, if the key still is there and still has 64 of them. */
static uint8_t *digits_of(const struct image *image, uint8_t *file, const char *key, bool keep) {
    size_t at;
    if (keep || !find(image, key, &at))
        return NULL;
    at += 8 + strlen(key);
    bool usual = image_get(image, at, 4) == 8 && image_get(image, at + 4, 8) == 64;
    return usual ? file + at + 12 : NULL;
}

uint8_t *image_finish(const struct image *image, size_t *size) {
    size_t header = (image->head_bytes + 255) / 256 * 256, full = header + image->data_bytes;
    *size = full + image->extra - image->cut;
    uint8_t *file = calloc(1, full + image->extra);
    assert_non_null(file);
    memcpy(file, image->head, image->head_bytes);
    memset(file + image->head_bytes, image->padding, header - image->head_bytes);
    memcpy(file + header, image->data, image->data_bytes);
    uint8_t *digits = digits_of(image, file, data_digest, image->keep_data_digest);
    if (digits)
        hash_into(digits, file + header, image->data_bytes);
    digits = digits_of(image, file, header_digest, image->keep_header_digest);
    if (digits) {
        memset(digits, '0', 64);
        hash_into(digits, file, header);
    }
    return file;
}

void image_refused(struct image *image, const char *what, um_status status, const char *field,
                   const char *fragment) {
    struct um_model_file model;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    char start[128];
    size_t size;
    uint8_t *file = image_finish(image, &size);
    um_status found = um_model_file_from_memory(&model, file, size, "tiny", &reading, &log);
    um_model_file_close(&model);
    free(file);
    image_free(image);
    snprintf(start, sizeof start, "tiny: %s: expected ", field);
    if (found != status)
        fail_msg("%s: status %d instead of %d: %s", what, (int)found, (int)status, capture.text);
    if (capture.count != 1 || capture.level != UM_LOG_ERROR)
        fail_msg("%s: %u messages instead of one error: %s", what, capture.count, capture.text);
    if (strncmp(capture.text, start, strlen(start)) != 0 || !strstr(capture.text, ", found "))
        fail_msg("%s: \"%s\" is not \"%s..., found ...\"", what, capture.text, start);
    if (!strstr(capture.text, fragment))
        fail_msg("%s: \"%s\" does not contain \"%s\"", what, capture.text, fragment);
}

void image_accepted(struct image *image, const char *what) {
    struct um_model_file model;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    size_t size;
    uint8_t *file = image_finish(image, &size);
    um_status found = um_model_file_from_memory(&model, file, size, "tiny", &reading, &log);
    um_model_file_close(&model);
    free(file);
    image_free(image);
    if (found != UM_OK || capture.count)
        fail_msg("%s: status %d: %s", what, (int)found, capture.text);
}
