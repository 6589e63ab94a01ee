/* PNG through libpng. Everything that must survive a longjmp lives in a struct. */
#include "common/png_io.h"

#include "common/atomic_file.h"
#include "common/png_text.h"
#include "common/report.h"
#include "common/utf8.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 256 << 20, CHUNK_LIMIT = 8 << 20, CHUNK_COUNT_LIMIT = 128 };

struct job {
    png_structp png;
    png_infop info;
    char message[128]; /* of libpng's error */
    struct buffer *out;
    const char *in;
    size_t in_size, in_position;
    unsigned char *pixels; /* RGB or RGBA rows */
    png_bytep *rows;
};

static void on_error(png_structp png, png_const_charp message) {
    struct job *job = png_get_error_ptr(png);
    utf8_copy(job->message, sizeof job->message, message);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message;
}

static bool make_rows(struct job *job, uint32_t width, uint32_t height, size_t channels) {
    size_t row = (size_t)width * channels;
    job->pixels = malloc(row * height);
    job->rows = malloc(sizeof *job->rows * height);
    for (uint32_t y = 0; job->pixels != NULL && job->rows != NULL && y < height; y++) {
        job->rows[y] = job->pixels + row * y;
    }
    return job->pixels != NULL && job->rows != NULL;
}

static void free_rows(struct job *job) {
    free(job->pixels);
    free(job->rows);
}

static void on_write(png_structp png, png_bytep bytes, size_t size) {
    struct job *job = png_get_io_ptr(png);
    if (!buffer_append(job->out, bytes, size)) {
        png_error(png, "out of memory");
    }
}

static void on_flush(png_structp png) {
    (void)png;
}

static void set_texts(struct job *job, const struct png_text_pair *texts, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char key[80];
        snprintf(key, sizeof key, "%s", texts[i].key);
        png_text text = {.compression = PNG_ITXT_COMPRESSION_NONE, .key = key};
        text.text = (char *)(size_t)texts[i].text; /* libpng copies it, and does not change it */
        text.itxt_length = strlen(texts[i].text);
        png_set_text(job->png, job->info, &text, 1);
    }
}

static bool encode(struct job *job, const struct picture *picture,
                   const struct png_text_pair *texts, size_t text_count) {
    if (setjmp(png_jmpbuf(job->png))) {
        return false;
    }
    png_set_user_limits(job->png, PNG_SIDE_LIMIT, PNG_SIDE_LIMIT);
    png_set_write_fn(job->png, job, on_write, on_flush);
    png_set_IHDR(job->png, job->info, picture->width, picture->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    set_texts(job, texts, text_count);
    png_write_info(job->png, job->info);
    png_write_image(job->png, job->rows);
    png_write_end(job->png, NULL);
    return true;
}

bool png_encode(struct buffer *out, const struct picture *picture,
                const struct png_text_pair *texts, size_t text_count) {
    struct job job = {.out = out};
    bool ok = make_rows(&job, picture->width, picture->height, 3);
    size_t count = (size_t)picture->width * picture->height * 3;
    for (size_t i = 0; ok && i < count; i++) {
        job.pixels[i] = picture_byte(picture->rgb[i]);
    }
    if (ok) {
        job.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
        job.info = job.png != NULL ? png_create_info_struct(job.png) : NULL;
        ok = job.info != NULL && encode(&job, picture, texts, text_count);
        png_destroy_write_struct(&job.png, &job.info);
    }
    free_rows(&job);
    return ok;
}

static void on_read(png_structp png, png_bytep bytes, size_t size) {
    struct job *job = png_get_io_ptr(png);
    if (size > job->in_size - job->in_position) {
        png_error(png, "the file ends too early");
    }
    memcpy(bytes, job->in + job->in_position, size);
    job->in_position += size;
}

/* The text of the last chunk with that key, as a new string. */
static char *find_text(const struct job *job, png_infop info, const char *key) {
    png_textp texts = NULL;
    int count = 0;
    char *found = NULL;
    png_get_text(job->png, info, &texts, &count);
    for (int i = 0; i < count; i++) {
        if (strcmp(texts[i].key, key) == 0 && texts[i].text != NULL) {
            free(found);
            found = png_text_utf8(texts[i].text, texts[i].compression >= PNG_ITXT_COMPRESSION_NONE);
        }
    }
    return found;
}

/* Turns every kind of PNG into 8-bit RGBA. */
static void ask_for_rgba(struct job *job) {
    png_set_expand(job->png);
    png_set_scale_16(job->png);
    png_set_gray_to_rgb(job->png);
    png_set_add_alpha(job->png, 255, PNG_FILLER_AFTER);
    png_set_interlace_handling(job->png);
    png_read_update_info(job->png, job->info);
}

static bool composite(const struct job *job, struct picture *picture, uint32_t width,
                      uint32_t height) {
    if (!picture_make(picture, width, height)) {
        return false;
    }
    size_t count = (size_t)width * height;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *rgba = job->pixels + 4 * i;
        float alpha = (float)rgba[3] / 255.0F;
        for (size_t c = 0; c < 3; c++) {
            float value = (float)rgba[c] / 255.0F;
            picture->rgb[3 * i + c] = rgba[3] == 255 ? value : value * alpha + (1.0F - alpha);
        }
    }
    return true;
}

