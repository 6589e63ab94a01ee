/* unmask: draw pictures with masked transformers (MaskGIT, arXiv 2202.04200).
 *
 * The whole loop:
 *
 *     um_context *context = NULL;
 *     um_model *model = NULL;
 *     um_session *session = NULL;
 *     um_context_create(&context, NULL);                        // best device, silent
 *     um_model_load(&model, context, "emoji-64.gguf");
 *     int32_t class_index = 0;
 *     um_model_find_class(model, "grinning face", &class_index);
 *     um_session_params params = { .classes = &class_index, .seed = 42 };
 *     um_session_begin(&session, model, &params);
 *     while (um_session_step(session) == UM_OK && !um_session_done(session)) {
 *         // between steps, um_session_get() and um_session_decode() show the picture so far
 *     }
 *     const um_model_info *info = um_model_get_info(model);
 *     float *rgb = malloc(sizeof(float) * 3 * info->image_width * info->image_height);
 *     um_session_decode(session, 0, rgb);
 *     um_session_end(&session);
 *     um_model_unload(&model);
 *     um_context_destroy(&context);
 * Conventions. Every create, load or begin function has a matching destroy, unload or end function.
 * It takes the address of the handle, does nothing if the handle is NULL, and sets it to NULL. A
 * params struct whose bytes are all zero selects the defaults; so does a NULL params pointer. Every
 * function that can fail returns um_status; on failure, out-parameters are NULL or untouched, and
 * one sentence has gone to the log callback at level UM_LOG_ERROR; um_context_error() returns it,
 * too. A parser returns UM_ERROR_ARGUMENT for text that it does not know. The library never prints,
 * never exits and has no globals, except the latest sentence of each thread.
 * NULL. A NULL object or array is UM_ERROR_ARGUMENT, unless a comment says that it may be NULL.
 * Functions without a status return false, 0 or NULL for it; only um_session_done() and
 * um_edit_done() return true, because there is nothing to do.
 * Growth. Structs that callers allocate end in `reserved`, for future fields whose zero will mean
 * today's behaviour. As input it must be zeros, otherwise UM_ERROR_ARGUMENT; as output it is zeros.
 * Structs that the library owns (um_model_info, um_edit_info) grow at their end, enumerations after
 * their last value: the _COUNT of each is one more than the greatest value known to this header.
 * Threads. Different contexts are independent. A context and all objects made from it must not be
 * used by two threads at the same time; only um_session_cancel() and um_edit_cancel() may be called
 * from any thread.
 */
#ifndef UNMASK_UNMASK_H
#define UNMASK_UNMASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define UM_VERSION_MAJOR 0
#define UM_VERSION_MINOR 1
#define UM_VERSION_PATCH 0

#if defined(__GNUC__) && !defined(_WIN32)
#define UM_API __attribute__((visibility("default")))
#else
#define UM_API
#endif

/* Status of a call. The numbers are also the exit codes of the command-line programs. */
typedef enum um_status {
    UM_OK = 0,
    UM_ERROR = 1,             /* any error without a more specific code below */
    UM_ERROR_ARGUMENT = 2,    /* the caller passed something out of range */
    UM_ERROR_MODEL = 3,       /* model file missing, unsupported, or its structure damaged */
    UM_ERROR_NO_DEVICE = 4,   /* no device matches, or it cannot be used */
    UM_ERROR_MEMORY = 5,      /* host or device memory ran out */
    UM_ERROR_DEVICE_LOST = 6, /* the device was lost, hung or failed */
    UM_ERROR_IO = 7,          /* reading or writing a file failed */
    UM_ERROR_CHECK = 8,       /* a result failed its check (not a number, digest differs) */
    UM_CANCELLED = 9 /* um_session_cancel(), um_edit_cancel() or a um_progress_fn said so */
} um_status;
#define UM_STATUS_COUNT 10

/* The status as a short constant English phrase; never NULL. */
UM_API const char *um_status_text(um_status status);

/* The version, such as "0.1.0"; and the compiler and the built-in backends. Both are constant
 * strings. */
UM_API const char *um_version(void);
UM_API const char *um_build_info(void);

/* ---------------------------------------------------------------- log */

typedef enum um_log_level {
    UM_LOG_ERROR = 1,
    UM_LOG_WARN = 2,
    UM_LOG_INFO = 3,
    UM_LOG_DEBUG = 4
} um_log_level;
#define UM_LOG_LEVEL_COUNT 5

/* Receives one complete sentence without a newline; `text` is valid during the call only. Called
 * only from the thread that called the library. */
typedef void (*um_log_fn)(void *user, um_log_level level, const char *text);

/* ---------------------------------------------------------------- devices and contexts */

typedef enum um_device_kind {
    UM_DEVICE_CPU_BACKEND = 0, /* the built-in CPU backend; always present */
    UM_DEVICE_DISCRETE = 1,    /* Vulkan: a graphics card with its own memory */
    UM_DEVICE_INTEGRATED = 2,  /* Vulkan: shares memory with the CPU */
    UM_DEVICE_VIRTUAL = 3,     /* Vulkan: a virtual GPU */
    UM_DEVICE_SOFTWARE = 4     /* Vulkan: runs on the CPU (llvmpipe, SwiftShader) */
} um_device_kind;
#define UM_DEVICE_KIND_COUNT 5

