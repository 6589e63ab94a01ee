/* The loop of steps and pictures. */
#include "generate/draw.h"

#include "common/interrupt.h"
#include "common/report.h"

enum { GROUP = 32 };

uint32_t draw_group_size(const struct engine *engine) {
    um_device_kind kind = engine->device->kind;
    return kind == UM_DEVICE_CPU_BACKEND || kind == UM_DEVICE_SOFTWARE ? 1 : GROUP;
}

/* Makes one picture anew, as it is so far. Exit code. */
static int decode(struct drawing *drawing, const struct painter *painter, uint32_t image,
                  struct picture *picture) {
    const struct frame *frame = &drawing->outputs.frame;
    double start = now_seconds();
    if (!picture_make(picture, frame->width, frame->height)) {
        return fail(UM_ERROR_MEMORY, "not enough memory for a picture");
    }
    int code = fail_status(painter->picture(painter->object, image, picture->rgb));
    if (code == 0 && !picture_finite(picture)) {
        code =
            fail(UM_ERROR_CHECK, "picture %u contains values that are not finite numbers", image);
    }
    if (code != 0) {
        picture_free(picture);
    }
    timings_decode(&drawing->timings, now_seconds() - start);
    return code;
}

/* Hands every picture of the batch on: after a step, or finished. */
static int hand_on(struct drawing *drawing, const struct painter *painter, uint32_t start,
                   uint32_t batch, bool finished) {
    for (uint32_t i = 0; i < batch; i++) {
        struct picture picture;
        struct shown shown;
        int code = decode(drawing, painter, i, &picture);
        if (code != 0) {
            return code;
        }
        code = fail_status(painter->tokens(painter->object, i, &shown));
        if (code == 0 && finished) {
            code = outputs_picture(&drawing->outputs, start, i, shown.tokens, &picture);
        } else if (code == 0) {
            code = outputs_step(&drawing->outputs, start, i, painter->steps_done(painter->object),
                                &shown, &picture);
        }
        picture_free(&picture);
        if (code == 0 && interrupt_signal() != 0) {
            code = fail_status(UM_CANCELLED);
        }
        if (code != 0) {
            return code;
        }
    }
    return 0;
}

/* Only for the JSON object: an edit has to encode for it. */
static int count_changes(struct drawing *drawing, const struct painter *painter, uint32_t batch) {
    int code = 0;
    for (uint32_t i = 0; drawing->outputs.args->given[OPT_JSON] > 0 && code == 0 && i < batch;
         i++) {
        struct shown shown;
        code = fail_status(painter->tokens(painter->object, i, &shown));
        if (code == 0) {
            outputs_count(&drawing->outputs, painter->steps_done(painter->object), shown.change);
        }
    }
    return code;
}

int draw_batch(struct drawing *drawing, const struct painter *painter, uint32_t start,
               uint32_t batch) {
    uint32_t steps = painter->steps_all(painter->object);
    unsigned groups = (drawing->settings->image_count + drawing->group - 1) / drawing->group;
    while (painter->steps_done(painter->object) < steps) {
        double begin = now_seconds();
        int code = fail_status(painter->step(painter->object));
        if (code != 0) {
            return code;
        }
        timings_step(&drawing->timings, now_seconds() - begin);
        progress("drawing", start / drawing->group * steps + painter->steps_done(painter->object),
                 groups * steps);
        code = count_changes(drawing, painter, batch);
        if (code == 0 && drawing->outputs.wants_steps) {
            code = hand_on(drawing, painter, start, batch, false);
        }
        if (code != 0) {
            return code;
        }
    }
    return hand_on(drawing, painter, start, batch, true);
}
