/* What the page's worker calls: flat functions over one context, one model and one run at a time.
 *
 * Arguments are numbers, or addresses in the module's memory. Functions that can fail return a
 * um_status; after any but UM_OK, um_web_message() is a sentence for a person. Addresses that come
 * back belong to the module and are valid until the next call. */
#ifndef UM_WEB_API_H
#define UM_WEB_API_H

#include <stddef.h>
#include <stdint.h>

/* Number of um_web_number() and of um_web_text(). The worker has the same lists. */
enum um_web_number {
    UM_WEB_FILE_BYTES,
    UM_WEB_IMAGE_WIDTH, /* pixels */
    UM_WEB_IMAGE_HEIGHT,
    UM_WEB_GRID_WIDTH, /* tokens */
    UM_WEB_GRID_HEIGHT,
    UM_WEB_CODEBOOK_SIZE,
    UM_WEB_HAS_NULL_CLASS, /* 0 or 1 */
    UM_WEB_CLASS_COUNT,
    UM_WEB_SAMPLER_COUNT,
    UM_WEB_SCHEDULE_COUNT,
    UM_WEB_DEFAULT_STEPS,
    UM_WEB_DEFAULT_TEMPERATURE,
    UM_WEB_DEFAULT_CHOICE_TEMPERATURE,
    UM_WEB_DEFAULT_CFG_SCALE,
    UM_WEB_RUN_WIDTH, /* of the run's picture, pixels */
    UM_WEB_RUN_HEIGHT,
    UM_WEB_RUN_GRID_WIDTH, /* tokens */
    UM_WEB_RUN_GRID_HEIGHT,
    UM_WEB_RUN_STEP, /* steps done */
    UM_WEB_RUN_STEPS,
    UM_WEB_HEAP_BYTES /* how far the heap has ever reached; it never shrinks */
};

enum um_web_text {
    UM_WEB_VERSION,
    UM_WEB_NAME,
    UM_WEB_DESCRIPTION,
    UM_WEB_LICENSE,
    UM_WEB_SHA256, /* of the model's data section, 64 hex digits */
    UM_WEB_WEIGHT_TYPE,
    UM_WEB_DEFAULT_SCHEDULE,
    UM_WEB_DEFAULT_SAMPLER,
    UM_WEB_SCHEDULE,    /* index: 0 .. UM_WEB_SCHEDULE_COUNT - 1 */
    UM_WEB_SAMPLER,     /* index: 0 .. UM_WEB_SAMPLER_COUNT - 1 */
    UM_WEB_CLASS_NAME,  /* index: a class */
    UM_WEB_CLASS_SYMBOL /* index: a class */
};

/* Arrays of the run's grid, um_web_array(). */
enum um_web_array {
    UM_WEB_TOKENS,     /* int32_t */
    UM_WEB_GUESS,      /* int32_t */
    UM_WEB_CONFIDENCE, /* float */
    UM_WEB_FIXED_STEP  /* uint16_t */
};

/* 0 for what does not exist (yet). */
double um_web_number(int what);

/* UTF-8, "" for what does not exist. */
const char *um_web_text(int what, int index);

/* The um_status behind the latest NULL of um_web_array(), um_web_picture(), um_web_decode() or
 * um_web_encode(). */
int um_web_status(void);

/* The sentence about the latest failure, and the warnings since the last time it was asked. */
const char *um_web_message(void);
const char *um_web_warning(void);

/* Memory for what the worker passes in; NULL when there is none left. */
void *um_web_alloc(size_t bytes);
void um_web_free(void *memory);

/* Opens the CPU with `threads` threads, the calling one included. Once per instance. */
int um_web_open(uint32_t threads);

/* Reads a model and takes over `bytes`, which um_web_alloc() gave: they are freed in any case. */
int um_web_load(void *bytes, size_t size, const char *name);

/* Settings of the next run. A NaN among the numbers, 0 steps, and an empty text mean the model's
 * default; 0 for choice_temperature and cfg_scale means none. */
int um_web_settings(int32_t class_index, uint32_t seed_low, uint32_t seed_high, uint32_t steps,
                    const char *schedule, const char *sampler, float temperature,
                    float choice_temperature, float cfg_scale);

/* Starts a run with those settings: a new picture, or the change of one. `rgba` (height, width, 4)
 * bytes; `mask` (height, width), nonzero = repaint, or NULL; sides in pixels to add. A run that is
 * under way ends. */
int um_web_begin(void);
int um_web_begin_edit(const uint8_t *rgba, uint32_t width, uint32_t height, const uint8_t *mask,
                      uint32_t left, uint32_t top, uint32_t right, uint32_t bottom);

/* One step; um_web_done() tells when it was the last. */
int um_web_step(void);
int um_web_done(void);

/* The run's word (an int32_t) that another thread sets to 1 to make the step end soon with
 * UM_CANCELLED. The run's memory stays until the next call that is not about it. */
volatile int *um_web_cancel_word(void);

/* One of um_web_array of the run, (UM_WEB_RUN_GRID_HEIGHT, UM_WEB_RUN_GRID_WIDTH). NULL on failure.
 */
const void *um_web_array(int which);

/* The run's picture so far, (UM_WEB_RUN_HEIGHT, UM_WEB_RUN_WIDTH, 4) bytes. NULL on failure. */
const uint8_t *um_web_picture(void);

/* Between the model's picture, (image height, image width, 4) bytes, and its codes. NULL on
 * failure. */
const uint8_t *um_web_decode(const int32_t *tokens);
const int32_t *um_web_encode(const uint8_t *rgba);

/* Stops the calling thread, or with `in_thread` a new one, the way a fault does; for tests of what
 * happens then. */
void um_web_trap(int in_thread);

#endif
