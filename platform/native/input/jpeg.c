/* JPEG through libjpeg-turbo. Everything that must survive a longjmp lives in a struct. */
#include "input/exif.h"
#include "input/raster.h"
#include "input/signature.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* A file of a few kilobytes can hold thousands of scans of a large picture: no camera writes more
 * than a dozen. */
enum { SCANS_MOST = 100, MARKER_LIMIT = 65533 };

struct job {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf back;
    struct raster *raster;
    JOCTET *profile;
};

static void on_error(j_common_ptr jpeg) {
    struct job *job = jpeg->client_data;
    char message[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, message);
    snprintf(job->raster->reason, RASTER_REASON, "%.150s", message);
    longjmp(job->back, 1);
}

/* What libjpeg only warns of is missing or wrong pixels, but for these. */
static bool harmless(int code) {
    return code == JWRN_EXTRANEOUS_DATA || code == JWRN_ADOBE_XFORM || code == JWRN_JFIF_MAJOR ||
           code == JWRN_BOGUS_PROGRESSION || code == JWRN_BOGUS_ICC;
}

static void on_message(j_common_ptr jpeg, int level) {
    if (level < 0 && !harmless(jpeg->err->msg_code)) {
        on_error(jpeg);
    }
}

static void on_progress(j_common_ptr jpeg) {
    struct job *job = jpeg->client_data;
    if (job->jpeg.input_scan_number > SCANS_MOST) {
        snprintf(job->raster->reason, RASTER_REASON, "it has more than %d scans", SCANS_MOST);
        longjmp(job->back, 1);
    }
}

static void read_markers(struct job *job) {
    struct raster *raster = job->raster;
    unsigned size = 0;
    for (jpeg_saved_marker_ptr m = job->jpeg.marker_list; m != NULL; m = m->next) {
        if (m->marker == JPEG_APP0 + 1 && m->data_length >= 6 && memcmp(m->data, "Exif", 4) == 0 &&
            raster->orientation == 0) {
            raster->orientation = exif_orientation(m->data, m->data_length);
        }
    }
    if (jpeg_read_icc_profile(&job->jpeg, &job->profile, &size)) {
        colour_icc(&raster->colour, job->profile, size);
    }
}

/* Rows of RGB, or CMYK as programs of Adobe store it: turned round. */
static void spread(unsigned char *row, uint32_t width, bool cmyk, bool turned) {
    for (uint32_t x = width; x-- > 0;) {
        unsigned char *to = row + (size_t)x * 4;
        const unsigned char *from = row + (size_t)x * (cmyk ? 4 : 3);
        unsigned key = cmyk ? turned ? from[3] : 255U - from[3] : 255U;
        unsigned value[3];
        for (int c = 0; c < 3; c++) {
            unsigned ink = cmyk && !turned ? 255U - from[c] : from[c];
            value[c] = (ink * key + 127U) / 255U;
        }
        for (int c = 0; c < 3; c++) {
            to[c] = (unsigned char)value[c];
        }
        to[3] = 255;
    }
}

static void read_rows(struct job *job) {
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    struct raster *raster = job->raster;
    bool cmyk = jpeg->num_components == 4;
    jpeg->out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    raster->rgba = raster_room(raster);
    if (raster->rgba == NULL) {
        longjmp(job->back, 1);
    }
    jpeg_start_decompress(jpeg);
    while (jpeg->output_scanline < jpeg->output_height) {
        JSAMPROW row = raster->rgba + (size_t)jpeg->output_scanline * raster->width * 4;
        jpeg_read_scanlines(jpeg, &row, 1);
        spread(row, raster->width, cmyk, jpeg->saw_Adobe_marker);
    }
    jpeg_finish_decompress(jpeg);
}

static bool decode_all(struct job *job, const unsigned char *bytes, size_t size, bool pixels) {
    struct jpeg_decompress_struct *jpeg = &job->jpeg;
    if (setjmp(job->back)) {
        return false;
    }
    jpeg->err = jpeg_std_error(&job->errors);
    job->errors.error_exit = on_error;
    job->errors.emit_message = on_message;
    jpeg->client_data = job;
    jpeg_create_decompress(jpeg);
    job->progress.progress_monitor = on_progress;
    jpeg->progress = &job->progress;
    jpeg_mem_src(jpeg, bytes, (unsigned long)size);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, MARKER_LIMIT);
    jpeg_save_markers(jpeg, JPEG_APP0 + 2, MARKER_LIMIT);
    jpeg_read_header(jpeg, TRUE);
    job->raster->sample_bytes = 1;
    if (!raster_fits(job->raster, jpeg->image_width, jpeg->image_height)) {
        return false;
    }
    read_markers(job);
    if (pixels) {
        read_rows(job);
    }
    return true;
}

static bool decode(struct raster *raster, const unsigned char *bytes, size_t size, bool pixels) {
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return false;
    }
    job->raster = raster;
    bool ok = decode_all(job, bytes, size, pixels);
    jpeg_destroy_decompress(&job->jpeg);
    free(job->profile);
    free(job);
    return ok;
}

const struct raster_format raster_jpeg = {"JPEG", true, signature_jpeg, decode};
