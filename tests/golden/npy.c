/* Strict about the header: a file that numpy would read differently must not pass. */
#include "golden/npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "(4, 4, 3)", "(16,)": fills shape and count. */
static bool parse_shape(struct npy *npy, const char *text) {
    npy->count = 1;
    for (npy->dims = 0; *text != ')';) {
        char *end;
        unsigned long size = strtoul(text, &end, 10);
        if (end == text || npy->dims == 4 || size == 0 || size > 1u << 24)
            return false;
        npy->shape[npy->dims++] = size;
        npy->count *= size;
        text = end + strspn(end, ", ");
    }
    return npy->dims > 0;
}

static bool parse_header(struct npy *npy, const char *header) {
    const char *shape = strstr(header, "'shape': (");
    if (!shape || !strstr(header, "'fortran_order': False"))
        return false;
    npy->kind = strstr(header, "'descr': '<f4'")   ? 'f'
                : strstr(header, "'descr': '<i4'") ? 'i'
                                                   : '\0';
    return npy->kind && parse_shape(npy, shape + strlen("'shape': ("));
}

static bool read_stream(struct npy *npy, FILE *stream) {
    unsigned char start[10];
    char header[1024];
    if (fread(start, 1, sizeof start, stream) != sizeof start ||
        memcmp(start, "\x93NUMPY\1\0", 8) != 0)
        return false;
    size_t length = start[8] + 256u * start[9];
    if (length >= sizeof header || fread(header, 1, length, stream) != length)
        return false;
    header[length] = '\0';
    if (!parse_header(npy, header))
        return false;
    npy->data = malloc(npy->count * 4);
    return npy->data && fread(npy->data, 4, npy->count, stream) == npy->count &&
           fgetc(stream) == EOF;
}

bool npy_read(struct npy *npy, const char *path) {
    *npy = (struct npy){0};
    FILE *stream = fopen(path, "rb");
    bool ok = stream && read_stream(npy, stream);
    if (stream)
        fclose(stream);
    if (!ok) {
        fprintf(stderr, "%s: %s\n", path, stream ? "not a .npy file of ours" : "cannot be opened");
        npy_free(npy);
    }
    return ok;
}

void npy_free(struct npy *npy) {
    free(npy->data);
    *npy = (struct npy){0};
}
