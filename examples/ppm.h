/* Pictures as PPM files of 8 bits, for the examples; the library itself knows no file formats. */
#ifndef EXAMPLES_PPM_H
#define EXAMPLES_PPM_H

#include <stdio.h>
#include <stdlib.h>
#include <unmask/unmask.h>

/* (height, width, 3), 0..1, for free(); NULL if there is no such file, or no memory. */
static inline float *read_ppm(const char *path, unsigned *width, unsigned *height) {
    FILE *file = fopen(path, "rb");
    float *rgb = NULL;
    if (file != NULL && fscanf(file, "P6 %5u %5u 255", width, height) == 2 && getc(file) == '\n' &&
        *width > 0 && *height > 0 && *width <= 8192 && *height <= 8192) {
        rgb = malloc(sizeof *rgb * 3 * *width * *height);
    }
    int byte = 0;
    for (size_t i = 0; rgb != NULL && i < (size_t)3 * *width * *height; i++) {
        byte = getc(file);
        rgb[i] = (float)byte / 255;
    }
    if (file != NULL) {
        fclose(file);
    }
    if (byte == EOF) {
        free(rgb);
        rgb = NULL;
    }
    return rgb;
}

/* Values outside 0..1, which a decoder may give, become 0 or 1. */
static inline um_status write_ppm(const char *path, const float *rgb, unsigned width,
                                  unsigned height) {
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return UM_ERROR_IO;
    }
    fprintf(file, "P6 %u %u 255\n", width, height);
    for (size_t i = 0; i < (size_t)3 * width * height; i++) {
        const float value = rgb[i] < 0 ? 0 : rgb[i] > 1 ? 1 : rgb[i];
        putc((int)(255 * value + 0.5f), file);
    }
    const bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? UM_ERROR_IO : UM_OK;
}

#endif
