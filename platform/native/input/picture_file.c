/* The table of formats, and what is done to all of them alike. */
#include "input/picture_file.h"

#include "common/report.h"
#include "input/raster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct raster_format *const formats[] = {&raster_png, &raster_jpeg, &raster_webp};

static const struct raster_format *find_format(const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i]->recognised(bytes, size)) {
            return formats[i];
        }
    }
    return NULL;
}

bool picture_file_recognised(const unsigned char *bytes, size_t size) {
    return find_format(bytes, size) != NULL;
}

const char *picture_file_formats(void) {
    static char text[64];
    if (text[0] == '\0') {
        for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s",
                     !formats[i]->built_in ? ""
                     : used > 0            ? ", "
                                           : "",
                     formats[i]->built_in ? formats[i]->name : "");
        }
    }
    return text;
}

/* ------------------------------------------------------------------ turning */

/* Orientations from 5 on exchange rows and columns. */
static bool lies(unsigned orientation) {
    return orientation >= 5;
}

/* Where the upright pixel (x, y) is stored. */
static size_t stored_at(const struct raster *raster, uint32_t x, uint32_t y) {
    unsigned orientation = raster->orientation;
    uint32_t column = lies(orientation) ? y : x, row = lies(orientation) ? x : y;
    bool mirrored = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
    bool flipped = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
    column = mirrored ? raster->width - 1 - column : column;
    row = flipped ? raster->height - 1 - row : row;
    return (size_t)row * raster->width + column;
}

static uint8_t *turned(const struct raster *raster, const struct picture_file *file) {
    uint8_t *out = malloc((size_t)file->width * file->height * 4);
    for (uint32_t y = 0; out != NULL && y < file->height; y++) {
        for (uint32_t x = 0; x < file->width; x++) {
            memcpy(out + ((size_t)y * file->width + x) * 4,
                   raster->rgba + stored_at(raster, x, y) * 4, 4);
        }
    }
    return out;
}

/* ------------------------------------------------------------------ decoding */

/* Makes the raster's pixels the file's: 8 bits, sRGB, upright. */
static bool take_pixels(struct picture_file *file, struct raster *raster) {
    size_t pixels = (size_t)raster->width * raster->height;
    if (raster->sample_bytes > 1 || raster->colour.kind == COLOUR_OTHER) {
        if (!colour_convert(&raster->colour, raster->rgba, raster->rgba, pixels,
                            raster->sample_bytes)) {
            return false;
        }
    }
    if (raster->orientation > 1) {
        file->rgba = turned(raster, file);
    } else {
        file->rgba = raster->rgba;
        raster->rgba = NULL;
    }
    return file->rgba != NULL;
}

/* Also of a raster that could not be decoded to its end. */
static void take_texts(struct picture_file *file, struct raster *raster) {
    file->width = lies(raster->orientation) ? raster->height : raster->width;
    file->height = lies(raster->orientation) ? raster->width : raster->height;
    file->parameters = raster->parameters;
    file->unmask = raster->unmask;
    raster->parameters = raster->unmask = NULL;
}

static bool has_texts(const struct raster *raster) {
    return raster->width > 0 && (raster->parameters != NULL || raster->unmask != NULL);
}

static bool decode(struct picture_file *file, struct raster *raster, bool whole, bool pixels) {
    if (!whole && (pixels || !has_texts(raster))) {
        return false;
    }
    if (!whole) {
        snprintf(file->damage, sizeof file->damage, "%s", raster->reason);
    }
    take_texts(file, raster);
    colour_settle(&raster->colour);
    file->deep = raster->sample_bytes > 1;
    file->recoloured = raster->colour.kind == COLOUR_OTHER;
    file->profile_unknown = raster->colour.kind == COLOUR_UNKNOWN;
    return !pixels || take_pixels(file, raster);
}

bool picture_file_decode(struct picture_file *file, const unsigned char *bytes, size_t size,
                         bool pixels, char *reason, size_t room) {
    const struct raster_format *format = find_format(bytes, size);
    struct raster raster = {0};
    *file = (struct picture_file){0};
    reason[0] = '\0';
    if (format == NULL) {
        snprintf(reason, room, "it is no picture of a kind that can be read (%s)",
                 picture_file_formats());
        return false;
    }
    bool whole = format->decode(&raster, bytes, size, pixels);
    bool ok = decode(file, &raster, whole, pixels);
    file->format = format->name;
    if (!ok) {
        snprintf(reason, room, "%s", whole ? "" : raster.reason);
        picture_file_free(file);
    }
    raster_free(&raster);
    return ok;
}

int picture_file_take(struct picture_file *file, struct input *input, bool pixels) {
    char *bytes, reason[160];
    size_t size;
    *file = (struct picture_file){0};
    int code = input_rest(input, PICTURE_FILE_LIMIT, &bytes, &size);
    if (code != 0) {
        return code;
    }
    if (!picture_file_decode(file, (const unsigned char *)bytes, size, pixels, reason,
                             sizeof reason)) {
        code = reason[0] != '\0'
                   ? fail(UM_ERROR_IO, "cannot read %s: %s", input->name, reason)
                   : fail(UM_ERROR_MEMORY, "not enough memory to read %s", input->name);
    } else if (file->damage[0] != '\0') {
        note("warning: %s is damaged: %s", input->name, file->damage);
    }
    free(bytes);
    return code;
}

int picture_file_read(struct picture_file *file, const char *path, bool pixels) {
    struct input input;
    *file = (struct picture_file){0};
    int code = input_open(&input, path);
    return code != 0 ? code : picture_file_take(file, &input, pixels);
}

/* ------------------------------------------------------------------ what becomes of it */

void picture_file_remark(const struct picture_file *file, char *text, size_t room) {
    const char *depth = file->deep ? "its 16 bits per channel become 8" : "";
    const char *colours = file->recoloured ? "its colours become sRGB"
                          : file->profile_unknown
                              ? "its colour profile is not understood, so its colours are taken "
                                "as sRGB"
                              : "";
    snprintf(text, room, "%s%s%s", depth, depth[0] != '\0' && colours[0] != '\0' ? ", and " : "",
             colours);
}

void picture_file_note(const struct picture_file *file, const char *path) {
    char text[200];
    picture_file_remark(file, text, sizeof text);
    if (text[0] != '\0') {
        note("%s: %s", path, text);
    }
}

bool picture_file_on_white(const struct picture_file *file, struct picture *picture) {
    size_t count = (size_t)file->width * file->height;
    if (!picture_make(picture, file->width, file->height)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const uint8_t *rgba = file->rgba + 4 * i;
        float alpha = (float)rgba[3] / 255.0F;
        for (size_t c = 0; c < 3; c++) {
            float value = (float)rgba[c] / 255.0F;
            picture->rgb[3 * i + c] = rgba[3] == 255 ? value : value * alpha + (1.0F - alpha);
        }
    }
    return true;
}

void picture_file_free(struct picture_file *file) {
    free(file->rgba);
    free(file->parameters);
    free(file->unmask);
    *file = (struct picture_file){0};
}
