/* Reads the bytes of a header one field after the other; every length is checked against what is
 * left before it is used. */
#include "model/reader.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TEXT_BYTES = 1 << 16 };

um_status um_wrong(const struct um_origin *origin, const char *field, const char *format, ...) {
    enum { FILE_BYTES = 255 };
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    um_utf8_trim(text);
    va_end(args);
    const char *end = um_utf8_end(origin->file, FILE_BYTES); /* that is where paths differ */
    return um_fail(origin->log, UM_ERROR_MODEL, "%s%s%s%s: %s", end != origin->file ? "..." : "",
                   end, field ? ": " : "", field ? field : "", text);
}

uint32_t um_load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t um_load_u64(const uint8_t *p) {
    return (uint64_t)um_load_u32(p) | (uint64_t)um_load_u32(p + 4) << 32;
}

const uint8_t *um_take(struct um_reader *r, const char *field, uint64_t bytes) {
    size_t left = r->end - r->at;
    if (bytes > left) {
        if (r->limited)
            um_wrong(r->origin, field, "expected a header of at most %d bytes, found a longer one",
                     UM_MAX_HEADER_BYTES);
        else
            um_wrong(r->origin, field,
                     "expected %" PRIu64 " more bytes, found the end of the file after %zu", bytes,
                     left);
        return NULL;
    }
    const uint8_t *start = r->bytes + r->at;
    r->at += (size_t)bytes;
    return start;
}

um_status um_take_u32(struct um_reader *r, const char *field, uint32_t *out) {
    const uint8_t *p = um_take(r, field, 4);
    if (!p)
        return UM_ERROR_MODEL;
    *out = um_load_u32(p);
    return UM_OK;
}

um_status um_take_u64(struct um_reader *r, const char *field, uint64_t *out) {
    const uint8_t *p = um_take(r, field, 8);
    if (!p)
        return UM_ERROR_MODEL;
    *out = um_load_u64(p);
    return UM_OK;
}

um_status um_take_text(struct um_reader *r, const char *field) {
    uint64_t bytes;
    const uint8_t *p;
    um_status status = um_take_u64(r, field, &bytes);
    if (status != UM_OK)
        return status;
    if (bytes > MAX_TEXT_BYTES)
        return um_wrong(r->origin, field, "expected a string of at most %d bytes, found %" PRIu64,
                        MAX_TEXT_BYTES, bytes);
    p = um_take(r, field, bytes);
    if (!p)
        return UM_ERROR_MODEL;
    for (size_t i = 0, step; i < bytes; i += step) {
        uint32_t code = 0;
        step = um_utf8_read(p + i, (size_t)bytes - i, &code);
        if (!step || !code)
            return um_wrong(r->origin, field,
                            "expected UTF-8 without NUL, found byte 0x%02x at %zu of the string",
                            p[i], i);
    }
    return UM_OK;
}

/* A key or a tensor name: copied to `name` with a NUL once it is known to be harmless. */
um_status um_take_name(struct um_reader *r, const char *field, struct um_text *text,
                       char name[UM_NAME_BYTES]) {
    uint64_t bytes;
    const uint8_t *p;
    um_status status = um_take_u64(r, field, &bytes);
    if (status != UM_OK)
        return status;
    if (bytes < 1 || bytes >= UM_NAME_BYTES)
        return um_wrong(r->origin, field, "expected a name of 1 to %d bytes, found %" PRIu64,
                        UM_NAME_BYTES - 1, bytes);
    p = um_take(r, field, bytes);
    if (!p)
        return UM_ERROR_MODEL;
    for (size_t i = 0; i < bytes; i++) {
        bool letter = p[i] >= 'a' && p[i] <= 'z', digit = p[i] >= '0' && p[i] <= '9';
        if (!letter && !digit && p[i] != '_' && p[i] != '.')
            return um_wrong(r->origin, field,
                            "expected a name of a-z, 0-9, _ and ., found byte 0x%02x at %zu", p[i],
                            i);
    }
    *text = (struct um_text){(const char *)p, (uint32_t)bytes};
    memcpy(name, p, (size_t)bytes);
    name[bytes] = '\0';
    return UM_OK;
}

bool um_text_is(struct um_text text, const char *expected) {
    return text.bytes == strlen(expected) && memcmp(text.at, expected, text.bytes) == 0;
}

const char *um_text_show(struct um_text text, char *out, size_t capacity) {
    size_t length = 0;
    for (; length < text.bytes && length + 1 < capacity; length++) {
        char byte = text.at[length];
        out[length] = byte >= ' ' && byte <= '~' ? byte : '?';
    }
    out[length] = '\0';
    return out;
}
