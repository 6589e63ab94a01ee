/* Growable bytes. */
#include "common/buffer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct buffer *buffer, size_t more) {
    if (buffer->failed || more > SIZE_MAX / 4 - buffer->size) {
        buffer->failed = true;
        return false;
    }
    if (buffer->size + more <= buffer->capacity) {
        return true;
    }
    size_t capacity = (buffer->size + more) * 2;
    unsigned char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        buffer->failed = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return true;
}

bool buffer_append(struct buffer *buffer, const void *bytes, size_t size) {
    if (!reserve(buffer, size)) {
        return false;
    }
    if (size > 0) {
        memcpy(buffer->bytes + buffer->size, bytes, size);
        buffer->size += size;
    }
    return true;
}

bool buffer_text(struct buffer *buffer, const char *text) {
    return buffer_append(buffer, text, strlen(text));
}

bool buffer_format(struct buffer *buffer, const char *format, ...) {
    va_list list;
    va_start(list, format);
    bool ok = buffer_format_list(buffer, format, list);
    va_end(list);
    return ok;
}

bool buffer_format_list(struct buffer *buffer, const char *format, va_list list) {
    va_list again;
    va_copy(again, list);
    int length = vsnprintf(NULL, 0, format, list);
    bool ok = length >= 0 && reserve(buffer, (size_t)length + 1);
    if (ok) {
        vsnprintf((char *)buffer->bytes + buffer->size, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    return ok;
}

void buffer_free(struct buffer *buffer) {
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}
