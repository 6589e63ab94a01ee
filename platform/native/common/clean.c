/* Cleaning. */
#include "common/clean.h"

#include "common/utf8.h"

#include <string.h>

bool clean_letter(uint32_t letter) {
    static const uint32_t unfit[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},                       /* controls */
        {0x2028, 0x2029},                                     /* line, paragraph */
        {0x061c, 0x061c}, {0x200e, 0x200f}, {0x202a, 0x202e}, /* directions */
        {0x2066, 0x206f},
    };
    if (letter >= ' ' && letter <= '~') {
        return true;
    }
    for (size_t i = 0; i < sizeof unfit / sizeof unfit[0]; i++) {
        if (letter >= unfit[i][0] && letter <= unfit[i][1]) {
            return false;
        }
    }
    return true;
}

/* The length of what stands at `text`, and whether it may be shown. */
static size_t look(const char *text, bool *fit) {
    uint32_t letter;
    size_t size = utf8_read(text, &letter);
    *fit = size > 0 && clean_letter(letter);
    return size > 0 ? size : 1;
}

void clean_text(char *text) {
    char *to = text;
    while (*text != '\0') {
        bool fit;
        size_t size = look(text, &fit);
        if (fit) {
            memmove(to, text, size);
            to += size;
        } else {
            *to++ = '?';
        }
        text += size;
    }
    *to = '\0';
}

bool clean_append(struct buffer *out, const char *text) {
    while (*text != '\0') {
        bool fit;
        size_t size = look(text, &fit);
        buffer_append(out, fit ? text : "?", fit ? size : 1);
        text += size;
    }
    return !out->failed;
}
