/* Drawings with their steps. */
#include "viewer/take.h"

#include "common/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool frame_make(struct take_frame *frame, size_t tokens, size_t pixels) {
    frame->tokens = malloc(tokens * sizeof *frame->tokens);
    frame->guess = malloc(tokens * sizeof *frame->guess);
    frame->confidence = calloc(tokens, sizeof *frame->confidence);
    frame->fixed_step = malloc(tokens * sizeof *frame->fixed_step);
    frame->rgb = pixels > 0 ? malloc(pixels * 3) : NULL;
    if (frame->tokens == NULL || frame->guess == NULL || frame->confidence == NULL ||
        frame->fixed_step == NULL || (pixels > 0 && frame->rgb == NULL)) {
        return false;
    }
    for (size_t i = 0; i < tokens; i++) {
        frame->tokens[i] = frame->guess[i] = -1;
        frame->fixed_step[i] = FIXED_MASKED;
    }
    frame->masked = (uint32_t)tokens;
    return true;
}

struct take_step *take_step_make(uint32_t index, uint32_t images, size_t tokens, size_t pixels) {
    struct take_step *step = calloc(1, sizeof *step);
    if (step == NULL) {
        return NULL;
    }
    *step = (struct take_step){.index = index, .images = images};
    step->frames = calloc(images, sizeof *step->frames);
    bool ok = step->frames != NULL;
    for (uint32_t i = 0; ok && i < images; i++) {
        ok = frame_make(&step->frames[i], tokens, pixels);
    }
    if (!ok) {
        take_step_free(step);
        return NULL;
    }
    return step;
}

void take_step_free(struct take_step *step) {
    if (step == NULL) {
        return;
    }
    for (uint32_t i = 0; step->frames != NULL && i < step->images; i++) {
        struct take_frame *frame = &step->frames[i];
        free(frame->tokens);
        free(frame->guess);
        free(frame->confidence);
        free(frame->fixed_step);
        free(frame->rgb);
    }
    free(step->frames);
    free(step);
}

struct take_step *take_step_copy(const struct take_step *step, int32_t image, size_t tokens,
                                 size_t pixels) {
    uint32_t first = image < 0 ? 0 : (uint32_t)image, images = image < 0 ? step->images : 1;
    bool drawn = step->frames[first].rgb != NULL;
    struct take_step *copy = take_step_make(step->index, images, tokens, drawn ? pixels : 0);
    if (copy == NULL) {
        return NULL;
    }
    copy->seconds = step->seconds;
    for (uint32_t i = 0; i < images; i++) {
        const struct take_frame *from = &step->frames[first + i];
        struct take_frame *to = &copy->frames[i];
        memcpy(to->tokens, from->tokens, tokens * sizeof *to->tokens);
        memcpy(to->guess, from->guess, tokens * sizeof *to->guess);
        memcpy(to->confidence, from->confidence, tokens * sizeof *to->confidence);
        memcpy(to->fixed_step, from->fixed_step, tokens * sizeof *to->fixed_step);
        to->masked = from->masked;
        if (drawn) {
            memcpy(to->rgb, from->rgb, pixels * 3);
        }
    }
    return copy;
}

bool take_add(struct take *take, struct take_step *step) {
    if (take->count == take->capacity) {
        size_t capacity = take->capacity * 2 + 16;
        struct take_step **steps = realloc(take->steps, capacity * sizeof *steps);
        if (steps == NULL) {
            take_step_free(step);
            return false;
        }
        take->steps = steps;
        take->capacity = capacity;
    }
    take->steps[take->count++] = step;
    return true;
}

const struct take_frame *take_frame_at(const struct take *take, size_t at, uint32_t image) {
    if (at >= take->count || image >= take->steps[at]->images) {
        return NULL;
    }
    return &take->steps[at]->frames[image];
}

size_t take_nearest(const struct take *take, double index) {
    size_t best = 0;
    for (size_t i = 1; i < take->count; i++) {
        double now = fabs((double)take->steps[i]->index - index);
        best = now < fabs((double)take->steps[best]->index - index) ? i : best;
    }
    return best;
}

uint32_t take_stride(uint32_t total, uint32_t images, size_t tokens, size_t pixels) {
    static const double LIMIT = 100e6;
    double step = (double)images * ((double)tokens * 14 + (double)pixels * 3);
    double stride = ceil(step * (double)total / LIMIT);
    return stride < 1 ? 1 : stride > (double)total ? total : (uint32_t)stride;
}

const uint8_t *take_before(const struct take *take) {
    return take->count > 1 && take->edited ? take->steps[0]->frames[0].rgb : NULL;
}

size_t take_size(const struct take *take) {
    size_t tokens = (size_t)take->grid_width * take->grid_height, bytes = 0;
    size_t pixels = (size_t)take->width * take->height;
    for (size_t i = 0; i < take->count; i++) {
        const struct take_step *step = take->steps[i];
        bytes += sizeof *step + step->images * (sizeof *step->frames + tokens * 14);
        for (uint32_t image = 0; image < step->images; image++) {
            bytes += step->frames[image].rgb != NULL ? pixels * 3 : 0;
        }
    }
    return bytes;
}

bool take_is_saved(const struct take *take) {
    uint32_t images = take->count > 0 ? take->steps[0]->images : 0;
    for (uint32_t i = 0; i < images; i++) {
        if ((take->saved >> i & 1) == 0) {
            return false;
        }
    }
    return true;
}

void take_thin(struct take *take) {
    if (take->count > 2) {
        for (size_t i = 1; i + 1 < take->count; i++) {
            take_step_free(take->steps[i]);
        }
        take->steps[1] = take->steps[take->count - 1];
        take->count = 2;
    }
}

bool take_add_start(struct take *take, const uint8_t *source) {
    size_t tokens = (size_t)take->grid_width * take->grid_height;
    size_t pixels = (size_t)take->width * take->height;
    struct take_step *step =
        take_step_make(0, take->options.images, tokens, source != NULL ? pixels : 0);
    for (uint32_t i = 0; step != NULL && source != NULL && i < step->images; i++) {
        memcpy(step->frames[i].rgb, source, pixels * 3);
        for (size_t t = 0; t < tokens; t++) {
            step->frames[i].fixed_step[t] = 0;
        }
        step->frames[i].masked = 0;
    }
    return step != NULL && take_add(take, step);
}

void take_drop_steps(struct take *take) {
    for (size_t i = 0; i < take->count; i++) {
        take_step_free(take->steps[i]);
    }
    free(take->steps);
    take->steps = NULL;
    take->count = take->capacity = 0;
}

void take_clear(struct take *take) {
    take_drop_steps(take);
    *take = (struct take){0};
}

double take_step_seconds(const struct take *take) {
    double sum = 0;
    int count = 0;
    for (size_t i = take->count; i > 0 && count < 8; i--) {
        if (take->steps[i - 1]->seconds > 0) {
            sum += take->steps[i - 1]->seconds;
            count++;
        }
    }
    return count > 0 ? sum / count : 0;
}

void take_bytes(uint8_t *bytes, const float *rgb, size_t values) {
    for (size_t i = 0; i < values; i++) {
        bytes[i] = picture_byte(rgb[i]);
    }
}
