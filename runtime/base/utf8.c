/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>

size_t um_utf8_read(const void *text, size_t left, uint32_t *code) {
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *p = text;
    if (!left)
        return 0;
    size_t length = p[0] < 0x80       ? 1
                    : p[0] >> 5 == 6  ? 2
                    : p[0] >> 4 == 14 ? 3
                    : p[0] >> 3 == 30 ? 4
                                      : 0;
    if (!length || length > left)
        return 0;
    uint32_t value = length == 1 ? p[0] : p[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if (p[i] >> 6 != 2)
            return 0;
        value = value << 6 | (p[i] & 63u);
    }
    bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < smallest[length] || value > 0x10ffff || surrogate)
        return 0;
    *code = value;
    return length;
}

size_t um_utf8_write(uint32_t code, char out[4]) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = length; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 | (code & 63));
    out[0] = (char)((0xf00 >> length & 0xf0) | code);
    return length;
}

/* Bytes that continue a character are 10xxxxxx, and a character has at most three of them; longer
 * rows of such bytes are no characters, and are cut anywhere. */
static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

int um_utf8_fit(const char *text, int most) {
    int at = 0;
    while (at < most && text[at])
        at++;
    if (!text[at])
        return at;
    int start = at;
    while (start > 0 && at - start < 3 && continues(text[start]))
        start--;
    return continues(text[start]) ? at : start;
}

const char *um_utf8_end(const char *text, size_t most) {
    size_t length = strlen(text);
    if (length <= most)
        return text;
    text += length - most;
    for (int i = 0; i < 3 && continues(*text); i++)
        text++;
    return text;
}

void um_utf8_trim(char *text) {
    size_t length = strlen(text), start = length;
    while (start > 0 && length - start < 4) {
        unsigned char first = (unsigned char)text[--start];
        size_t whole = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
        if (continues(text[start]))
            continue;
        if (whole > length - start)
            text[start] = '\0';
        return;
    }
}
