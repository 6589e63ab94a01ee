/* Writer of .npy files. */
#include "common/npy.h"

#include <stdio.h>
#include <string.h>

bool npy_encode(struct buffer *out, const float *values, const uint32_t *shape, size_t rank) {
    char header[192];
    size_t count = 1;
    int used = snprintf(header, sizeof header,
                        "{'descr': '<f4', 'fortran_order': False, "
                        "'shape': (");
    for (size_t i = 0; i < rank; i++) {
        used += snprintf(header + used, sizeof header - (size_t)used, "%u, ", shape[i]);
        count *= shape[i];
    }
    used += snprintf(header + used, sizeof header - (size_t)used, "), }");
    /* magic, version and length are 10 bytes; the data begins at a multiple of 64 */
    size_t length = (10 + (size_t)used + 1 + 63) / 64 * 64 - 10;
    memset(header + used, ' ', length - (size_t)used);
    header[length - 1] = '\n';
    const unsigned char start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (unsigned char)length, 0};
    buffer_append(out, start, sizeof start);
    buffer_append(out, header, length);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        const unsigned char bytes[] = {(unsigned char)bits, (unsigned char)(bits >> 8),
                                       (unsigned char)(bits >> 16), (unsigned char)(bits >> 24)};
        buffer_append(out, bytes, sizeof bytes);
    }
    return !out->failed;
}
