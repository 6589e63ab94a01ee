/* PNG files through libpng: 8-bit RGB out with text, any PNG in. */
#ifndef CLI_COMMON_PNG_IO_H
#define CLI_COMMON_PNG_IO_H

#include "common/buffer.h"
#include "common/picture.h"

enum { PNG_SIDE_LIMIT = 8192 }; /* pixels; larger files are refused, larger sheets not made */

/* One text chunk. Both strings are UTF-8. */
struct png_text_pair {
    const char *key, *text;
};

/* Appends a whole PNG file. False: memory has run out (nothing is printed). */
bool png_encode(struct buffer *out, const struct picture *picture,
                const struct png_text_pair *texts, size_t text_count);

/* What a PNG file holds. */
struct png_content {
    struct picture picture; /* composited on white; empty if only the text was asked for */
    uint32_t width, height;
    char *parameters, *unmask; /* text chunks of these keys; NULL = absent */
};

/* Reads a file ("-" = stdin). Exit code: 0, or UM_ERROR_IO with one line printed; the content is
 * then empty. */
int png_read(const char *path, bool want_pixels, struct png_content *content);
void png_content_free(struct png_content *content);

/* Whether the file begins as PNG files do. False if it cannot be read. */
bool png_recognised(const char *path);

#endif