typedef struct um_device_info {
    char name[256];   /* as the driver reports it, UTF-8 */
    char backend[16]; /* "cpu" or "vulkan" */
    char driver[256]; /* driver name and version, "" for the CPU backend */
    char uuid[33];    /* 32 hex digits, "" for the CPU backend */
    um_device_kind kind;
    uint32_t vendor_id; /* PCI vendor, 0 for the CPU backend */
    uint32_t device_id;
    uint32_t api_version;  /* Vulkan's packed version, 0 for the CPU backend */
    uint64_t memory_bytes; /* largest device-local heap, or the machine's memory */
    uint64_t reserved[8];
} um_device_info;

/* Lists the devices in the order in which "auto" prefers them: discrete, integrated and virtual
 * GPUs, then the CPU backend, then software Vulkan devices. The position in this list is the index
 * that um_context_params.device accepts. Writes at most `capacity` entries, and the total number to
 * *count. Does not fail if Vulkan is missing. */
UM_API um_status um_devices(um_device_info *list, size_t capacity, size_t *count, um_log_fn log,
                            void *user);

typedef struct um_context um_context;

/* The precision of the transformer's linear layers. */
typedef enum um_precision {
    /* The types in the file, accumulated in float; the same tokens on every CPU. */
    UM_PRECISION_DEFAULT = 0,
    /* Weights and inputs rounded to bfloat16 (8 significant bits), accumulated in float: about
     * twice as fast, tokens may differ. Only on the CPU backend with AVX-512 BF16; Q8_0 files are
     * still computed in int8. */
    UM_PRECISION_BF16 = 1,
    /* Weights and inputs rounded to F16, accumulated in float; tokens may differ. Only for F16
     * files, on Vulkan devices with matrix units or F16 arithmetic; convolutions use it, too. */
    UM_PRECISION_F16 = 2
} um_precision;
#define UM_PRECISION_COUNT 3

typedef struct um_context_params {
    const char *device; /* NULL or "auto", "cpu", "gpu" (a hardware GPU), "vulkan" (the best Vulkan
                           device, including software ones), an index into the list of um_devices(),
                           part of a name, or a UUID */
    uint32_t threads;   /* CPU threads, including the calling one, at most 1024; 0 = as many as the
                           process's CPU affinity and quota allow. If the system starts fewer, a
                           warning is logged; measure.h tells how many run */
    um_log_fn log;      /* NULL = silent */
    void *log_user;
    bool validation; /* enable the Vulkan validation layers, for tests. Their messages are logged as
                        errors and make calls fail. UM_ERROR_NO_DEVICE if the layers are missing */
    um_precision precision; /* UM_ERROR_NO_DEVICE if the device does not support it */
    uint64_t reserved[8];   /* zeros */
} um_context_params;

/* Opens a device. UM_ERROR_NO_DEVICE if none matches. The environment variable UNMASK_DISABLE turns
 * off fast paths of Vulkan devices. It is a comma-separated list of fp16, int8, subgroup, coopmat
 * and pipecache; any other word is UM_ERROR_ARGUMENT. */
UM_API um_status um_context_create(um_context **context, const um_context_params *params);
UM_API void um_context_destroy(um_context **context);

/* The latest error of this context and of all objects made from it, as the sentence that is sent to
 * the log callback; "" = none so far. A later success does not clear it, and UM_CANCELLED is not an
 * error. If `context` is NULL: the latest error of this thread in a call without a context, such as
 * the parsers, um_devices(), um_verify_file(), um_context_create() and calls whose object is NULL.
 * The result is never NULL and is valid until the next call that fails. */
UM_API const char *um_context_error(const um_context *context);

/* The opened device; valid as long as the context. */
UM_API const um_device_info *um_context_device(const um_context *context);

/* ---------------------------------------------------------------- models */

typedef enum um_schedule {
    UM_SCHEDULE_DEFAULT = 0, /* the default in the model file */
    UM_SCHEDULE_COSINE, /* cos(pi/2 r). The values are gamma(r): the fraction of tokens still masked
                           when the fraction r of the steps is done */
    UM_SCHEDULE_LINEAR, /* 1 - r */
    UM_SCHEDULE_SQUARE, /* 1 - r^2 */
    UM_SCHEDULE_CUBIC,  /* 1 - r^3 */
    UM_SCHEDULE_POW,    /* 1 - r^k, k = schedule_power */
    UM_SCHEDULE_EXPONENTIAL, /* 1 - 2^(-log2(U) (1 - r)), U = masked tokens at the start */
    UM_SCHEDULE_SQRT,        /* 1 - sqrt(r) */
    UM_SCHEDULE_LOGARITHMIC, /* -log2(r) / log2(U) */
    UM_SCHEDULE_ARCCOS,      /* acos(r) / (pi/2) */
    UM_SCHEDULE_TABLE        /* explicit fractions, see schedule_table */
} um_schedule;
#define UM_SCHEDULE_COUNT 11

