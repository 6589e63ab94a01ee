/* Pictures in and out, on the worker thread. */
#include "viewer/worker_private.h"

#include "common/apng.h"
#include "common/atomic_file.h"
#include "common/png_io.h"
#include "common/utf8.h"
#include "input/enlarged.h"
#include "viewer/helper.h"
#include "viewer/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What was done to the pixels, one sentence after the other. */
static void remark(struct message *message, const struct picture_file *file, enum enlarged what) {
    char pixels[200], size[256];
    picture_file_remark(file, pixels, sizeof pixels);
    enlarged_remark(what, file, size, sizeof size);
    if (pixels[0] != '\0' || size[0] != '\0') {
        snprintf(message->remark, sizeof message->remark, "Note: %s%s%s.", pixels,
                 pixels[0] != '\0' && size[0] != '\0' ? "; " : "", size);
    }
}

/* Fills in the pixels. False: no memory. */
static bool take_pixels(struct message *message, struct picture_file *file) {
    struct picture picture;
    enum enlarged what = enlarged_undo(file, &message->scale);
    size_t values = (size_t)file->width * file->height * 3;
    remark(message, file, what);
    message->width = file->width;
    message->height = file->height;
    message->pixels = malloc(values);
    if (message->pixels == NULL || !picture_file_on_white(file, &picture)) {
        return false;
    }
    take_bytes(message->pixels, picture.rgb, values);
    picture_free(&picture);
    return true;
}

void work_read(struct worker *worker, struct job *job) {
    struct picture_file file;
    if (picture_file_read(&file, job->path, true) != 0) {
        worker_fail(worker, UM_ERROR_IO);
        return;
    }
    struct message *message = message_make(MSG_PICTURE, job->id);
    if (message == NULL || !take_pixels(message, &file)) {
        message_free(message);
        worker_fail(worker, UM_ERROR_MEMORY);
    } else {
        utf8_copy(message->text, sizeof message->text, job->path);
        if (file.unmask != NULL) {
            message->has_settings = meta_read(&message->settings, file.unmask, job->path) == 0;
            if (!message->has_settings) {
                worker_fail(worker, UM_ERROR_ARGUMENT);
            }
        }
        worker_send(worker, message);
    }
    picture_file_free(&file);
}

/* The 8-bit values come back exactly: picture_byte() inverts the division. */
static bool to_picture(struct picture *picture, const uint8_t *bytes, uint32_t width,
                       uint32_t height) {
    if (!picture_make(picture, width, height)) {
        return false;
    }
    size_t values = (size_t)width * height * 3;
    for (size_t i = 0; i < values; i++) {
        picture->rgb[i] = (float)bytes[i] / 255.0F;
    }
    return true;
}

static bool encode(struct buffer *out, const struct job *job, const struct png_text_pair *texts,
                   size_t text_count) {
    struct picture picture = {0};
    struct apng animation = {0};
    bool ok = true;
    if (job->frame_count == 1) {
        ok = to_picture(&picture, job->frames[0], job->width, job->height) &&
             png_encode(out, &picture, texts, text_count);
        picture_free(&picture);
        return ok;
    }
    for (uint32_t i = 0; ok && i < job->frame_count; i++) {
        bool last = i + 1 == job->frame_count;
        ok = to_picture(&picture, job->frames[i], job->width, job->height) &&
             apng_add(&animation, &picture, last ? job->last_ms : job->frame_ms);
        picture_free(&picture);
    }
    ok = ok && apng_encode(out, &animation, texts, text_count);
    apng_free(&animation);
    return ok;
}

static void copy_file(struct worker *worker, const struct buffer *file) {
    static const char *const sentences[] = {
        [CLIPBOARD_HAS_IT] = "Copied the picture.",
        [CLIPBOARD_NO_PROGRAM] = "Copying a picture needs wl-copy (wl-clipboard) or xclip.",
        [CLIPBOARD_FAILED] = "The clipboard did not take the picture.",
    };
    enum clipboard_answer answer = clipboard_put_png(file->bytes, file->size);
    worker_say(worker, answer == CLIPBOARD_HAS_IT ? MSG_NOTE : MSG_ERROR, sentences[answer]);
}

void work_save(struct worker *worker, struct job *job) {
    struct buffer json = {0}, parameters = {0}, file = {0};
    struct png_text_pair texts[2];
    size_t count = 0;
    bool ok = true;
    meta_parameters(&parameters, &job->meta);
    ok = buffer_append(&parameters, "", 1);
    texts[count++] = (struct png_text_pair){"parameters", (const char *)parameters.bytes};
    meta_json(&json, &job->meta);
    ok = buffer_append(&json, "", 1) && ok;
    texts[count++] = (struct png_text_pair){"unmask", (const char *)json.bytes};
    if (strcmp(job->meta.command, "read") == 0) {
        count = 0; /* somebody else's picture: our settings say nothing about it */
    }
    ok = ok && encode(&file, job, texts, count);
    if (ok && !job->clipboard) {
        make_folders(job->path);
    }
    if (!ok) {
        worker_fail(worker, UM_ERROR_MEMORY);
    } else if (job->clipboard) {
        copy_file(worker, &file);
    } else if (write_file(job->path, file.bytes, file.size) != 0) {
        worker_fail(worker, UM_ERROR_IO);
    } else {
        struct message *message = message_make(MSG_NOTE, job->id);
        if (message != NULL) {
            snprintf(message->text, sizeof message->text, "Saved %s", job->path);
            utf8_trim(message->text);
            message->saved = job->saved;
        }
        worker_send(worker, message);
    }
    buffer_free(&json);
    buffer_free(&parameters);
    buffer_free(&file);
}
