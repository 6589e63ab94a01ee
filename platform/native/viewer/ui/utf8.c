/* Cursors in UTF-8. */
#include "viewer/ui/utf8.h"

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