/* Parses "cosine", "linear", "pow2.5", "sqrt", ... or a table "0.9,0.7,0.3,0". The fractions of a
 * table are written to `table` (room for `capacity`), and their number to *table_size. */
UM_API um_status um_schedule_parse(const char *text, um_schedule *schedule, float *power,
                                   float *table, size_t capacity, size_t *table_size);

/* "cosine" and so on; never NULL. */
UM_API const char *um_schedule_name(um_schedule schedule);

/* How a step chooses the tokens that it fixes. Tokens given at the start are never changed. After
 * the last step no token is masked. After each earlier step floor(U gamma) tokens are masked, where
 * U is the number masked at the start; but at least one and, as long as more than one token is
 * masked, at least one fewer than before the step, whatever a table says.
 *
 * The ReMDM samplers fix and mask tokens at random, so the number of masked tokens follows the
 * schedule on average. If gamma rises, they follow it only as far as sigma allows. */
typedef enum um_sampler {
    UM_SAMPLER_DEFAULT = 0, /* the default in the model file */
    UM_SAMPLER_CONFIDENCE,  /* the most confident (arXiv 2202.04200, section 3.2) */
    UM_SAMPLER_HALTON,    /* spread evenly by the Halton sequence, from a start that depends on seed
                             and image index (arXiv 2503.17076); ignores choice_temperature */
    UM_SAMPLER_RASTER,    /* in raster order, without noise; for comparisons. With a linear schedule
                             and one step per token it draws one token at a time */
    UM_SAMPLER_REMDM_CAP, /* at random, as many as the schedule demands on average; fixed tokens are
                             masked again with probability sigma = min(eta, limit) (ReMDM, arXiv
                             2503.00307); see remdm_eta */
    UM_SAMPLER_REMDM_RESCALE, /* the same with sigma = eta limit */
    UM_SAMPLER_REMDM_CONF,    /* the same with sigma = limit, distributed over the tokens in inverse
                                 proportion to their confidences; eta is not used */
    UM_SAMPLER_RECHECK /* like CONFIDENCE, followed by recheck_rounds more steps. Each masks an
                          eighth of the drawn tokens, spread evenly, and redraws those that have
                          become improbable */
} um_sampler;
#define UM_SAMPLER_COUNT 8

/* Parses "confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf" and
 * "recheck". */
UM_API um_status um_sampler_parse(const char *text, um_sampler *sampler);

/* "confidence" and so on, "default" for zero; never NULL. Valid samplers are the values from 1 to
 * UM_SAMPLER_RECHECK. */
UM_API const char *um_sampler_name(um_sampler sampler);

/* How the guidance scale rises to cfg_scale over the steps i = 0 .. T - 1. */
typedef enum um_cfg_schedule {
    UM_CFG_DEFAULT = 0, /* the default in the model file */
    UM_CFG_CONSTANT,    /* cfg_scale in every step */
    UM_CFG_LINEAR,      /* cfg_scale i / (T - 1); cfg_scale if there is only one step */
    UM_CFG_POWER_COSINE /* cfg_scale (1 - cos(pi (i / T)^k)) / 2, k = cfg_power (MDT, arXiv
                           2303.14389) */
} um_cfg_schedule;
#define UM_CFG_SCHEDULE_COUNT 4

/* Parses "constant", "linear", "power-cosine" or, with its power, "power-cosine2.5"; *power is
 * written in the last case only. */
UM_API um_status um_cfg_schedule_parse(const char *text, um_cfg_schedule *schedule, float *power);

/* "constant" and so on; never NULL. */
UM_API const char *um_cfg_schedule_name(um_cfg_schedule schedule);

/* The sampling settings: a caller may choose them, and a model file has defaults for them. 0 = the
 * default: for a session the model's, for a model that of the file format. In um_model_info no
 * field is 0. */
typedef struct um_sampling {
    uint32_t steps;       /* at most 1024 */
    um_schedule schedule; /* UM_SCHEDULE_TABLE: see um_session_params.schedule_table */
    float schedule_power; /* k of UM_SCHEDULE_POW; 0 = 2 */
    um_sampler sampler;
    float temperature;        /* divides the logits */
    float choice_temperature; /* scale of the Gumbel noise on the log-probabilities, annealed to 0
                                 over the steps; negative = no noise */
    float cfg_scale;          /* guidance: logits = u + (1 + scale) (c - u); negative = none */
    um_cfg_schedule cfg_schedule; /* how guidance rises */
    float cfg_power;              /* k of UM_CFG_POWER_COSINE */
    uint32_t top_k; /* draw from the k most probable codes only; codebook_size or more = all */
    float top_p; /* nucleus sampling (arXiv 1904.09751): draw from the smallest set of codes whose
                    probabilities add up to this value; 1 = all. Confidences are taken from the
                    unfiltered distribution */

    /* Used by REMDM_CAP and REMDM_RESCALE, see um_sampler. The limit there is min(1, (1 - alpha_s)
     * / alpha_t), where alpha_t and alpha_s are the fractions of fixed tokens that the schedule
     * prescribes before and after the step. */
    float remdm_eta;

    /* ReMDM's loop. Time runs from 1 down to 0. Between the times remdm_loop_on (0 = no loop) and
     * remdm_loop_off (0 = 0.05), the fraction of fixed tokens stays at remdm_loop_alpha (0 = 0.9;
     * must be below 1), and tokens are masked again only in this interval. Before and after it, the
     * fraction rises linearly, whatever the schedule. */
    float remdm_loop_on, remdm_loop_off, remdm_loop_alpha;

    uint32_t recheck_rounds;
    float recheck_threshold; /* redraw a token if its probability is less than this fraction of that
                                of the most probable code */
    uint32_t reserved[8];    /* zeros */
} um_sampling;

