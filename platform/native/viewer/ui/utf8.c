/* UTF-8. */
#include "viewer/ui/utf8.h"

size_t utf8_read(const char *string, uint32_t *letter) {
    const unsigned char *s = (const unsigned char *)string;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = s[0] < 0x80       ? 1
                  : s[0] >> 5 == 6  ? 2
                  : s[0] >> 4 == 14 ? 3
                  : s[0] >> 3 == 30 ? 4
                                    : 0;
    if (size <= 1) {
        *letter = s[0];
        return size;
    }
    uint32_t value = s[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if (s[i] >> 6 != 2) {
            return 0;
        }
        value = value << 6 | (s[i] & 0x3fU);
    }
    *letter = value;
    return value < least[size] || value > 0x10ffff || value >> 11 == 0x1b ? 0 : size;
}

size_t utf8_before(const char *string, size_t at) {
    while (at > 0) {
        at--;
        if (((unsigned char)string[at] & 0xc0) != 0x80) {
            break;
        }
    }
    return at;
}

size_t utf8_after(const char *string, size_t at) {
    if (string[at] == '\0') {
        return at;
    }
    at++;
    while (((unsigned char)string[at] & 0xc0) == 0x80) {
        at++;
    }
    return at;
}
