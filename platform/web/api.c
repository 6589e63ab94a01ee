/* One context, one model and one run, kept here: an instance of the module draws for one page. */
#define _DEFAULT_SOURCE /* sbrk */
#include "api.h"

#include <emscripten.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pixels.h"
#include "unmask/unmask.h"

#define EXPORT EMSCRIPTEN_KEEPALIVE

extern char __heap_base; /* the linker's: where the heap begins */

enum { MESSAGE_BYTES = 1024, MAX_TABLE = 1024 };

static struct {
    um_context *context;
    um_model *model;
    um_session *session;
    um_edit *edit;
    um_session_params settings;
    int32_t class_index;
    float table[MAX_TABLE];
    float *rgb;       /* of the run, or of the model's picture if that is larger */
    uint8_t *picture; /* the same pixels as bytes */
    int32_t *tokens;  /* of the model's grid */
    int status;       /* of the latest call that gave NULL */
    char message[MESSAGE_BYTES], warning[MESSAGE_BYTES], shown[MESSAGE_BYTES];
} web;

static void keep(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level == UM_LOG_ERROR)
        snprintf(web.message, sizeof web.message, "%s", text);
    if (level == UM_LOG_WARN)
        snprintf(web.warning, sizeof web.warning, "%s", text);
}

static int fail(int status, const char *format, ...) {
    va_list values;
    va_start(values, format);
    vsnprintf(web.message, sizeof web.message, format, values);
    va_end(values);
    return status;
}

/* For functions that give an address: NULL, and why. */
static void *nothing(int status) {
    web.status = status;
    return NULL;
}

EXPORT int um_web_status(void) {
    return web.status;
}

EXPORT const char *um_web_message(void) {
    return web.message;
}

EXPORT const char *um_web_warning(void) {
    memcpy(web.shown, web.warning, sizeof web.shown);
    web.warning[0] = '\0';
    return web.shown;
}

EXPORT void *um_web_alloc(size_t bytes) {
    void *memory = bytes > SIZE_MAX - 64 ? NULL : aligned_alloc(64, (bytes + 64) / 64 * 64);
    if (!memory)
        fail(UM_ERROR_MEMORY, "There is not enough memory: %zu more bytes are needed.", bytes);
    return memory;
}

EXPORT void um_web_free(void *memory) {
    free(memory);
}

static void *trap(void *unused) {
    (void)unused;
    __builtin_trap();
}

EXPORT void um_web_trap(int in_thread) {
    pthread_t thread;
    if (!in_thread)
        trap(NULL);
    if (pthread_create(&thread, NULL, trap, NULL))
        fail(UM_ERROR, "There are no threads that could stop.");
}

/* ---------------------------------------------------------------- context and model */

EXPORT int um_web_open(uint32_t threads) {
    if (web.context)
        return fail(UM_ERROR_ARGUMENT, "The engine is open already.");
    um_context_params params = {.device = "cpu", .threads = threads, .log = keep};
    return (int)um_context_create(&web.context, &params);
}

static void close_run(void) {
    um_session_end(&web.session);
    um_edit_end(&web.edit);
}

static void close_model(void) {
    close_run();
    um_model_unload(&web.model);
    free(web.rgb);
    free(web.picture);
    free(web.tokens);
    web.rgb = NULL;
    web.picture = NULL;
    web.tokens = NULL;
}

/* Room for pictures of that many pixels. */
static int make_room(size_t pixels) {
    free(web.rgb);
    free(web.picture);
    web.rgb = um_web_alloc(pixels * 3 * sizeof *web.rgb);
    web.picture = um_web_alloc(pixels * 4);
    return web.rgb && web.picture ? UM_OK : UM_ERROR_MEMORY;
}

static size_t model_pixels(void) {
    const um_model_info *info = um_model_get_info(web.model);
    return (size_t)info->image_width * info->image_height;
}

