/* Enlargements, and the way back. */
#include "input/enlarged.h"

#include "common/json.h"
#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the settings say, each 0 if they do not. */
struct statement {
    uint32_t scale, width, height;
};

static uint32_t find_whole(const struct json_object *object, const char *key) {
    const char *text = json_find(object, key, false);
    bool whole = text != NULL && strspn(text, "0123456789") == strlen(text) && strlen(text) < 9;
    return whole ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

/* A sheet is no enlarged picture: its cells are, the gaps between them are not. */
static struct statement read_statement(const char *settings) {
    struct statement statement = {0};
    struct json_object object;
    if (settings == NULL || !json_read(&object, settings)) {
        return statement;
    }
    const char *kind = json_find(&object, "kind", true);
    if (kind == NULL || strcmp(kind, "sheet") != 0) {
        statement = (struct statement){find_whole(&object, "scale"), find_whole(&object, "width"),
                                       find_whole(&object, "height")};
    }
    json_free(&object);
    return statement;
}

static uint32_t factor_of(const struct statement *statement) {
    return statement->scale >= 1 && statement->scale <= ENLARGED_MOST ? statement->scale : 1;
}

uint32_t enlarged_stated(const char *settings) {
    struct statement statement = read_statement(settings);
    return factor_of(&statement);
}

static const uint8_t *pixel_at(const struct picture_file *file, uint32_t x, uint32_t y) {
    return file->rgba + ((size_t)y * file->width + x) * 4;
}

/* Whether every pixel is that of its square's first corner. */
static bool exact(const struct picture_file *file, uint32_t factor) {
    for (uint32_t y = 0; y < file->height; y++) {
        for (uint32_t x = 0; x < file->width; x++) {
            const uint8_t *corner = pixel_at(file, x / factor * factor, y / factor * factor);
            if (memcmp(pixel_at(file, x, y), corner, 4) != 0) {
                return false;
            }
        }
    }
    return true;
}

/* The mean of a square; colours count as much as they cover. */
static void mean(const struct picture_file *file, uint32_t left, uint32_t top, uint32_t factor,
                 uint8_t out[4]) {
    uint32_t sum[4] = {0}, count = factor * factor;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *pixel = pixel_at(file, left + i % factor, top + i / factor);
        for (int c = 0; c < 3; c++) {
            sum[c] += (uint32_t)pixel[c] * pixel[3];
        }
        sum[3] += pixel[3];
    }
    for (int c = 0; c < 3; c++) {
        out[c] = sum[3] > 0 ? (uint8_t)((sum[c] + sum[3] / 2) / sum[3]) : 0;
    }
    out[3] = (uint8_t)((sum[3] + count / 2) / count);
}

/* In place: every pixel is written before the ones that are read later. */
static void shrink(struct picture_file *file, uint32_t factor) {
    uint32_t width = file->width / factor, height = file->height / factor;
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            uint8_t pixel[4];
            mean(file, x * factor, y * factor, factor, pixel);
            memcpy(file->rgba + ((size_t)y * width + x) * 4, pixel, 4);
        }
    }
    file->width = width;
    file->height = height;
}

enum enlarged enlarged_undo(struct picture_file *file, uint32_t *factor) {
    struct statement statement = read_statement(file->unmask);
    uint32_t by = factor_of(&statement);
    *factor = 1;
    if (by == 1) {
        return ENLARGED_NOT;
    }
    bool whole = file->width % by == 0 && file->height % by == 0;
    bool same = file->width == statement.width && file->height == statement.height;
    bool exactly = whole && exact(file, by);
    if (!exactly && !(whole && same)) {
        return ENLARGED_NO_MORE;
    }
    shrink(file, by);
    *factor = by;
    return exactly ? ENLARGED_EXACTLY : ENLARGED_ABOUT;
}

void enlarged_remark(enum enlarged what, const struct picture_file *file, char *text, size_t room) {
    uint32_t by = enlarged_stated(file->unmask);
    text[0] = '\0';
    if (what == ENLARGED_ABOUT) {
        snprintf(text, room,
                 "its settings say that it was enlarged %u times, and it was changed since; each "
                 "%ux%u pixels become their mean",
                 by, by, by);
    } else if (what == ENLARGED_NO_MORE) {
        snprintf(text, room,
                 "its settings say that it was enlarged %u times, which it is no more; its %ux%u "
                 "pixels are used as they are",
                 by, file->width, file->height);
    }
}

uint32_t enlarged_undo_and_note(struct picture_file *file, const char *path) {
    char text[256];
    uint32_t factor;
    enum enlarged what = enlarged_undo(file, &factor);
    enlarged_remark(what, file, text, sizeof text);
    if (text[0] != '\0') {
        note("warning: %s: %s", path, text);
    }
    return factor;
}
