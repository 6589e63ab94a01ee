/* Pictures from outside: PNG and, where they were built in, JPEG and WebP. One reader for every
 * command and for the viewer. Whatever the file is like, its pixels come out upright, as sRGB, with
 * 8 bits per channel. */
#ifndef CLI_INPUT_PICTURE_FILE_H
#define CLI_INPUT_PICTURE_FILE_H

#include "common/picture.h"
#include "input/bytes.h"

enum { PICTURE_FILE_LIMIT = 256 << 20 };

struct picture_file {
    uint32_t width, height;    /* upright */
    uint8_t *rgba;             /* (height, width, 4), not premultiplied; NULL if not asked for */
    char *parameters, *unmask; /* texts of these keys, wherever they stand; NULL = absent */
    const char *format;        /* "PNG", "JPEG" or "WebP" */
    bool deep;                 /* the file has 16 bits per channel */
    bool recoloured;           /* its colours were converted */
    bool profile_unknown;      /* it names a colour profile that was not understood */
    char damage[160]; /* only its texts were wanted, and it is damaged otherwise; else "" */
};

/* Whether these are the first bytes of a picture, also of one that this build cannot decode. */
bool picture_file_recognised(const unsigned char *bytes, size_t size);

/* "PNG, JPEG, WebP", or less: what this build reads. */
const char *picture_file_formats(void);

/* Decodes a file in memory, pixels too or only what stands beside them. False: `reason` (room for
 * `room` bytes) says why, "" = memory has run out; the file is then empty. Prints nothing. */
bool picture_file_decode(struct picture_file *file, const unsigned char *bytes, size_t size,
                         bool pixels, char *reason, size_t room);

/* Reads a file, a pipe or stdin ("-"). Exit code: 0, UM_ERROR_IO or UM_ERROR_MEMORY with one line
 * printed; the file is then empty. */
int picture_file_read(struct picture_file *file, const char *path, bool pixels);

/* The same of an input that is open already, and is closed then. */
int picture_file_take(struct picture_file *file, struct input *input, bool pixels);

/* What had to be done to the pixels, as a sentence of at most `room` bytes; "" = nothing. */
void picture_file_remark(const struct picture_file *file, char *text, size_t room);

/* Says the same on stderr. */
void picture_file_note(const struct picture_file *file, const char *path);

/* Composites the pixels on white. False: no memory. */
bool picture_file_on_white(const struct picture_file *file, struct picture *picture);

void picture_file_free(struct picture_file *file);

#endif