EXPORT int um_web_load(void *bytes, size_t size, const char *name) {
    close_model();
    int status = web.context && bytes ? UM_OK : fail(UM_ERROR_ARGUMENT, "The engine is not open.");
    if (status == UM_OK)
        status = (int)um_model_load_memory(&web.model, web.context, bytes, size, name);
    um_web_free(bytes);
    if (status != UM_OK)
        return status;
    const um_model_info *info = um_model_get_info(web.model);
    web.tokens = um_web_alloc((size_t)info->grid_width * info->grid_height * sizeof *web.tokens);
    status = make_room(model_pixels());
    if (!web.tokens || status != UM_OK) {
        close_model();
        return UM_ERROR_MEMORY;
    }
    return UM_OK;
}

/* ---------------------------------------------------------------- a run */

static int set_schedule(um_session_params *params, const char *text) {
    if (!*text)
        return UM_OK;
    size_t count = 0;
    if (um_schedule_parse(text, &params->sampling.schedule, &params->sampling.schedule_power,
                          web.table, MAX_TABLE, &count) != UM_OK)
        return fail(UM_ERROR_ARGUMENT, "\"%.40s\" is not a schedule.", text);
    params->schedule_table = web.table;
    params->schedule_table_size = (uint32_t)count;
    return UM_OK;
}

/* A number of the page: NAN is the model's default. */
static int set_number(um_sampling *sampling, um_setting_id id, float value) {
    const um_setting *setting = um_setting_info(id);
    if (um_setting_set(id, sampling, (double)value) == UM_OK)
        return UM_OK;
    return fail(UM_ERROR_ARGUMENT, "%s must be %g to %g.", setting->label, setting->least,
                setting->most);
}

EXPORT int um_web_settings(int32_t class_index, uint32_t seed_low, uint32_t seed_high,
                           uint32_t steps, const char *schedule, const char *sampler,
                           float temperature, float choice_temperature, float cfg_scale) {
    close_run();
    web.class_index = class_index;
    um_session_params params = {.classes = &web.class_index,
                                .seed = (uint64_t)seed_high << 32 | seed_low,
                                .sampling = {.steps = steps}};
    int status = set_number(&params.sampling, UM_SETTING_TEMPERATURE, temperature);
    if (status == UM_OK)
        status = set_number(&params.sampling, UM_SETTING_CHOICE_TEMPERATURE, choice_temperature);
    if (status == UM_OK)
        status = set_number(&params.sampling, UM_SETTING_CFG_SCALE, cfg_scale);
    if (status == UM_OK)
        status = set_schedule(&params, schedule);
    if (status == UM_OK && *sampler && um_sampler_parse(sampler, &params.sampling.sampler) != UM_OK)
        status = fail(UM_ERROR_ARGUMENT, "\"%.40s\" is not a sampler.", sampler);
    if (status == UM_OK)
        web.settings = params;
    return status;
}

/* Ends the run and makes room for the model's picture. */
static int begin_pass(void) {
    close_run();
    return web.model ? (int)make_room(model_pixels())
                     : fail(UM_ERROR_ARGUMENT, "No model is loaded.");
}

EXPORT int um_web_begin(void) {
    int status = begin_pass();
    return status == UM_OK ? (int)um_session_begin(&web.session, web.model, &web.settings) : status;
}

static int begin_edit(um_edit_params *params, const uint8_t *rgba) {
    size_t pixels = (size_t)params->width * params->height;
    float *rgb = um_web_alloc(pixels * 3 * sizeof *rgb);
    if (!rgb)
        return UM_ERROR_MEMORY;
    um_web_to_float(rgba, rgb, pixels);
    params->rgb = rgb;
    int status = (int)um_edit_begin(&web.edit, web.model, params);
    free(rgb);
    const um_edit_info *info = status == UM_OK ? um_edit_get_info(web.edit) : NULL;
    if (info)
        status = make_room((size_t)info->width * info->height);
    return status;
}

