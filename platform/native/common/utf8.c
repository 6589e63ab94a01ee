/* UTF-8. */
#include "common/utf8.h"

#include <string.h>

/* What a first byte says about its letter's length; 0: it is none. */
static size_t length_of(unsigned char first) {
    return first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
}

static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

size_t utf8_read(const char *string, uint32_t *letter) {
    const unsigned char *s = (const unsigned char *)string;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t size = length_of(s[0]);
    if (size <= 1) {
        *letter = s[0];
        return size;
    }
    uint32_t value = s[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        if (!continues(string[i])) {
            return 0;
        }
        value = value << 6 | (s[i] & 0x3fU);
    }
    *letter = value;
    return value < least[size] || value > 0x10ffff || value >> 11 == 0x1b ? 0 : size;
}

size_t utf8_write(char *bytes, uint32_t letter) {
    static const unsigned char first[] = {0, 0xc0, 0xe0, 0xf0};
    size_t more = letter < 0x80 ? 0 : letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
    for (size_t i = more; i > 0; i--) {
        bytes[i] = (char)(0x80 | (letter & 0x3f));
        letter >>= 6;
    }
    bytes[0] = (char)(first[more] | letter);
    return more + 1;
}

bool utf8_valid(const char *string) {
    uint32_t letter;
    size_t size = 1;
    for (; *string != '\0' && size > 0; string += size) {
        size = utf8_read(string, &letter);
    }
    return size > 0;
}

size_t utf8_fit(const char *string, size_t most) {
    size_t at = 0;
    while (at < most && string[at] != '\0') {
        at++;
    }
    if (string[at] == '\0') {
        return at;
    }
    size_t start = at;
    while (start > 0 && at - start < 3 && continues(string[start])) {
        start--;
    }
    return continues(string[start]) ? at : start; /* a row of such bytes is no letter */
}

void utf8_trim(char *string) {
    size_t length = strlen(string), start = length;
    while (start > 0 && length - start < 4) {
        start--;
        if (!continues(string[start])) {
            string[length_of((unsigned char)string[start]) > length - start ? start : length] =
                '\0';
            return;
        }
    }
}

void utf8_copy(char *room, size_t size, const char *string) {
    size_t length = utf8_fit(string, size - 1);
    memmove(room, string, length);
    room[length] = '\0';
}
