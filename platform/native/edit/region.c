/* Masks from files and boxes. */
#include "edit/region.h"

#include "common/report.h"
#include "input/picture_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(void) {
    return fail(UM_ERROR_MEMORY, "not enough memory for the mask");
}

/* ------------------------------------------------------------------ a picture as mask */

enum paint { PAINT_NONE, PAINT_DARK, PAINT_LIGHT, PAINTS };

/* From half opaque on something is painted, from middle grey on it is light. */
static enum paint paint_of(const uint8_t rgba[4]) {
    if (rgba[3] < 128) {
        return PAINT_NONE;
    }
    return rgba[0] + rgba[1] + rgba[2] >= 383 ? PAINT_LIGHT : PAINT_DARK;
}

/* What is painted light is marked; but of a layer that is transparent around dark strokes alone,
 * the strokes are: a black brush is the usual one. */
static enum paint marking(const size_t counts[PAINTS], const char *path) {
    if (counts[PAINT_NONE] == 0 || counts[PAINT_DARK] == 0 || counts[PAINT_LIGHT] > 0) {
        return PAINT_LIGHT;
    }
    note("--mask: %s has only dark strokes on a transparent layer, so the strokes are redrawn",
         path);
    return PAINT_DARK;
}

static int fill_mask(uint8_t *mask, const struct picture_file *file, const char *path) {
    size_t count = (size_t)file->width * file->height, counts[PAINTS] = {0};
    for (size_t i = 0; i < count; i++) {
        counts[paint_of(file->rgba + 4 * i)]++;
    }
    enum paint marked = marking(counts, path);
    if (counts[marked] == 0) {
        return fail(EXIT_USAGE,
                    "--mask: %s is empty: it has no white pixels, so there is nothing to redraw",
                    path);
    }
    if (counts[marked] == count) {
        note("warning: --mask: %s marks the whole picture", path);
    }
    for (size_t i = 0; i < count; i++) {
        mask[i] = paint_of(file->rgba + 4 * i) == marked;
    }
    return 0;
}

/* *small: whether the mask has the size at which the picture is worked on already. */
static int read_mask(uint8_t **mask, const char *path, uint32_t width, uint32_t height,
                     uint32_t factor, bool *small) {
    struct picture_file file;
    int code = picture_file_read(&file, path, true);
    if (code != 0) {
        return code;
    }
    *small = file.width == width / factor && file.height == height / factor;
    if (!*small && (file.width != width || file.height != height)) {
        code = fail(EXIT_USAGE, "--mask: %s is %ux%u pixels, the picture is %ux%u", path,
                    file.width, file.height, width, height);
    } else if ((*mask = malloc((size_t)file.width * file.height)) == NULL) {
        code = no_memory();
    }
    code = code != 0 ? code : fill_mask(*mask, &file, path);
    picture_file_free(&file);
    return code;
}

/* A square is marked if a pixel of it is. In place. */
static void reduce(uint8_t *mask, uint32_t width, uint32_t height, uint32_t factor) {
    for (uint32_t y = 0; y < height / factor; y++) {
        for (uint32_t x = 0; x < width / factor; x++) {
            uint8_t marked = 0;
            for (uint32_t i = 0; i < factor * factor; i++) {
                uint32_t row = y * factor + i / factor, column = x * factor + i % factor;
                marked |= mask[(size_t)row * width + column];
            }
            mask[(size_t)y * (width / factor) + x] = marked;
        }
    }
}

/* ------------------------------------------------------------------ a box */

/* Exactly four whole numbers separated by commas. */
static bool parse_box(const char *text, uint32_t box[4]) {
    for (int i = 0; i < 4; i++) {
        char *end;
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 9) {
            return false;
        }
        box[i] = (uint32_t)strtoul(text, &end, 10);
        if (*end != (i < 3 ? ',' : '\0')) {
            return false;
        }
        text = end + 1;
    }
    return true;
}

static int fill_box(uint8_t **mask, const char *text, uint32_t width, uint32_t height) {
    uint32_t box[4];
    if (!parse_box(text, box)) {
        return fail(EXIT_USAGE, "--box: '%s' is not top,left,height,width in pixels", text);
    }
    if (box[2] == 0 || box[3] == 0 || box[0] + box[2] > height || box[1] + box[3] > width) {
        return fail(EXIT_USAGE, "--box: %s %s the picture of %ux%u pixels", text,
                    box[2] == 0 || box[3] == 0 ? "covers no pixel of" : "is not within", width,
                    height);
    }
    *mask = calloc(height, width);
    if (*mask == NULL) {
        return no_memory();
    }
    for (uint32_t y = box[0]; y < box[0] + box[2]; y++) {
        memset(*mask + (size_t)y * width + box[1], 1, box[3]);
    }
    return 0;
}

int region_read(uint8_t **mask, const struct args *args, uint32_t width, uint32_t height,
                uint32_t factor) {
    const char *path = args->text[OPT_MASK], *box = args->text[OPT_BOX];
    bool small = false;
    *mask = NULL;
    if (path != NULL && box != NULL) {
        return fail(EXIT_USAGE, "--mask and --box cannot be used together");
    }
    int code = path != NULL  ? read_mask(mask, path, width, height, factor, &small)
               : box != NULL ? fill_box(mask, box, width, height)
                             : 0;
    if (code == 0 && *mask != NULL && !small) {
        reduce(*mask, width, height, factor);
    }
    return code;
}