EXPORT int um_web_begin_edit(const uint8_t *rgba, uint32_t width, uint32_t height,
                             const uint8_t *mask, uint32_t left, uint32_t top, uint32_t right,
                             uint32_t bottom) {
    enum { MAX_SIDE = 8192 };
    close_run();
    if (!web.model || !rgba)
        return fail(UM_ERROR_ARGUMENT, "No model is loaded.");
    if (!width || !height || width > MAX_SIDE || height > MAX_SIDE)
        return fail(UM_ERROR_ARGUMENT, "A picture of %u x %u pixels cannot be worked on.",
                    (unsigned)width, (unsigned)height);
    um_edit_params params = {.width = width,
                             .height = height,
                             .mask = mask,
                             .left = left,
                             .top = top,
                             .right = right,
                             .bottom = bottom,
                             .draw = web.settings};
    return begin_edit(&params, rgba);
}

EXPORT int um_web_step(void) {
    if (web.session)
        return (int)um_session_step(web.session);
    if (web.edit)
        return (int)um_edit_step(web.edit);
    return fail(UM_ERROR_ARGUMENT, "Nothing is being drawn.");
}

EXPORT int um_web_done(void) {
    return web.edit ? um_edit_done(web.edit) : um_session_done(web.session);
}

EXPORT volatile int *um_web_cancel_word(void) {
    return web.edit ? um_edit_cancel_word(web.edit) : um_session_cancel_word(web.session);
}

static const void *choose(int which, const int32_t *tokens, const int32_t *guess,
                          const float *confidence, const uint16_t *fixed_step) {
    switch (which) {
    case UM_WEB_TOKENS:
        return tokens;
    case UM_WEB_GUESS:
        return guess;
    case UM_WEB_CONFIDENCE:
        return confidence;
    case UM_WEB_FIXED_STEP:
        return fixed_step;
    default:
        return NULL;
    }
}

EXPORT const void *um_web_array(int which) {
    um_edit_view edit;
    um_session_view session;
    if (!web.edit && !web.session)
        return nothing(fail(UM_ERROR_ARGUMENT, "Nothing is being drawn."));
    int status = web.edit ? (int)um_edit_get(web.edit, 0, &edit)
                          : (int)um_session_get(web.session, 0, &session);
    if (status != UM_OK)
        return nothing(status);
    if (web.edit)
        return choose(which, edit.tokens, edit.guess, edit.confidence, edit.fixed_step);
    return choose(which, session.tokens, session.guess, session.confidence, session.fixed_step);
}

EXPORT const uint8_t *um_web_picture(void) {
    um_status status = web.edit ? um_edit_picture(web.edit, 0, web.rgb)
                                : um_session_decode(web.session, 0, web.rgb);
    if (status != UM_OK)
        return nothing((int)status);
    um_web_to_bytes(web.rgb, web.picture,
                    (size_t)um_web_number(UM_WEB_RUN_WIDTH) *
                        (size_t)um_web_number(UM_WEB_RUN_HEIGHT));
    return web.picture;
}

EXPORT const uint8_t *um_web_decode(const int32_t *tokens) {
    int status = begin_pass();
    if (status == UM_OK)
        status = (int)um_decode(web.model, tokens, web.rgb);
    if (status != UM_OK)
        return nothing(status);
    um_web_to_bytes(web.rgb, web.picture, model_pixels());
    return web.picture;
}

EXPORT const int32_t *um_web_encode(const uint8_t *rgba) {
    int status = begin_pass();
    if (status != UM_OK)
        return nothing(status);
    um_web_to_float(rgba, web.rgb, model_pixels());
    status = (int)um_encode(web.model, web.rgb, web.tokens);
    return status == UM_OK ? web.tokens : nothing(status);
}

/* ---------------------------------------------------------------- facts */

