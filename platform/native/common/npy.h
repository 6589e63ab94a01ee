/* NumPy's .npy files, version 1.0, little-endian float32, C order. */
#ifndef CLI_COMMON_NPY_H
#define CLI_COMMON_NPY_H

#include "common/buffer.h"

#include <stdint.h>

/* Appends a file of the shape with `rank` entries (at most 4). False: no memory. */
bool npy_encode(struct buffer *out, const float *values, const uint32_t *shape, size_t rank);

#endif