/* The settings, in the order of um_sampling. */
typedef enum um_setting_id {
    UM_SETTING_STEPS,
    UM_SETTING_SCHEDULE, /* with schedule_power */
    UM_SETTING_SAMPLER,
    UM_SETTING_TEMPERATURE,
    UM_SETTING_CHOICE_TEMPERATURE,
    UM_SETTING_CFG_SCALE,
    UM_SETTING_CFG_SCHEDULE, /* with cfg_power */
    UM_SETTING_TOP_K,
    UM_SETTING_TOP_P,
    UM_SETTING_REMDM_ETA,
    UM_SETTING_REMDM_LOOP, /* remdm_loop_on, _off, _alpha */
    UM_SETTING_RECHECK_ROUNDS,
    UM_SETTING_RECHECK_THRESHOLD,
    UM_SETTING_COUNT
} um_setting_id;

typedef enum um_setting_kind {
    UM_KIND_WHOLE,        /* a uint32_t */
    UM_KIND_REAL,         /* a float */
    UM_KIND_SCHEDULE,     /* um_schedule_parse() */
    UM_KIND_SAMPLER,      /* um_sampler_parse() */
    UM_KIND_CFG_SCHEDULE, /* um_cfg_schedule_parse() */
    UM_KIND_LOOP          /* three floats */
} um_setting_kind;

/* Describes a setting. Model files, sessions, programs and their help all use this one table. */
typedef struct um_setting {
    const char *name;   /* in stored settings and reports */
    const char *key;    /* in model files; NULL = not there */
    const char *option; /* of the command line, without dashes */
    const char *label;  /* in a form */
    um_setting_kind kind;
    size_t offset;      /* in um_sampling */
    double least, most; /* of numbers */
    double usual;       /* the most that a form need offer; names: 0 */
    double fallback;    /* if a model file does not have the key; NAN = the key is required */
    double none;        /* the number that "none" stands for; NAN = "none" is not allowed */
    uint32_t samplers;  /* bits 1 << um_sampler of the samplers that use it; 0 = all */
    const char *help;   /* one phrase, without a full stop */
} um_setting;

/* Constant; NULL if there is no such setting. */
UM_API const um_setting *um_setting_info(um_setting_id id);

/* Whether a sampler uses the setting. */
UM_API bool um_setting_used(um_setting_id id, um_sampler sampler);

/* A setting as one number, as users write it: um_setting.none stands for "none", NAN for the
 * default, an enumerator for a name; the loop is its start. */
UM_API double um_setting_get(um_setting_id id, const um_sampling *sampling);

/* The reverse. UM_ERROR_ARGUMENT if the number is out of range; nothing is written then. */
UM_API um_status um_setting_set(um_setting_id id, um_sampling *sampling, double value);

/* One row of a per-step table. A negative value means that the step uses the value that it would
 * have without a table. */
typedef struct um_step_row {
    float masked; /* fraction of the tokens masked at the start that are still masked after this
                     step, 0..1, see um_sampler; ignored in the last row */
    float temperature;        /* divides the logits, 1e-4 .. 100 */
    float choice_temperature; /* scale of the noise on the confidences, 0..1000; used as given,
                                 without annealing */
    float cfg_scale;          /* guidance, 0..100 */
    float reserved[4];        /* zeros */
} um_step_row;

/* Parses a step table. The first line names the columns, in any order: at least one of
 * "mask_ratio", "temperature", "choice_temperature" and "cfg_scale". Each further line is one step
 * and has, per column, a number or "-" (negative in the row). Columns are separated by white space;
 * # starts a comment. Writes at most `capacity` rows, and their number to *count. If the text is
 * not such a table, the result is UM_ERROR_ARGUMENT and the log names line and column. */
UM_API um_status um_step_table_parse(const char *text, um_step_row *rows, size_t capacity,
                                     size_t *count, um_log_fn log, void *user);

typedef struct um_model um_model;

typedef struct um_model_info {
    const char *name, *license, *description; /* UTF-8; "" where the file says nothing */
    const char *weight_type;                  /* "F32", "F16" or "Q8_0" */
    const char *sha256; /* SHA-256 of the data section as stated in the file, 64 hex digits */
    uint32_t image_width, image_height; /* pixels */
    uint32_t grid_width, grid_height;   /* tokens */
    uint32_t codebook_size;             /* codes are 0 .. codebook_size - 1 */
    uint32_t class_count;
    bool has_null_class; /* guidance is possible */
    uint64_t file_bytes, parameters;
    um_sampling defaults;
    uint32_t transformer_dim, transformer_layers, transformer_heads, transformer_mlp_dim;
    const char *transformer_variant; /* "original", "v1" or "halton" */
    const char *tokenizer_variant;   /* "original" or "taming" */
} um_model_info;

