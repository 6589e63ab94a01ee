/* PNG through libpng. Everything that must survive a longjmp lives in a struct. */
#include "common/png_text.h"
#include "input/exif.h"
#include "input/raster.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_LIMIT = 8 << 20, CHUNK_COUNT_LIMIT = 128 };

struct job {
    png_structp png;
    png_infop info;
    struct raster *raster;
    const unsigned char *in;
    size_t size, position;
    png_bytep row; /* for pixels that nobody wants */
};

static void on_error(png_structp png, png_const_charp message) {
    struct job *job = png_get_error_ptr(png);
    snprintf(job->raster->reason, RASTER_REASON, "%s", message);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static void on_read(png_structp png, png_bytep bytes, size_t size) {
    struct job *job = png_get_io_ptr(png);
    if (size > job->size - job->position) {
        png_error(png, "the file ends too early");
    }
    memcpy(bytes, job->in + job->position, size);
    job->position += size;
}

/* The text of the last chunk with that key, as a new string. */
static char *find_text(const struct job *job, const char *key) {
    png_textp texts = NULL;
    int count = 0;
    char *found = NULL;
    png_get_text(job->png, job->info, &texts, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(texts[i].key, key) == 0 && texts[i].text != NULL) {
            free(found);
            found = png_text_utf8(texts[i].text, texts[i].compression >= PNG_ITXT_COMPRESSION_NONE);
        }
    }
    return found;
}

static void find_texts(const struct job *job) {
    if (job->info != NULL) {
        job->raster->parameters = find_text(job, "parameters");
        job->raster->unmask = find_text(job, "unmask");
    }
}

static void find_orientation(const struct job *job) {
    png_uint_32 size = 0;
    png_bytep block = NULL;
    if (png_get_eXIf_1(job->png, job->info, &size, &block) != 0 && block != NULL) {
        job->raster->orientation = exif_orientation(block, size);
    }
}

/* A profile goes before sRGB, and sRGB before gAMA and cHRM, which go together. */
static void find_colour(const struct job *job) {
    struct colour *colour = &job->raster->colour;
    png_charp name;
    png_bytep profile;
    png_uint_32 size;
    int method, intent;
    double gamma, xyz[3][3];
    if (png_get_iCCP(job->png, job->info, &name, &method, &profile, &size) != 0) {
        colour_icc(colour, profile, size);
    } else if (png_get_sRGB(job->png, job->info, &intent) == 0 &&
               png_get_gAMA(job->png, job->info, &gamma) != 0) {
        colour_gamma(colour, gamma);
        if (png_get_cHRM_XYZ(job->png, job->info, &xyz[0][0], &xyz[0][1], &xyz[0][2], &xyz[1][0],
                             &xyz[1][1], &xyz[1][2], &xyz[2][0], &xyz[2][1], &xyz[2][2]) != 0) {
            colour_primaries(colour, xyz);
        }
    }
}

/* Turns every kind of PNG into RGBA of 8 or 16 bits. */
static void ask_for_rgba(struct job *job) {
    png_set_expand(job->png);
    png_set_gray_to_rgb(job->png);
    png_set_add_alpha(job->png, 0xffff, PNG_FILLER_AFTER);
}

/* All rows, into the raster or nowhere: what stands behind them is read in any case. */
static void read_rows(struct job *job, bool pixels) {
    struct raster *raster = job->raster;
    int passes = png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
    if (pixels) {
        raster->rgba = raster_room(raster);
    } else {
        job->row = malloc(png_get_rowbytes(job->png, job->info));
    }
    if ((pixels ? raster->rgba : job->row) == NULL) {
        png_error(job->png, "not enough memory");
    }
    size_t pitch = (size_t)raster->width * 4 * raster->sample_bytes;
    for (int pass = 0; pass < passes; pass++) {
        for (uint32_t y = 0; y < raster->height; y++) {
            png_read_row(job->png, pixels ? raster->rgba + pitch * y : job->row, NULL);
        }
    }
    png_read_end(job->png, job->info);
}

static bool decode_all(struct job *job, bool pixels) {
    struct raster *raster = job->raster;
    if (setjmp(png_jmpbuf(job->png))) {
        return false;
    }
    png_set_user_limits(job->png, RASTER_SIDE_LIMIT, RASTER_SIDE_LIMIT);
    png_set_chunk_malloc_max(job->png, CHUNK_LIMIT);
    png_set_chunk_cache_max(job->png, CHUNK_COUNT_LIMIT);
    png_set_read_fn(job->png, job, on_read);
    png_read_info(job->png, job->info);
    raster->width = png_get_image_width(job->png, job->info);
    raster->height = png_get_image_height(job->png, job->info);
    raster->sample_bytes = png_get_bit_depth(job->png, job->info) == 16 ? 2 : 1;
    if (pixels) {
        ask_for_rgba(job);
    }
    read_rows(job, pixels);
    find_orientation(job);
    find_colour(job);
    return true;
}

static uint32_t get32(const unsigned char *b) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Whether the size that the file states will do. libpng would refuse it without naming it. */
static bool size_fits(struct raster *raster, const unsigned char *bytes, size_t size) {
    return size < 24 || memcmp(bytes + 12, "IHDR", 4) != 0 ||
           raster_fits(raster, get32(bytes + 16), get32(bytes + 20));
}

static bool recognised(const unsigned char *bytes, size_t size) {
    return size >= 8 && png_sig_cmp(bytes, 0, 8) == 0;
}

static bool decode(struct raster *raster, const unsigned char *bytes, size_t size, bool pixels) {
    struct job job = {.raster = raster, .in = bytes, .size = size};
    if (!size_fits(raster, bytes, size)) {
        return false;
    }
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    job.info = job.png != NULL ? png_create_info_struct(job.png) : NULL;
    bool ok = job.info != NULL && decode_all(&job, pixels);
    find_texts(&job);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    free(job.row);
    return ok;
}

const struct raster_format raster_png = {"PNG", true, recognised, decode};
