/* Character sets of PNG's text chunks. */
#include "common/png_text.h"

#include "common/buffer.h"
#include "common/utf8.h"

#include <string.h>

char *png_text_utf8(const char *text, bool international) {
    struct buffer out = {0};
    bool latin = !international && !utf8_valid(text);
    while (*text != '\0') {
        uint32_t letter;
        char bytes[4];
        size_t size = latin ? 0 : utf8_read(text, &letter);
        if (size > 0) {
            buffer_append(&out, text, size);
        } else {
            letter = latin ? (unsigned char)*text : 0xfffd;
            buffer_append(&out, bytes, utf8_write(bytes, letter));
        }
        text += size > 0 ? size : 1;
    }
    if (!buffer_append(&out, "", 1)) {
        buffer_free(&out);
    }
    return (char *)out.bytes;
}
