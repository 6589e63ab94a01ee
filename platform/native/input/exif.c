/* EXIF is a TIFF file with a single directory that matters here. */
#include "input/exif.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { ENTRY_BYTES = 12, TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3 };

struct tiff {
    const unsigned char *bytes;
    size_t size;
    bool little;
};

static uint32_t get16(const struct tiff *tiff, size_t at) {
    const unsigned char *b = tiff->bytes + at;
    return tiff->little ? (uint32_t)(b[0] | b[1] << 8) : (uint32_t)(b[0] << 8 | b[1]);
}

static uint32_t get32(const struct tiff *tiff, size_t at) {
    uint32_t first = get16(tiff, at), second = get16(tiff, at + 2);
    return tiff->little ? first | second << 16 : first << 16 | second;
}

unsigned exif_orientation(const unsigned char *block, size_t size) {
    struct tiff tiff = {block, size, false};
    if (size >= 6 && memcmp(block, "Exif\0\0", 6) == 0) {
        tiff.bytes += 6;
        tiff.size -= 6;
    }
    if (tiff.size < 8 || (memcmp(tiff.bytes, "II", 2) != 0 && memcmp(tiff.bytes, "MM", 2) != 0)) {
        return 1;
    }
    tiff.little = tiff.bytes[0] == 'I';
    size_t at = get32(&tiff, 4);
    if (get16(&tiff, 2) != 42 || at > tiff.size - 2) {
        return 1;
    }
    size_t count = get16(&tiff, at), room = (tiff.size - at - 2) / ENTRY_BYTES;
    at += 2;
    for (size_t i = 0; i < count && i < room; i++, at += ENTRY_BYTES) {
        if (get16(&tiff, at) == TAG_ORIENTATION && get16(&tiff, at + 2) == TYPE_SHORT) {
            uint32_t value = get16(&tiff, at + 8);
            return value >= 1 && value <= 8 ? value : 1;
        }
    }
    return 1;
}
