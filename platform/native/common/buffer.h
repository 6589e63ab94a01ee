/* Bytes that grow at the end. Running out of memory is remembered, so callers check once. */
#ifndef CLI_COMMON_BUFFER_H
#define CLI_COMMON_BUFFER_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct buffer {
    unsigned char *bytes; /* NULL while empty; free with buffer_free() */
    size_t size, capacity;
    bool failed; /* an append did not fit into memory; the content is incomplete */
};

/* Returns false, and from then on always false, when memory has run out. */
bool buffer_append(struct buffer *buffer, const void *bytes, size_t size);
bool buffer_text(struct buffer *buffer, const char *text);

__attribute__((format(printf, 2, 3))) bool buffer_format(struct buffer *buffer, const char *format,
                                                         ...);
__attribute__((format(printf, 2, 0))) bool buffer_format_list(struct buffer *buffer,
                                                              const char *format, va_list list);

/* Frees the bytes and makes the buffer empty again. */
void buffer_free(struct buffer *buffer);

#endif
