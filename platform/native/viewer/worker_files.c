/* Pictures in and out, on the worker thread. */
#include "viewer/worker_private.h"

#include "common/apng.h"
#include "common/atomic_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void work_read(struct worker *worker, struct job *job) {
    struct png_content content;
    if (png_read(job->path, true, &content) != 0) {
        worker_fail(worker, UM_ERROR_IO);
        return;
    }
    struct message *message = message_make(MSG_PICTURE, job->id);
    size_t values = (size_t)content.width * content.height * 3;
    if (message != NULL) {
        message->pixels = malloc(values);
        message->width = content.width;
        message->height = content.height;
    }
    if (message == NULL || message->pixels == NULL) {
        message_free(message);
        worker_fail(worker, UM_ERROR_MEMORY);
    } else {
        take_bytes(message->pixels, content.picture.rgb, values);
        snprintf(message->text, sizeof message->text, "%s", job->path);
        if (content.unmask != NULL) {
            message->has_settings = meta_read(&message->settings, content.unmask, job->path) == 0;
            if (!message->has_settings) {
                worker_fail(worker, UM_ERROR_ARGUMENT);
            }
        }
        worker_send(worker, message);
    }
    png_content_free(&content);
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
    if (!ok) {
        worker_fail(worker, UM_ERROR_MEMORY);
    } else if (write_file(job->path, file.bytes, file.size) != 0) {
        worker_fail(worker, UM_ERROR_IO);
    } else {
        struct message *message = message_make(MSG_NOTE, job->id);
        if (message != NULL) {
            snprintf(message->text, sizeof message->text, "Saved %s", job->path);
            message->saved = job->saved;
        }
        worker_send(worker, message);
    }
    buffer_free(&json);
    buffer_free(&parameters);
    buffer_free(&file);
}