static double model_number(const um_model_info *info, int what) {
    switch (what) {
    case UM_WEB_FILE_BYTES:
        return (double)info->file_bytes;
    case UM_WEB_IMAGE_WIDTH:
        return info->image_width;
    case UM_WEB_IMAGE_HEIGHT:
        return info->image_height;
    case UM_WEB_GRID_WIDTH:
        return info->grid_width;
    case UM_WEB_GRID_HEIGHT:
        return info->grid_height;
    case UM_WEB_CODEBOOK_SIZE:
        return info->codebook_size;
    case UM_WEB_HAS_NULL_CLASS:
        return info->has_null_class;
    case UM_WEB_CLASS_COUNT:
        return info->class_count;
    case UM_WEB_DEFAULT_STEPS:
        return info->defaults.steps;
    case UM_WEB_DEFAULT_TEMPERATURE:
        return um_setting_get(UM_SETTING_TEMPERATURE, &info->defaults);
    case UM_WEB_DEFAULT_CHOICE_TEMPERATURE:
        return um_setting_get(UM_SETTING_CHOICE_TEMPERATURE, &info->defaults);
    case UM_WEB_DEFAULT_CFG_SCALE:
        return um_setting_get(UM_SETTING_CFG_SCALE, &info->defaults);
    default:
        return 0;
    }
}

static double edit_number(const um_edit_info *info, int what) {
    switch (what) {
    case UM_WEB_RUN_WIDTH:
        return info->width;
    case UM_WEB_RUN_HEIGHT:
        return info->height;
    case UM_WEB_RUN_GRID_WIDTH:
        return info->grid_width;
    case UM_WEB_RUN_GRID_HEIGHT:
        return info->grid_height;
    case UM_WEB_RUN_STEP:
        return um_edit_step_index(web.edit);
    default:
        return um_edit_step_count(web.edit);
    }
}

static double session_number(const um_model_info *info, int what) {
    switch (what) {
    case UM_WEB_RUN_WIDTH:
        return info->image_width;
    case UM_WEB_RUN_HEIGHT:
        return info->image_height;
    case UM_WEB_RUN_GRID_WIDTH:
        return info->grid_width;
    case UM_WEB_RUN_GRID_HEIGHT:
        return info->grid_height;
    case UM_WEB_RUN_STEP:
        return um_session_step_index(web.session);
    default:
        return um_session_step_count(web.session);
    }
}

EXPORT double um_web_number(int what) {
    const um_model_info *info = um_model_get_info(web.model);
    if (what == UM_WEB_SAMPLER_COUNT)
        return UM_SAMPLER_RECHECK;
    if (what == UM_WEB_HEAP_BYTES)
        return (double)((char *)sbrk(0) - &__heap_base);
    if (what == UM_WEB_SCHEDULE_COUNT)
        return UM_SCHEDULE_ARCCOS; /* a table is no choice of a menu */
    if (!info)
        return 0;
    if (what >= UM_WEB_RUN_WIDTH && what <= UM_WEB_RUN_STEPS && web.edit)
        return edit_number(um_edit_get_info(web.edit), what);
    if (what >= UM_WEB_RUN_WIDTH && what <= UM_WEB_RUN_STEPS)
        return session_number(info, what);
    return model_number(info, what);
}

static const char *model_text(const um_model_info *info, int what, int index) {
    switch (what) {
    case UM_WEB_NAME:
        return info->name;
    case UM_WEB_DESCRIPTION:
        return info->description;
    case UM_WEB_LICENSE:
        return info->license;
    case UM_WEB_SHA256:
        return info->sha256;
    case UM_WEB_WEIGHT_TYPE:
        return info->weight_type;
    case UM_WEB_DEFAULT_SCHEDULE:
        return um_schedule_name(info->defaults.schedule);
    case UM_WEB_DEFAULT_SAMPLER:
        return um_sampler_name(info->defaults.sampler);
    case UM_WEB_CLASS_NAME:
        return um_model_class_name(web.model, index);
    case UM_WEB_CLASS_SYMBOL:
        return um_model_class_symbol(web.model, index);
    default:
        return NULL;
    }
}

EXPORT const char *um_web_text(int what, int index) {
    const um_model_info *info = um_model_get_info(web.model);
    const char *text = NULL;
    if (what == UM_WEB_VERSION)
        text = um_version();
    else if (what == UM_WEB_SCHEDULE)
        text = um_schedule_name((um_schedule)(index + 1));
    else if (what == UM_WEB_SAMPLER)
        text = um_sampler_name((um_sampler)(index + 1));
    else if (info)
        text = model_text(info, what, index);
    return text ? text : "";
}
