/* A picture as the decoder of its format finds it. One decoder per format, behind one table. */
#ifndef CLI_INPUT_RASTER_H
#define CLI_INPUT_RASTER_H

#include "input/colour.h"

enum { RASTER_SIDE_LIMIT = 8192, RASTER_REASON = 160 };

struct raster {
    uint32_t width, height;     /* as stored */
    unsigned sample_bytes;      /* 1, or 2 with the higher first */
    unsigned char *rgba;        /* (height, width, 4) samples; owned; NULL if not asked for */
    unsigned orientation;       /* of EXIF, 1 to 8; 0 = none stated */
    struct colour colour;       /* owned */
    char *parameters, *unmask;  /* texts of these keys, wherever they stand; owned, or NULL */
    char reason[RASTER_REASON]; /* why decoding failed: the end of a sentence */
};

struct raster_format {
    const char *name;
    bool built_in; /* false: files of it are known, and refused */
    bool (*recognised)(const unsigned char *bytes, size_t size);

    /* Fills a raster that is all zero; false: reason says why, "" = memory. What was found before
     * stays, so that the texts of a damaged file can be told. */
    bool (*decode)(struct raster *raster, const unsigned char *bytes, size_t size, bool pixels);
};

extern const struct raster_format raster_png, raster_jpeg, raster_webp;

/* False, with the reason, if the sides are zero or too long. */
bool raster_fits(struct raster *raster, uint64_t width, uint64_t height);

/* Room for all pixels, or NULL. */
unsigned char *raster_room(const struct raster *raster);

void raster_free(struct raster *raster);

#endif
