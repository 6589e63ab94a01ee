/* WebP through libwebp. Its container (RIFF) is walked here, for what stands beside the pixels. */
#include "input/exif.h"
#include "input/raster.h"
#include "input/signature.h"

#include <stdio.h>
#include <webp/decode.h>

static uint32_t get32(const unsigned char *b) {
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* The content of the first chunk of that name; NULL if there is none. */
static const unsigned char *find(const unsigned char *bytes, size_t size, const char *name,
                                 size_t *length) {
    size_t at = 12;
    while (size - at >= 8) {
        size_t content = get32(bytes + at + 4);
        if (content > size - at - 8) {
            return NULL;
        }
        if (memcmp(bytes + at, name, 4) == 0) {
            *length = content;
            return bytes + at + 8;
        }
        at += 8 + content;
        if (content % 2 != 0 && at < size) {
            at++;
        }
    }
    return NULL;
}

static void read_chunks(struct raster *raster, const unsigned char *bytes, size_t size) {
    size_t length;
    const unsigned char *block = find(bytes, size, "EXIF", &length);
    if (block != NULL) {
        raster->orientation = exif_orientation(block, length);
    }
    block = find(bytes, size, "ICCP", &length);
    if (block != NULL) {
        colour_icc(&raster->colour, block, length);
    }
}

static bool refuse(struct raster *raster, const char *reason) {
    snprintf(raster->reason, sizeof raster->reason, "%s", reason);
    return false;
}

static bool decode(struct raster *raster, const unsigned char *bytes, size_t size, bool pixels) {
    static const char DAMAGED[] = "its data is damaged, or ends too early";
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes, size, &features) != VP8_STATUS_OK) {
        return refuse(raster, DAMAGED);
    }
    if (features.has_animation) {
        return refuse(raster, "it is an animation; save one of its pictures");
    }
    raster->sample_bytes = 1;
    if (!raster_fits(raster, (uint64_t)features.width, (uint64_t)features.height)) {
        return false;
    }
    read_chunks(raster, bytes, size);
    if (!pixels) {
        return true;
    }
    size_t pitch = (size_t)raster->width * 4;
    raster->rgba = raster_room(raster);
    if (raster->rgba == NULL) {
        return false;
    }
    return WebPDecodeRGBAInto(bytes, size, raster->rgba, pitch * raster->height, (int)pitch) !=
               NULL ||
           refuse(raster, DAMAGED);
}

const struct raster_format raster_webp = {"WebP", true, signature_webp, decode};
