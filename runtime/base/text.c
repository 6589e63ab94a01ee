/* Bytes of UTF-8 that continue a letter are 10xxxxxx, and a letter has at most three of them;
 * longer rows of such bytes are no letters, and are cut anywhere. */
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

static bool continues(char byte) {
    return ((unsigned char)byte & 0xc0) == 0x80;
}

int um_text_fit(const char *text, int most) {
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

const char *um_text_end(const char *text, size_t most) {
    size_t length = strlen(text);
    if (length <= most)
        return text;
    text += length - most;
    for (int i = 0; i < 3 && continues(*text); i++)
        text++;
    return text;
}

void um_text_trim(char *text) {
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
