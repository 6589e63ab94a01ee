/* Pictures in memory. */
#include "common/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool picture_make(struct picture *picture, uint32_t width, uint32_t height) {
    *picture = (struct picture){.width = width, .height = height};
    picture->rgb = calloc((size_t)width * height, 3 * sizeof(float));
    if (picture->rgb == NULL) {
        *picture = (struct picture){0};
    }
    return picture->rgb != NULL;
}

void picture_free(struct picture *picture) {
    free(picture->rgb);
    *picture = (struct picture){0};
}

bool picture_finite(const struct picture *picture) {
    size_t count = (size_t)picture->width * picture->height * 3;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(picture->rgb[i])) {
            return false;
        }
    }
    return true;
}

bool picture_enlarge(struct picture *large, const struct picture *small, uint32_t factor) {
    if (!picture_make(large, small->width * factor, small->height * factor)) {
        return false;
    }
    for (uint32_t y = 0; y < large->height; y++) {
        const float *from = small->rgb + (size_t)(y / factor) * small->width * 3;
        float *to = large->rgb + (size_t)y * large->width * 3;
        for (uint32_t x = 0; x < large->width; x++) {
            memcpy(to + (size_t)x * 3, from + (size_t)(x / factor) * 3, 3 * sizeof(float));
        }
    }
    return true;
}

void picture_paste(struct picture *whole, const struct picture *part, uint32_t left, uint32_t top) {
    for (uint32_t y = 0; y < part->height; y++) {
        float *to = whole->rgb + ((size_t)(top + y) * whole->width + left) * 3;
        const float *from = part->rgb + (size_t)y * part->width * 3;
        memcpy(to, from, (size_t)part->width * 3 * sizeof(float));
    }
}

uint8_t picture_byte(float value) {
    if (!(value > 0.0F)) {
        return 0;
    }
    return value >= 1.0F ? 255 : (uint8_t)(value * 255.0F + 0.5F);
}

uint64_t picture_hash(const struct picture *picture) {
    size_t count = (size_t)picture->width * picture->height * 3;
    uint64_t hash = 0xcbf29ce484222325U;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ picture_byte(picture->rgb[i])) * 0x100000001b3U;
    }
    return hash;
}