static bool decode(struct job *job, bool want_pixels, struct png_content *content) {
    if (setjmp(png_jmpbuf(job->png))) {
        return false;
    }
    png_set_user_limits(job->png, PNG_SIDE_LIMIT, PNG_SIDE_LIMIT);
    png_set_chunk_malloc_max(job->png, CHUNK_LIMIT);
    png_set_chunk_cache_max(job->png, CHUNK_COUNT_LIMIT);
    png_set_read_fn(job->png, job, on_read);
    png_read_info(job->png, job->info);
    content->width = png_get_image_width(job->png, job->info);
    content->height = png_get_image_height(job->png, job->info);
    if (want_pixels) {
        ask_for_rgba(job);
        if (!make_rows(job, content->width, content->height, 4)) {
            png_error(job->png, "out of memory");
        }
        png_read_image(job->png, job->rows);
        png_read_end(job->png, job->info);
    }
    content->parameters = find_text(job, job->info, "parameters");
    content->unmask = find_text(job, job->info, "unmask");
    return !want_pixels || composite(job, &content->picture, content->width, content->height);
}

int png_read(const char *path, bool want_pixels, struct png_content *content) {
    *content = (struct png_content){0};
    struct job job = {.message = "not enough memory"};
    char *bytes;
    int code = read_file(path, FILE_LIMIT, &bytes, &job.in_size);
    if (code != 0) {
        return code;
    }
    job.in = bytes;
    bool ok = job.in_size >= 8 && png_sig_cmp((png_const_bytep)bytes, 0, 8) == 0;
    if (!ok) {
        snprintf(job.message, sizeof job.message, "it is not a PNG file");
    } else {
        job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
        job.info = job.png != NULL ? png_create_info_struct(job.png) : NULL;
        ok = job.info != NULL && decode(&job, want_pixels, content);
        png_destroy_read_struct(&job.png, &job.info, NULL);
    }
    free_rows(&job);
    free(bytes);
    if (!ok) {
        png_content_free(content);
        return fail(UM_ERROR_IO, "cannot read %s: %s", path, job.message);
    }
    return 0;
}

void png_content_free(struct png_content *content) {
    picture_free(&content->picture);
    free(content->parameters);
    free(content->unmask);
    *content = (struct png_content){0};
}

bool png_recognised(const char *path) {
    unsigned char start[8];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool is_png = fread(start, 1, sizeof start, file) == sizeof start &&
                  png_sig_cmp(start, 0, sizeof start) == 0;
    fclose(file);
    return is_png;
}
