/* Pictures of bytes: their rows may lie apart, their values are 0..255 instead of 0..1. */
#ifndef UM_BYTES_H
#define UM_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct um_log;

/* The stride that a caller's 0 stands for, or 0 if the stride is too short for the width; then a
 * sentence that begins with `function` has been logged. */
size_t um_bytes_stride(const struct um_log *log, const char *function, size_t stride,
                       uint32_t width);

/* `stride` as um_bytes_stride() gives it. */
void um_bytes_to_floats(const uint8_t *rgb, size_t stride, uint32_t width, uint32_t height,
                        float *floats);
void um_bytes_from_floats(const float *floats, uint32_t width, uint32_t height, uint8_t *rgb,
                          size_t stride);

#endif
