/* Drawing pictures step by step and handing them on, whatever draws them: a session or an edit. */
#ifndef CLI_GENERATE_DRAW_H
#define CLI_GENERATE_DRAW_H

#include "generate/outputs.h"
#include "generate/summary.h"

/* Something that draws a batch of pictures; `object` is handed to every function. */
struct painter {
    void *object;
    um_status (*step)(void *object);
    uint32_t (*steps_done)(const void *object);
    uint32_t (*steps_all)(const void *object);
    /* Tokens of the frame's grid and what the last step did to them; valid until the next call. */
    um_status (*tokens)(void *object, uint32_t image, struct shown *shown);
    /* The picture so far, in the size of the frame. */
    um_status (*picture)(void *object, uint32_t image, float *rgb);
};

struct drawing {
    const struct settings *settings;
    const struct engine *engine;
    uint32_t group; /* pictures per painter: files appear group by group, and memory stays small */
    struct outputs outputs;
    struct timings timings;
};

/* Pictures to draw at once on the engine's device: many on a GPU, which is faster so. A processor
 * is not, so there each picture is finished, and its file written, before the next one begins. */
uint32_t draw_group_size(const struct engine *engine);

/* Draws the `batch` pictures from `start` on to their end and writes them. Exit code; a line is
 * printed unless it is 0. */
int draw_batch(struct drawing *drawing, const struct painter *painter, uint32_t start,
               uint32_t batch);

#endif
