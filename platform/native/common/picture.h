/* Float RGB pictures: (height, width, 3), 0..1 nominal, row-major. */
#ifndef CLI_COMMON_PICTURE_H
#define CLI_COMMON_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct picture {
    uint32_t width, height;
    float *rgb; /* owned; picture_free() */
};

/* Black. False when memory has run out; then the picture is empty. */
bool picture_make(struct picture *picture, uint32_t width, uint32_t height);
void picture_free(struct picture *picture);

/* True if every value is a number. */
bool picture_finite(const struct picture *picture);

/* `small` with every pixel repeated `factor` times in both directions. False: no memory. */
bool picture_enlarge(struct picture *large, const struct picture *small, uint32_t factor);

/* Copies `part` into `whole` with its top left corner at (left, top); it must fit. */
void picture_paste(struct picture *whole, const struct picture *part, uint32_t left, uint32_t top);

/* The 8-bit value of one component: clipped to 0..1, rounded to the nearest of 0..255. */
uint8_t picture_byte(float value);

/* FNV-1a of the 8-bit RGB pixels: equal pictures have equal numbers. */
uint64_t picture_hash(const struct picture *picture);

#endif