/* Reads and validates a GGUF file (docs/MODEL_FORMAT.md) and puts its weights on the context's
 * device. The context must outlive the model. On UM_ERROR_MODEL the log names the file, the field
 * and what was expected. */
UM_API um_status um_model_load(um_model **model, um_context *context, const char *path);

/* The same from memory; `bytes` may be freed after the call. `name` is used instead of a file name
 * in messages. */
UM_API um_status um_model_load_memory(um_model **model, um_context *context, const void *bytes,
                                      size_t size, const char *name);
UM_API void um_model_unload(um_model **model);

/* Called about every 256 KiB while a model is loaded, from the thread that loads: `done` of the
 * `total` bytes of weights have been read and hashed. Returning false ends the loading with
 * UM_CANCELLED; after done = total the weights go to the device, which cannot be interrupted. */
typedef bool (*um_progress_fn)(void *user, uint64_t done, uint64_t total);

typedef struct um_load_params {
    const char *path;  /* the file; NULL = the model is in memory, at `bytes` */
    const void *bytes; /* as for um_model_load_memory(), with size and name; NULL with path */
    size_t size;
    const char *name;
    um_progress_fn progress; /* NULL = none */
    void *progress_user;
    uint64_t reserved[8]; /* zeros */
} um_load_params;

/* As um_model_load() or um_model_load_memory(), with a progress callback that can cancel. */
UM_API um_status um_model_load_with(um_model **model, um_context *context,
                                    const um_load_params *params);

/* The model that the programs use if none is named: $UNMASK_MODEL_PATH if it is set, even if that
 * file cannot be read; otherwise the first readable unmask/models/emoji-64.gguf in $XDG_DATA_HOME,
 * $XDG_DATA_DIRS (or their usual defaults) and the folders beside the running program. On Windows
 * %LOCALAPPDATA% and %PROGRAMDATA% take the place of the first two, and the folder models beside
 * the program is searched, too. Returns the length of the path, 0 = there is none. Writes the path
 * and a NUL to `path` if they fit into `capacity` bytes, otherwise ""; `path` may be NULL if
 * capacity is 0. */
UM_API size_t um_default_model_path(char *path, size_t capacity);

/* Valid as long as the model. */
UM_API const um_model_info *um_model_get_info(const um_model *model);

/* Name and symbol (for example the emoji; "" if none) of a class; NULL if the index is out of
 * range. */
UM_API const char *um_model_class_name(const um_model *model, int32_t class_index);
UM_API const char *um_model_class_symbol(const um_model *model, int32_t class_index);

/* Finds a class by index ("17"), name, symbol, part of a name, or several parts in any order; parts
 * must match exactly one class. Text is compared after um_fold(). Otherwise the result is
 * UM_ERROR_ARGUMENT, and the message suggests the nearest names or symbols. */
UM_API um_status um_model_find_class(const um_model *model, const char *text, int32_t *class_index);

/* Folds UTF-8 `text` to the form in which names and symbols are compared: lower case; without
 * accents and other combining marks, apostrophes, quotation marks, variation selectors and skin
 * tones; each run of spaces, hyphens and punctuation becomes one space, with none at the ends.
 * U+200D between emoji is kept. Invalid bytes become U+FFFD. Folding is idempotent.
 *
 * Returns the length of the complete result in bytes, at most three times that of `text`. Writes as
 * many whole characters as fit into `capacity` bytes, and a NUL, to `out`, which may be NULL if
 * capacity is 0. */
UM_API size_t um_fold(const char *text, char *out, size_t capacity);

/* How well a class matches a query, in ascending order. */
typedef enum um_match {
    UM_MATCH_NONE = 0,
    UM_MATCH_WORDS,  /* each word of the query is a part of the name */
    UM_MATCH_PART,   /* the query is a part of the name */
    UM_MATCH_WORD,   /* ... at the start of a word */
    UM_MATCH_START,  /* the name starts with it */
    UM_MATCH_SPACED, /* the query equals the name except for spaces */
    UM_MATCH_EXACT   /* the query equals the name or the symbol */
} um_match;
#define UM_MATCH_COUNT 7

/* All three arguments must already be folded by um_fold(). An empty query matches every class with
 * UM_MATCH_WORDS. */
UM_API um_match um_class_match(const char *query, const char *name, const char *symbol);

/* Checks everything that the loader checks, and both digests. Needs no device.
 * UM_ERROR_MODEL if it is not a valid model, UM_ERROR_CHECK if only the data digest differs. */
UM_API um_status um_verify_file(const char *path, um_log_fn log, void *user);

/* ---------------------------------------------------------------- direct passes */

/* Token grids are row-major, grid_height rows of grid_width; pictures are float RGB, (height,
 * width, 3), 0..1.
 *
 * Picture to codes. `rgb` (image_height, image_width, 3); `tokens` (grid_height, grid_width). */
UM_API um_status um_encode(um_model *model, const float *rgb, int32_t *tokens);

