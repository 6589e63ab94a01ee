/* Animated PNG (the PNG specification, third edition): frames collected one by one. Programs that
 * know no animation show the default image, which is the last frame. */
#ifndef CLI_COMMON_APNG_H
#define CLI_COMMON_APNG_H

#include "common/png_io.h"

struct apng {
    struct apng_frame *frames; /* owned */
    size_t count, capacity;
};

/* Adds a frame shown for `milliseconds`. All frames must have the same size. False: no memory. */
bool apng_add(struct apng *animation, const struct picture *picture, uint16_t milliseconds);

/* Appends the file: loops for ever. At least one frame. False: no memory. */
bool apng_encode(struct buffer *out, const struct apng *animation,
                 const struct png_text_pair *texts, size_t text_count);

void apng_free(struct apng *animation);

#endif
