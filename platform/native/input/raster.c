/* What the decoders share. */
#include "input/raster.h"

#include <stdio.h>
#include <stdlib.h>

bool raster_fits(struct raster *raster, uint64_t width, uint64_t height) {
    if (width == 0 || height == 0 || width > RASTER_SIDE_LIMIT || height > RASTER_SIDE_LIMIT) {
        snprintf(raster->reason, sizeof raster->reason,
                 "its size is %llux%llu pixels, %d on a side are the most",
                 (unsigned long long)width, (unsigned long long)height, RASTER_SIDE_LIMIT);
        return false;
    }
    raster->width = (uint32_t)width;
    raster->height = (uint32_t)height;
    return true;
}

unsigned char *raster_room(const struct raster *raster) {
    return malloc((size_t)raster->width * raster->height * 4 * raster->sample_bytes);
}

void raster_free(struct raster *raster) {
    free(raster->rgba);
    free(raster->parameters);
    free(raster->unmask);
    colour_free(&raster->colour);
    *raster = (struct raster){0};
}