/* Codes to picture; values are not clipped. Every token must be a code; otherwise the result is
 * UM_ERROR_ARGUMENT, and the log names the first that is not. */
UM_API um_status um_decode(um_model *model, const int32_t *tokens, float *rgb);

/* The same for `batch` pictures, 1 to 1024, stored one after another. The library computes as many
 * at once as suits the device; the results are the same as one at a time. If one fails, nothing is
 * written. */
UM_API um_status um_encode_batch(um_model *model, uint32_t batch, const float *rgb,
                                 int32_t *tokens);
UM_API um_status um_decode_batch(um_model *model, uint32_t batch, const int32_t *tokens,
                                 float *rgb);

/* The same for pictures of bytes: rows of R, G, B, with `stride` bytes from one row to the next (0
 * = 3 * image_width, otherwise at least that), the pictures stride * image_height bytes apart.
 * Input is byte / 255. Output is clipped to 0..1, multiplied by 255 and rounded; bytes between the
 * rows are left unchanged. */
UM_API um_status um_encode_rgb8(um_model *model, uint32_t batch, const uint8_t *rgb, size_t stride,
                                int32_t *tokens);
UM_API um_status um_decode_rgb8(um_model *model, uint32_t batch, const int32_t *tokens,
                                uint8_t *rgb, size_t stride);

/* One forward pass. `tokens`: codes, or -1 = masked. `class_index`: a class, or -1 = the null
 * class. `logits` (grid_height * grid_width, codebook_size). */
UM_API um_status um_logits(um_model *model, const int32_t *tokens, int32_t class_index,
                           float *logits);

/* ---------------------------------------------------------------- sessions: stepwise generation */

typedef struct um_session um_session;
typedef struct um_session_view um_session_view;

typedef struct um_session_params {
    const int32_t *classes; /* one class per image; NULL = class 0 for all */
    uint32_t batch;         /* images drawn at once; 0 = 1; at most 1024 */
    uint64_t seed;        /* seed and image index (see first_image) determine all random numbers */
    uint32_t first_image; /* image i of the batch has image index first_image + i */
    um_sampling sampling; /* 0 in a field = the model's default */
    const float *schedule_table;   /* UM_SCHEDULE_TABLE: fraction still masked after each step, in
                                      0..1, see um_sampler */
    uint32_t schedule_table_size;  /* must equal steps (or steps may be 0); both fields are ignored
                                      without UM_SCHEDULE_TABLE */
    const int32_t *initial_tokens; /* (batch, grid_height, grid_width), -1 = masked; NULL = all
                                      masked. Codes given here are never changed */
    /* Starts the schedule at this step, as if the earlier ones were done; for use with
     * initial_tokens. */
    uint32_t start_step;

    /* NULL, or one row per step; works with every sampler. Recheck rounds use the last row. */
    const um_step_row *step_table;
    uint32_t step_table_size; /* must equal steps (or steps may be 0); ignored without step_table */

    /* Continues a session that was stopped: one view per image (batch), as um_session_get()
     * returned it. NULL = start from the beginning; resume_step must then be 0.
     *
     * resume_step is the number of rounds that were done, um_session_step_index(), and must be in
     * start_step .. um_session_step_count() - 1. initial_tokens must be NULL. If all other fields
     * are as in that session, the result is the same as without the interruption, on the same
     * device bit for bit; otherwise the remaining rounds use the new settings. Only the members
     * tokens, guess (may be NULL), confidence and fixed_step are read (fixed_step tells which
     * tokens were given at the start); they may point to copies. reserved must hold zeros. */
    const um_session_view *resume;
    uint32_t resume_step;

    uint64_t reserved[16]; /* zeros */
} um_session_params;

/* Checks all parameters, copies all arrays and prepares the device; draws nothing yet. The model
 * must outlive the session. */
UM_API um_status um_session_begin(um_session **session, um_model *model,
                                  const um_session_params *params);

/* The memory that a session needs in addition to its model's weights. */
typedef struct um_memory {
    uint64_t host_bytes;   /* arrays in host memory */
    uint64_t device_bytes; /* feature maps of its networks, on the device (for the CPU backend, host
                              memory) */
    uint64_t picture_bytes; /* additional device memory from the first um_session_decode() until the
                               model is unloaded */
    uint32_t at_once;       /* images that a step computes together; fewer if memory is short */
    uint64_t reserved[8];
} um_memory;

/* Checks `params` like um_session_begin() and estimates the memory that it would need, without
 * allocating it. The backend's own needs, mostly scratch memory, are not included; they are usually
 * less than a quarter of that. */
UM_API um_status um_session_estimate(um_model *model, const um_session_params *params,
                                     um_memory *memory);

/* Starts over with another seed and keeps the prepared device state. Settings, start_step and given
 * tokens are those of the session, even if it was begun with `resume`. `classes` (batch) is copied;
 * NULL = keep the classes. If a class is out of range, the result is UM_ERROR_ARGUMENT and the
 * session is unchanged. */
UM_API um_status um_session_restart(um_session *session, const int32_t *classes, uint64_t seed);

