/* The table of output formats. */
#include "common/sink.h"

#include "common/atomic_file.h"
#include "common/npy.h"
#include "common/paths.h"
#include "common/report.h"

#include <inttypes.h>
#include <string.h>

static bool encode_npy(struct buffer *out, const struct picture *picture,
                       const struct png_text_pair *texts, size_t text_count) {
    const uint32_t shape[] = {picture->height, picture->width, 3};
    (void)texts;
    (void)text_count;
    return npy_encode(out, picture->rgb, shape, 3);
}

static bool encode_ppm(struct buffer *out, const struct picture *picture,
                       const struct png_text_pair *texts, size_t text_count) {
    size_t count = (size_t)picture->width * picture->height * 3;
    (void)texts;
    (void)text_count;
    buffer_format(out, "P6\n%u %u\n255\n", picture->width, picture->height);
    for (size_t i = 0; i < count; i++) {
        uint8_t byte = picture_byte(picture->rgb[i]);
        buffer_append(out, &byte, 1);
    }
    return !out->failed;
}

static bool encode_hash(struct buffer *out, const struct picture *picture,
                        const struct png_text_pair *texts, size_t text_count) {
    (void)texts;
    (void)text_count;
    return buffer_format(out, "%016" PRIx64 "\n", picture_hash(picture));
}

static bool encode_null(struct buffer *out, const struct picture *picture,
                        const struct png_text_pair *texts, size_t text_count) {
    (void)picture;
    (void)texts;
    (void)text_count;
    return !out->failed;
}

static const struct sink sinks[] = {
    {".png", true, png_encode},   {".npy", true, encode_npy},   {".ppm", true, encode_ppm},
    {"hash", false, encode_hash}, {"null", false, encode_null},
};

const struct sink *sink_for(const char *path, const char *option) {
    if (strcmp(path, "-") == 0) {
        return &sinks[0];
    }
    for (size_t i = 0; i < sizeof sinks / sizeof sinks[0]; i++) {
        const char *suffix = sinks[i].suffix;
        if (sinks[i].is_file ? path_ends(path, suffix) : strcmp(path, suffix) == 0) {
            return &sinks[i];
        }
    }
    fail(EXIT_USAGE, "--%s: '%s' must end in .png, .npy or .ppm, or be -, hash or null", option,
         path);
    return NULL;
}

int sink_write(const struct sink *sink, const char *path, const struct picture *picture,
               const struct png_text_pair *texts, size_t text_count) {
    struct buffer out = {0};
    int code = sink->encode(&out, picture, texts, text_count)
                   ? 0
                   : fail(UM_ERROR_MEMORY, "not enough memory to write %s", path);
    if (code == 0 && (sink->is_file || out.size > 0)) {
        code = write_file(sink->is_file ? path : "-", out.bytes, out.size);
    }
    buffer_free(&out);
    return code;
}
