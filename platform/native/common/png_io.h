/* PNG files through libpng, 8-bit RGB with text. Reading is in input/. */
#ifndef CLI_COMMON_PNG_IO_H
#define CLI_COMMON_PNG_IO_H

#include "common/buffer.h"
#include "common/picture.h"

enum { PNG_SIDE_LIMIT = 8192 }; /* pixels; larger pictures are not made */

/* One text chunk. Both strings are UTF-8. */
struct png_text_pair {
    const char *key, *text;
};

/* Appends a whole PNG file. False: memory has run out (nothing is printed). */
bool png_encode(struct buffer *out, const struct picture *picture,
                const struct png_text_pair *texts, size_t text_count);

#endif