/* Runs one round, a step or a recheck round, for the whole batch: predicts all masked tokens at
 * once and keeps those that the sampler chooses. After the last round no token is masked.
 * UM_ERROR_ARGUMENT if the session is done. */
UM_API um_status um_session_step(um_session *session);

UM_API bool um_session_done(const um_session *session);

/* The number of rounds done, including start_step, and the total, including recheck rounds. */
UM_API uint32_t um_session_step_index(const um_session *session);
UM_API uint32_t um_session_step_count(const um_session *session);

/* What the latest step did to a token. */
typedef enum um_change {
    UM_CHANGE_MASKED = 0,  /* was masked and still is */
    UM_CHANGE_FIXED = 1,   /* was masked, is fixed now */
    UM_CHANGE_KEPT = 2,    /* was fixed or given and stays as it was */
    UM_CHANGE_REVISED = 3, /* was fixed, is another code now */
    UM_CHANGE_REMASKED = 4 /* was fixed, is masked again */
} um_change;
#define UM_CHANGE_COUNT 5

/* The state of one image after the latest step. Pointers belong to the session and are valid until
 * its next step or its end. All arrays are (grid_height, grid_width). */
struct um_session_view {
    const int32_t *tokens; /* fixed tokens, -1 where masked */
    const int32_t *guess;  /* the complete grid: fixed tokens, and the latest guess where masked; -1
                              = no guess yet */
    const float *confidence; /* probability of the token when it was drawn or last rechecked; 1 for
                                given tokens, 0 for masked ones before their first guess */
    const uint16_t *fixed_step; /* step (from 1) that fixed or revised the token, 0 = given at the
                                   start, 65535 = masked */
    uint32_t masked;            /* how many tokens are masked now */
    const uint8_t *change;      /* um_change; UM_CHANGE_MASKED or _KEPT before the first step */
    uint32_t change_count[5];   /* how many of each um_change */
    uint64_t reserved[8];
};

UM_API um_status um_session_get(const um_session *session, uint32_t image, um_session_view *view);

/* Decodes the complete guess of one image: the picture so far. `rgb` (image_height, image_width,
 * 3), nominally 0..1, not clipped. UM_ERROR_ARGUMENT before the first step, unless every token was
 * given or the session was begun with `resume` and its guesses. Cannot be cancelled. */
UM_API um_status um_session_decode(um_session *session, uint32_t image, float *rgb);

/* The same as bytes, with `stride` as in um_decode_rgb8(). */
UM_API um_status um_session_decode_rgb8(um_session *session, uint32_t image, uint8_t *rgb,
                                        size_t stride);

/* Makes the running step, or else the next one, return UM_CANCELLED soon. May be called from any
 * thread or a signal handler. The session stays usable: um_session_get() shows what was done (the
 * images of a batch may differ by one step), and the next um_session_step() continues the same
 * round, with the same tokens as without the interruption. um_session_restart() starts over
 * instead. */
UM_API void um_session_cancel(um_session *session);

/* The flag that um_session_cancel() sets to 1. For code that shares the memory but cannot call the
 * library, such as the main thread of a web page. Write it atomically; valid as long as the
 * session. */
UM_API volatile int *um_session_cancel_word(um_session *session);

UM_API void um_session_end(um_session **session);

/* ---------------------------------------------------------------- edits: redraw, extend, vary */

/* Redraws part of a picture, extends it, or draws variations of it, step by step like a session and
 * for a whole batch at once. The picture must be at least as large as the model's. The canvas is
 * the source picture plus the added sides; it is never resized. It is processed in windows of the
 * model's size. Each window is a session that starts from the tokens known in it, so one
 * um_edit_step() costs as much as one um_session_step().
 *
 * A token is redrawn if its patch, or that of one of its eight neighbours, contains a pixel to
 * repaint; pixels of the added sides count as such. All other tokens stay as encoded.
 *
 *     um_edit *edit = NULL;
 *     um_edit_params params = { .rgb = rgb, .width = w, .height = h, .mask = mask,
 *                               .draw = { .classes = &class_index, .seed = 42 } };
 *     um_edit_begin(&edit, model, &params);
 *     while (um_edit_step(edit) == UM_OK && !um_edit_done(edit)) {
 *         // between steps, um_edit_get() and um_edit_picture() show the edit so far
 *     }
 *     um_edit_picture(edit, 0, result); // um_edit_get_info() says how large it is
 *     um_edit_end(&edit);
 */
typedef struct um_edit um_edit;

typedef enum um_vary_order {
    UM_VARY_CONFIDENCE = 0, /* the least probable tokens. Each token's probability is measured while
                               it is masked, together with an eighth of its window, spread evenly */
    UM_VARY_HALTON = 1 /* spread evenly by the Halton sequence, from a start that depends on seed
                          and image index */
} um_vary_order;
#define UM_VARY_ORDER_COUNT 2

