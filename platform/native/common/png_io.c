/* PNG through libpng. Everything that must survive a longjmp lives in a struct. */
#include "common/png_io.h"

#include "common/utf8.h"

#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    png_structp png;
    png_infop info;
    char message[128]; /* of libpng's error */
    struct buffer *out;
    unsigned char *pixels; /* RGB rows */
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
