/* Builds without libwebp: WebP pictures are known, and refused. */
#include "input/raster.h"
#include "input/signature.h"

#include <stdio.h>

static bool decode(struct raster *raster, const unsigned char *bytes, size_t size, bool pixels) {
    (void)bytes;
    (void)size;
    (void)pixels;
    snprintf(raster->reason, sizeof raster->reason,
             "it is a WebP picture, and this program was built without libwebp");
    return false;
}

const struct raster_format raster_webp = {"WebP", false, signature_webp, decode};