typedef struct um_edit_params {
    const float *rgb;       /* source picture, (height, width, 3), 0..1; NULL = use rgb8 */
    uint32_t width, height; /* pixels; each side of the canvas must be at least the model's and at
                               most 8192, with at most 2^20 tokens */
    const uint8_t *mask;    /* (height, width), nonzero = repaint; NULL = no pixel, but the whole
                               picture if vary_share > 0 */
    uint32_t left, right, top, bottom; /* pixels to add to each side; not with vary_share */
    float vary_share; /* 0 = redraw all tokens of the mask; above 0, up to 1 = redraw only this
                         fraction of them, at least one */
    um_vary_order vary_order;
    um_session_params draw; /* as for a session; initial_tokens and resume must be NULL. start_step
                               0 means steps / 6, as in the published code (2 of 12), in windows
                               with known tokens and in variations, and 0 in others. A picture does
                               not depend on the batch that it is drawn in. Each window has its own
                               random numbers; those of the first window are those of a session */
    /* NULL, or an open edit of the same model. If it has the same source picture, its encoded
     * tokens and measured probabilities are reused, which saves time and does not change the
     * result. Read only during um_edit_begin(). */
    const um_edit *like;
    const uint8_t *rgb8;  /* the source picture as bytes, instead of rgb, which is then NULL */
    size_t rgb8_stride;   /* bytes from one of its rows to the next; 0 = 3 * width */
    uint64_t reserved[8]; /* zeros */
} um_edit_params;

/* Checks all parameters, copies all arrays and plans the windows; encodes and draws nothing yet.
 * The model must outlive the edit. A mask without any pixel to repaint is UM_ERROR_ARGUMENT. */
UM_API um_status um_edit_begin(um_edit **edit, um_model *model, const um_edit_params *params);

/* The number of windows that such an edit would draw, and of its steps over all windows, without
 * beginning it. The picture itself is not read and may be NULL. UM_ERROR_ARGUMENT as for
 * um_edit_begin(), and with a vary_share, because what varies is measured first. */
UM_API um_status um_edit_estimate(um_model *model, const um_edit_params *params, uint32_t *windows,
                                  uint32_t *steps);

/* Known from the start; valid as long as the edit. */
typedef struct um_edit_info {
    uint32_t width, height;           /* of the canvas: source and added sides, pixels */
    uint32_t left, top;               /* where the source picture lies on it */
    uint32_t grid_width, grid_height; /* tokens; the last ones may extend beyond the canvas */
    uint32_t windows;                 /* how many are drawn */
    uint32_t measuring_steps; /* initial steps in which UM_VARY_CONFIDENCE measures probabilities;
                                 they change no token */
    /* (height, width): weight of the model's pixels in the result: 1 where repainted, falling to 0
     * around it; at 0 the result is exactly the source. */
    const float *weight;
} um_edit_info;

UM_API const um_edit_info *um_edit_get_info(const um_edit *edit);

/* Runs one round of one window for the whole batch. UM_ERROR_ARGUMENT if the edit is done. */
UM_API um_status um_edit_step(um_edit *edit);
UM_API bool um_edit_done(const um_edit *edit);

/* The number of rounds done, and the total over all windows. */
UM_API uint32_t um_edit_step_index(const um_edit *edit);
UM_API uint32_t um_edit_step_count(const um_edit *edit);

/* The state of one image after the latest step. Pointers belong to the edit and are valid until its
 * next call or its end. All arrays are (grid_height, grid_width). */
typedef struct um_edit_view {
    const int32_t *tokens; /* fixed tokens, -1 where masked; -2 = a source token that was not
                              encoded because it is far from everything repainted */
    const int32_t *guess;  /* fixed tokens, the latest guess where masked, the source's token where
                              there is no guess yet; -2 as in tokens */
    const float *confidence;    /* as in um_session_view */
    const uint16_t *fixed_step; /* step (from 1, over all windows) that fixed or revised it, 0 = the
                                   source's, 65535 = masked */
    const uint8_t *change; /* um_change, as in um_session_view; UM_CHANGE_MASKED or _KEPT outside
                              the window */
    uint32_t masked;       /* how many tokens are masked now */
    uint32_t window;       /* the window of the latest step, from 0 */
    uint32_t window_left, window_top; /* its first column and row on the grid */
    uint64_t reserved[8];
} um_edit_view;

/* May encode parts of the source, so it can fail like um_encode(). */
UM_API um_status um_edit_get(um_edit *edit, uint32_t image, um_edit_view *view);

/* The picture so far: the decoded guess, blended with the source by um_edit_info.weight. `rgb`
 * (height, width, 3) has the size of the canvas; values are not clipped. Where the weight is 0, the
 * result is exactly the source. Can return UM_CANCELLED, like a step. */
UM_API um_status um_edit_picture(um_edit *edit, uint32_t image, float *rgb);

/* The same as bytes, with `stride` as in um_decode_rgb8(). Where the weight is 0, the bytes of
 * a source given as rgb8 come back unchanged. */
UM_API um_status um_edit_picture_rgb8(um_edit *edit, uint32_t image, uint8_t *rgb, size_t stride);

/* Makes the running or next step return UM_CANCELLED soon; a later step continues from there. May
 * be called from any thread or a signal handler. */
UM_API void um_edit_cancel(um_edit *edit);
UM_API volatile int *um_edit_cancel_word(um_edit *edit);

UM_API void um_edit_end(um_edit **edit);

#ifdef __cplusplus
}
#endif

#endif
