/* Bounded reading of the little-endian fields of a header, and the wording of faults found there.
 */
#ifndef UM_MODEL_READER_H
#define UM_MODEL_READER_H

#include "base/log.h"

enum {
    UM_MAX_HEADER_BYTES = 1 << 20,
    UM_NAME_BYTES = 64 /* keys and tensor names, with a NUL */
};

/* Where messages say the fault is. */
struct um_origin {
    const char *file;
    const struct um_log *log;
};

/* Logs "FILE: FIELD: " and the message, without the field if it is NULL; returns UM_ERROR_MODEL. */
UM_PRINTF(3, 4)
um_status um_wrong(const struct um_origin *origin, const char *field, const char *format, ...);

/* Bytes within the header, not NUL-terminated. */
struct um_text {
    const char *at;
    uint32_t bytes;
};

bool um_text_is(struct um_text text, const char *expected);

/* The text, made fit to be printed and cut to the buffer's size. */
const char *um_text_show(struct um_text text, char *out, size_t capacity);

struct um_reader {
    const struct um_origin *origin;
    const uint8_t *bytes;
    size_t at, end; /* position; end of the readable bytes */
    bool limited;   /* the file continues after `end`, but a header may not */
};

/* Each moves on past what it read, or logs a fault in `field` and returns NULL or UM_ERROR_MODEL.
 */
const uint8_t *um_take(struct um_reader *r, const char *field, uint64_t bytes);
um_status um_take_u32(struct um_reader *r, const char *field, uint32_t *out);
um_status um_take_u64(struct um_reader *r, const char *field, uint64_t *out);

/* Length and bytes of a string value: at most 64 KiB of UTF-8 without NUL. */
um_status um_take_text(struct um_reader *r, const char *field);

/* A key or a tensor name, also copied to `name` with a NUL; `field` and `name` may be the same. */
um_status um_take_name(struct um_reader *r, const char *field, struct um_text *text,
                       char name[UM_NAME_BYTES]);

uint32_t um_load_u32(const uint8_t *p);
uint64_t um_load_u64(const uint8_t *p);

#endif
