/* One drawing with everything its steps showed: what the timeline plays. Pure data. */
#ifndef VIEWER_TAKE_H
#define VIEWER_TAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unmask/unmask.h>

/* What decides a drawing. */
struct draw_options {
    int32_t class_index;
    uint64_t seed;
    uint32_t first_image, images; /* as of um_session_params; images at least 1 */
    um_sampling sampling;
};

enum { FIXED_MASKED = 65535 };

/* One picture after one step. All arrays are owned. */
struct take_frame {
    int32_t *tokens, *guess; /* (grid_height, grid_width) as of um_session_view */
    float *confidence;
    uint16_t *fixed_step;
    uint32_t masked;
    uint8_t *rgb; /* (height, width, 3); NULL: nothing is known yet */
};

struct take_step {
    uint32_t index; /* rounds done, 0 = the start */
    double seconds; /* of the round, 0 at the start */
    uint32_t images;
    struct take_frame *frames; /* one per picture; owned */
};

struct take {
    uint64_t id;
    struct draw_options options;
    char name[64];       /* of the file that it was read from, or made from; "" = of its class */
    const char *command; /* that makes such pictures on the command line; "resume", "read": none */
    uint32_t width, height, grid_width, grid_height;
    uint32_t total;           /* steps */
    uint32_t windows;         /* of an edit; 0 = it is none */
    struct take_step **steps; /* owned; their indices rise, a few may be left out */
    size_t count, capacity;
    uint32_t scale; /* files of it are enlarged so many times; 0 and 1: not at all */
    bool ended;     /* no further step will come */
    bool edited;    /* made from another picture: its settings alone do not repeat it */
    uint32_t saved; /* bit i: picture i is in a file */
};

/* A step with frames whose arrays are allocated: rgb only with `pixels` > 0 (pixels of a picture).
 * NULL when memory has run out. */
struct take_step *take_step_make(uint32_t index, uint32_t images, size_t tokens, size_t pixels);
void take_step_free(struct take_step *step);

/* A copy of one picture, or of all with image < 0; `tokens` and `pixels` as above. NULL: memory. */
struct take_step *take_step_copy(const struct take_step *step, int32_t image, size_t tokens,
                                 size_t pixels);

/* Appends the state before the first round: of an edit every picture is the `source`, (height,
 * width, 3), else NULL. False when memory has run out. */
bool take_add_start(struct take *take, const uint8_t *source);

/* Appends and takes ownership. False when memory has run out; the step is then freed. */
bool take_add(struct take *take, struct take_step *step);

/* The frame of picture `image` at position `at` (0 .. count - 1); NULL if there is none. */
const struct take_frame *take_frame_at(const struct take *take, size_t at, uint32_t image);

/* The position whose index is nearest to `index`; 0 if there is none. */
size_t take_nearest(const struct take *take, double index);

/* Every how many rounds a step should be kept, so that a take stays below about 100 MB. */
uint32_t take_stride(uint32_t total, uint32_t images, size_t tokens, size_t pixels);

/* The picture that an edit began with, of the size of its canvas; NULL = it is no edit. */
const uint8_t *take_before(const struct take *take);

/* Bytes that its steps hold. */
size_t take_size(const struct take *take);

/* True if every picture of it is in a file. */
bool take_is_saved(const struct take *take);

/* Frees all steps but the first, with which an edit began, and the last. */
void take_thin(struct take *take);

/* Frees the steps and keeps everything else. */
void take_drop_steps(struct take *take);

/* Frees the steps and makes the take empty. */
void take_clear(struct take *take);

/* The mean of the latest rounds in seconds, 0 if none was timed. */
double take_step_seconds(const struct take *take);

/* Float pixels to 8 bits, as the PNG files of the program hold them. */
void take_bytes(uint8_t *bytes, const float *rgb, size_t values);

#endif
