/* How JPEG and WebP files begin. Builds that cannot decode them still know them by it. */
#ifndef CLI_INPUT_SIGNATURE_H
#define CLI_INPUT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool signature_jpeg(const unsigned char *bytes, size_t size) {
    return size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0;
}

static inline bool signature_webp(const unsigned char *bytes, size_t size) {
    return size >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0;
}

#endif
