/* Reads the .npy files that tools/golden.py writes: version 1.0, little-endian, C order. */
#ifndef UM_GOLDEN_NPY_H
#define UM_GOLDEN_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct npy {
    char kind;   /* 'f': float32, 'i': int32 */
    size_t dims; /* number of dimensions, 1 to 4 */
    size_t shape[4];
    size_t count;
    void *data; /* malloc'ed */
};

/* False with a message on stderr if the file is not there or is anything else. */
bool npy_read(struct npy *npy, const char *path);
void npy_free(struct npy *npy);

#endif
