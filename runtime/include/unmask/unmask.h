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
 *         // between steps: um_session_get(), um_session_decode() show the reveal so far
 *     }
 *     const um_model_info *info = um_model_get_info(model);
 *     float *rgb = malloc(sizeof(float) * 3 * info->image_width * info->image_height);
 *     um_session_decode(session, 0, rgb);
 *     um_session_end(&session);
 *     um_model_unload(&model);
 *     um_context_destroy(&context);
 *
 * Conventions. Objects come in create/destroy pairs; destroy takes the address, accepts NULL inside
 * and writes NULL. A params struct whose bytes are all zero means the defaults, and a NULL params
 * pointer the same. Every function that can fail returns um_status; on failure out-parameters are
 * NULL or untouched, and one sentence has gone to the log callback at level UM_LOG_ERROR. The
 * library never prints, never exits and has no globals.
 *
 * Threads. Different contexts are independent. All objects made from one context must be used by
 * one thread at a time; um_session_cancel() alone may be called from any thread.
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
    UM_ERROR = 1,             /* anything without a more exact code below */
    UM_ERROR_ARGUMENT = 2,    /* the caller passed something out of range */
    UM_ERROR_MODEL = 3,       /* model file missing, damaged or unsupported */
    UM_ERROR_NO_DEVICE = 4,   /* no device matches, or it cannot be used */
    UM_ERROR_MEMORY = 5,      /* host or device memory ran out */
    UM_ERROR_DEVICE_LOST = 6, /* the device was lost, hung or failed */
    UM_ERROR_IO = 7,          /* reading or writing a file failed */
    UM_ERROR_CHECK = 8,       /* a result failed its check (not a number, digest differs) */
    UM_CANCELLED = 9          /* um_session_cancel() was called */
} um_status;

/* The status as a short constant English phrase; never NULL. */
UM_API const char *um_status_text(um_status status);

/* "0.1.0" and, in the second, the compiler and the backends built in. Constant strings. */
UM_API const char *um_version(void);
UM_API const char *um_build_info(void);

/* ---------------------------------------------------------------- log */

typedef enum um_log_level {
    UM_LOG_ERROR = 1,
    UM_LOG_WARN = 2,
    UM_LOG_INFO = 3,
    UM_LOG_DEBUG = 4
} um_log_level;

/* Receives one complete sentence without a newline; `text` is valid during the call only. May be
 * called from the thread that called the library, never from another one. */
typedef void (*um_log_fn)(void *user, um_log_level level, const char *text);

/* ---------------------------------------------------------------- devices and contexts */

typedef enum um_device_kind {
    UM_DEVICE_CPU_BACKEND = 0, /* the built-in CPU backend; always present */
    UM_DEVICE_DISCRETE = 1,    /* Vulkan: a graphics card with its own memory */
    UM_DEVICE_INTEGRATED = 2,  /* Vulkan: shares memory with the CPU */
    UM_DEVICE_VIRTUAL = 3,     /* Vulkan: a virtual GPU */
    UM_DEVICE_SOFTWARE = 4     /* Vulkan: runs on the CPU (llvmpipe, SwiftShader) */
} um_device_kind;

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
} um_device_info;

/* Lists the devices in the order of preference that "auto" follows: discrete, integrated and
 * virtual GPUs, the CPU backend, software Vulkan devices last. Their position is the index that
 * um_context_params.device takes. Writes at most `capacity` entries and the full number to *count.
 * Never fails for lack of Vulkan. */
UM_API um_status um_devices(um_device_info *list, size_t capacity, size_t *count, um_log_fn log,
                            void *user);

typedef struct um_context um_context;

/* What the products of a transformer's linear layers are made of. */
typedef enum um_precision {
    UM_PRECISION_DEFAULT = 0, /* what the file holds, with sums in float: equal tokens everywhere */
    UM_PRECISION_BF16 = 1, /* weights and inputs rounded to 8 significant bits, sums in float: about
                             twice as fast, tokens may differ. On the CPU backend, with AVX-512
                             BF16; Q8_0 files stay int8 */
    UM_PRECISION_F16 = 2 /* factors rounded to F16, sums in float, tokens may differ: on the matrix
                            units of a Vulkan device or in its F16 arithmetic, where it has
                            them, for files in F16; convolutions, too */
} um_precision;

typedef struct um_context_params {
    const char *device; /* NULL or "auto", "cpu", "gpu" (a real one), "vulkan" (best Vulkan device,
                           software ones included), an index of um_devices(), part of a name, or a
                           UUID */
    uint32_t threads; /* CPU threads, the calling one included; 0 = as many as the process may use,
                         by its processors and its CPU quota */
    um_log_fn log;    /* NULL = silent */
    void *log_user;
    bool validation; /* turn on Vulkan's validation layers; their messages come through the log as
                        errors and make the run fail. For tests. UM_ERROR_NO_DEVICE if the layer is
                        missing */
    um_precision precision; /* UM_ERROR_NO_DEVICE where the device does not have it */
} um_context_params;

/* Opens a device. UM_ERROR_NO_DEVICE when none matches. The environment variable UNMASK_DISABLE
 * switches off fast paths of Vulkan devices: fp16, int8, subgroup, coopmat, pipecache, separated by
 * commas; UM_ERROR_ARGUMENT for any other word. */
UM_API um_status um_context_create(um_context **context, const um_context_params *params);
UM_API void um_context_destroy(um_context **context);

/* What was opened; valid as long as the context. */
UM_API const um_device_info *um_context_device(const um_context *context);

/* ---------------------------------------------------------------- models */

typedef enum um_schedule {
    UM_SCHEDULE_DEFAULT = 0, /* the model file's own */
    UM_SCHEDULE_COSINE, /* cos(pi/2 r); gamma(r) is the share still masked after the share r of the
                           steps */
    UM_SCHEDULE_LINEAR, /* 1 - r */
    UM_SCHEDULE_SQUARE, /* 1 - r^2 */
    UM_SCHEDULE_CUBIC,  /* 1 - r^3 */
    UM_SCHEDULE_POW,    /* 1 - r^k, k = schedule_power */
    UM_SCHEDULE_EXPONENTIAL, /* 1 - 2^(-log2(U) (1 - r)), U = masked tokens at the start */
    UM_SCHEDULE_SQRT,        /* 1 - sqrt(r) */
    UM_SCHEDULE_LOGARITHMIC, /* -log2(r) / log2(U) */
    UM_SCHEDULE_ARCCOS,      /* acos(r) / (pi/2) */
    UM_SCHEDULE_TABLE        /* explicit shares, schedule_table */
} um_schedule;

/* Reads "cosine", "linear", "pow2.5", "sqrt", ... or a table "0.9,0.7,0.3,0". UM_ERROR_ARGUMENT if
 * it is none. For a table the shares are written to `table` (room for `capacity`) and their number
 * to *table_size. */
UM_API um_status um_schedule_parse(const char *text, um_schedule *schedule, float *power,
                                   float *table, size_t capacity, size_t *table_size);

/* "cosine" and so on; never NULL. */
UM_API const char *um_schedule_name(um_schedule schedule);

/* How a step chooses the tokens that it fixes. Given tokens are never changed by any of them, and
 * after the last step no token is masked. After an earlier step floor(U gamma) tokens are, U being
 * those masked at the start; but at least one, and while there are more than one, fewer than
 * before, whatever shares a table names. ReMDM alone fixes and masks by chance: about as many in
 * the mean, where gamma rises as far as sigma reaches. */
typedef enum um_sampler {
    UM_SAMPLER_DEFAULT = 0,   /* the model file's own */
    UM_SAMPLER_CONFIDENCE,    /* the most confident (arXiv 2202.04200, section 3.2) */
    UM_SAMPLER_HALTON,        /* spread evenly, by the Halton sequence from a start that seed and
                                 image index choose (arXiv 2503.17076); draws no choice noise */
    UM_SAMPLER_RASTER,        /* from the top left, row by row, without noise: to compare with. With
                                 a linear schedule and a step per token, one token at a time */
    UM_SAMPLER_REMDM_CAP,     /* by chance, in the schedule's proportion; fixed tokens are masked
                                 again with probability sigma (ReMDM, arXiv 2503.00307):
                                 min(eta, limit); see remdm_eta */
    UM_SAMPLER_REMDM_RESCALE, /* the same with sigma = eta limit */
    UM_SAMPLER_REMDM_CONF,    /* the same with sigma = limit, shared out in inverse proportion to
                                 the confidences; no eta */
    UM_SAMPLER_RECHECK /* confidence, then recheck_rounds more steps: each masks an eighth of the
                          drawn tokens, spread evenly, and draws those anew that have become
                          improbable */
} um_sampler;

/* Reads "confidence", "halton", "raster", "remdm-cap", "remdm-rescale", "remdm-conf" or "recheck".
 * UM_ERROR_ARGUMENT if it is none. */
UM_API um_status um_sampler_parse(const char *text, um_sampler *sampler);

/* "confidence" and so on, "default" for zero; never NULL. The samplers are the values from 1 to
 * UM_SAMPLER_RECHECK. */
UM_API const char *um_sampler_name(um_sampler sampler);

/* How the guidance scale rises to cfg_scale over the steps i = 0 .. T - 1. */
typedef enum um_cfg_schedule {
    UM_CFG_DEFAULT = 0, /* the model file's own */
    UM_CFG_CONSTANT,    /* cfg_scale in every step */
    UM_CFG_LINEAR,      /* cfg_scale i / (T - 1), the whole in a single step */
    UM_CFG_POWER_COSINE /* cfg_scale (1 - cos(pi (i / T)^k)) / 2, k = cfg_power (MDT, arXiv
                           2303.14389) */
} um_cfg_schedule;

/* Reads "constant", "linear", "power-cosine" or, with its power, "power-cosine2.5"; *power is
 * written in the last case only. UM_ERROR_ARGUMENT if it is none. */
UM_API um_status um_cfg_schedule_parse(const char *text, um_cfg_schedule *schedule, float *power);

/* "constant" and so on; never NULL. */
UM_API const char *um_cfg_schedule_name(um_cfg_schedule schedule);

/* How pictures are drawn: the numbers that a caller may choose and a model file has defaults for.
 * Everywhere, 0 = the default: in what a session is given the model's, in a model the format's. In
 * what um_model_info has, no field is 0. */
typedef struct um_sampling {
    uint32_t steps;       /* at most 1024 */
    um_schedule schedule; /* UM_SCHEDULE_TABLE: see um_session_params.schedule_table */
    float schedule_power; /* k of UM_SCHEDULE_POW; 0 = 2 */
    um_sampler sampler;
    float temperature;            /* divides the logits */
    float choice_temperature;     /* Gumbel noise on the confidences, falling to 0 with the steps;
                                     negative = none */
    float cfg_scale;              /* guidance: logits = u + (1 + scale) (c - u); negative = none */
    um_cfg_schedule cfg_schedule; /* how guidance rises */
    float cfg_power;              /* k of UM_CFG_POWER_COSINE */
    uint32_t top_k; /* draw from the k most probable codes only; codebook_size or more = all */
    float top_p;    /* draw from the fewest codes whose probabilities reach this sum (nucleus, arXiv
                       1904.09751); 1 = all. Confidences are those of the unfiltered distribution */

    /* See um_sampler. The limit there is min(1, (1 - alpha_s) / alpha_t), alpha_t and alpha_s being
     * the shares of fixed tokens that the schedule asks for before and after the step. */
    float remdm_eta;

    /* ReMDM's loop, with time running from 1 down to 0. From the time remdm_loop_on on (0 = no
     * loop) until remdm_loop_off (0 = 0.05) the share of fixed tokens stays at remdm_loop_alpha (0
     * = 0.9; below 1), and only there tokens are masked again. Before and after, the share rises
     * linearly, whatever the schedule. */
    float remdm_loop_on, remdm_loop_off, remdm_loop_alpha;

    uint32_t recheck_rounds;
    float recheck_threshold; /* draw anew what is less probable than this share of the most probable
                                code */
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

/* What is known of a setting: the one table that model files, sessions, programs and their help
 * follow. */
typedef struct um_setting {
    const char *name;   /* in stored settings and reports */
    const char *key;    /* in model files; NULL = not there */
    const char *option; /* of the command line, without dashes */
    const char *label;  /* in a form */
    um_setting_kind kind;
    size_t offset;      /* in um_sampling */
    double least, most; /* of numbers */
    double usual;       /* the most that a form need offer; names: 0 */
    double fallback;    /* where a model file says nothing; NAN = it must say */
    double none;        /* the number that is written for "none", NAN = there always is one */
    uint32_t samplers;  /* which use it, 1 << um_sampler each; 0 = all */
    const char *help;   /* one phrase, without a full stop */
} um_setting;

/* Constant; NULL if there is no such setting. */
UM_API const um_setting *um_setting_info(um_setting_id id);

/* Whether a sampler uses it. */
UM_API bool um_setting_used(um_setting_id id, um_sampler sampler);

/* A setting as one number, as people write it: "none" is um_setting.none, NAN is the default, and
 * a name is its enumerator; of the loop, its start. */
UM_API double um_setting_get(um_setting_id id, const um_sampling *sampling);

/* The reverse. UM_ERROR_ARGUMENT if the number is out of range; nothing is written then. */
UM_API um_status um_setting_set(um_setting_id id, um_sampling *sampling, double value);

/* One row of a per-step table. A negative value leaves to the step what it has without a table. */
typedef struct um_step_row {
    float masked;             /* share of the tokens masked at the start that are still masked after
                                 this step, 0..1, see um_sampler; in the last row it does not
                                 matter */
    float temperature;        /* divides the logits, 1e-4 .. 100 */
    float choice_temperature; /* noise on the confidences, 0..1000, as it is: it does not fall */
    float cfg_scale;          /* guidance, 0..100 */
} um_step_row;

/* Reads a table of text: the first line names the columns, in any order, at least one of
 * "mask_ratio", "temperature", "choice_temperature" and "cfg_scale"; each further line is one step,
 * a number or "-" (negative in the row) per column. White space separates, # starts a comment. At
 * most `capacity` rows are written, their number to *count. UM_ERROR_ARGUMENT, with line and column
 * named in the log, if the text is not such a table. */
UM_API um_status um_step_table_parse(const char *text, um_step_row *rows, size_t capacity,
                                     size_t *count, um_log_fn log, void *user);

typedef struct um_model um_model;

typedef struct um_model_info {
    const char *name, *license, *description; /* UTF-8; "" where the file says nothing */
    const char *weight_type;                  /* "F32", "F16" or "Q8_0" */
    const char *sha256; /* 64 hex digits of the data section, as the file states them */
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
 * device. The context must outlive the model. UM_ERROR_MODEL names the file and the field, and what
 * was expected. */
UM_API um_status um_model_load(um_model **model, um_context *context, const char *path);

/* The same from memory; `bytes` is not needed after the call. `name` stands for the file in
 * messages. */
UM_API um_status um_model_load_memory(um_model **model, um_context *context, const void *bytes,
                                      size_t size, const char *name);
UM_API void um_model_unload(um_model **model);

/* Valid as long as the model. */
UM_API const um_model_info *um_model_get_info(const um_model *model);

/* Name and symbol (for example the emoji; "" if none) of a class; NULL if the index is out of
 * range. */
UM_API const char *um_model_class_name(const um_model *model, int32_t class_index);
UM_API const char *um_model_class_symbol(const um_model *model, int32_t class_index);

/* Finds a class by index ("17"), name, symbol, a part of a name that only one class has, or parts
 * in any order that only one has all of; compared as um_fold() writes them. UM_ERROR_ARGUMENT
 * otherwise, and the message offers the nearest names or symbols. */
UM_API um_status um_model_find_class(const um_model *model, const char *text, int32_t *class_index);

/* Writes UTF-8 `text` as names and symbols are compared: lower case; without accents and other
 * combining marks, apostrophes and quotation marks, variation selectors and skin tones; one space
 * for each run of spaces, hyphens and punctuation, none at the ends. U+200D stays between emoji. A
 * byte that is no UTF-8 becomes U+FFFD. What is folded again stays the same.
 *
 * Returns the length of the whole result, which is at most three times that of the text. `out` gets
 * what fits into `capacity` bytes, whole characters and a NUL; it may be NULL if capacity is 0. */
UM_API size_t um_fold(const char *text, char *out, size_t capacity);

/* How well a class answers a search, from not at all to best. */
typedef enum um_match {
    UM_MATCH_NONE = 0,
    UM_MATCH_WORDS,  /* each word of the query is a part of the name */
    UM_MATCH_PART,   /* the query is a part of the name */
    UM_MATCH_WORD,   /* ... at the start of a word */
    UM_MATCH_START,  /* the name starts with it */
    UM_MATCH_SPACED, /* it is the name, but for spaces */
    UM_MATCH_EXACT   /* it is the name, or the symbol */
} um_match;

/* All three as um_fold() writes them. An empty query is UM_MATCH_WORDS. */
UM_API um_match um_class_match(const char *query, const char *name, const char *symbol);

/* Opens the file, checks everything the loader checks and both digests, needs no device.
 * UM_ERROR_MODEL if it is not a valid model, UM_ERROR_CHECK if only the data digest differs. */
UM_API um_status um_verify_file(const char *path, um_log_fn log, void *user);

/* ---------------------------------------------------------------- direct passes, batch 1 */

/* Token grids are row-major, grid_height rows of grid_width; pictures are float RGB, (height,
 * width, 3), 0..1.
 *
 * Picture to codes. `rgb` (image_height, image_width, 3); `tokens` (grid_height, grid_width). */
UM_API um_status um_encode(um_model *model, const float *rgb, int32_t *tokens);

/* Codes to picture, not clipped. Every token must be a code: UM_ERROR_ARGUMENT names the first that
 * is not. */
UM_API um_status um_decode(um_model *model, const int32_t *tokens, float *rgb);

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
    uint64_t seed;          /* with image_index it decides every random number */
    uint32_t
        first_image; /* image i of the batch draws as image index first_image + i of this seed */
    um_sampling sampling;         /* fields that are 0: the model's */
    const float *schedule_table;  /* UM_SCHEDULE_TABLE: share still masked after each step, in 0..1,
                                     see um_sampler */
    uint32_t schedule_table_size; /* must equal steps (or steps may be 0) */
    const int32_t *initial_tokens; /* (batch, grid_height, grid_width), -1 = masked; NULL = all
                                      masked. Codes given here are never changed */
    /* Begin the schedule here, as if earlier steps had been done; for initial_tokens. */
    uint32_t start_step;

    /* NULL, or one row per step, for every sampler. Recheck rounds go on with the last row. */
    const um_step_row *step_table;
    uint32_t step_table_size; /* must equal steps (or steps may be 0) */

    /* Go on where another session stopped: one view per image (batch), as um_session_get() gave it,
     * and how many rounds were done then, um_session_step_index(). With every other field as in
     * that session, except initial_tokens, which must be NULL, the rest is drawn exactly as it
     * would have been: on the same device bit for bit. Read are tokens, confidence and fixed_step,
     * which says what was given at the start, and guess, which may be NULL; they may be copies. For
     * start_step to um_session_step_count() - 1 rounds. Under other settings the drawing goes on
     * with those. NULL = from the beginning; resume_step is then 0. */
    const um_session_view *resume;
    uint32_t resume_step;
} um_session_params;

/* Validates everything, copies all arrays and prepares the device; draws nothing yet. The model
 * must outlive the session. */
UM_API um_status um_session_begin(um_session **session, um_model *model,
                                  const um_session_params *params);

/* Starts over with another seed, without preparing the device anew: as um_session_begin() with the
 * session's own settings, start_step and given tokens, also where the session resumed another.
 * `classes` (batch) is copied; NULL = those that it has. UM_ERROR_ARGUMENT, with the session as it
 * was, for a class out of range. */
UM_API um_status um_session_restart(um_session *session, const int32_t *classes, uint64_t seed);

/* One round for the whole batch: guess all masked tokens at once, keep those that the sampler
 * chooses. After the last round no token is masked. Calling it when the session is done is
 * UM_ERROR_ARGUMENT. */
UM_API um_status um_session_step(um_session *session);

UM_API bool um_session_done(const um_session *session);

/* Rounds done so far, counted from 0 and including start_step, and the total, recheck rounds
 * included. */
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

/* What the reveal looks like after the last step, for one image. Pointers belong to the session and
 * are valid until its next step or its end. All arrays are (grid_height, grid_width). */
struct um_session_view {
    const int32_t *tokens; /* fixed tokens, -1 where masked */
    const int32_t *guess;  /* the complete grid: fixed tokens, and the latest guess where masked */
    const float *confidence; /* probability of the token at the moment it was guessed, or rechecked;
                                1 for given tokens */
    const uint16_t *fixed_step; /* step (from 1) that fixed or revised the token, 0 = given at the
                                   start, 65535 = masked */
    uint32_t masked;            /* how many tokens are masked now */
    const uint8_t *change;      /* um_change; before the first step masked or kept */
    uint32_t change_count[5];   /* how many of each um_change */
};

UM_API um_status um_session_get(const um_session *session, uint32_t image, um_session_view *view);

/* Decodes the complete guess of one image: the picture so far. `rgb` (image_height, image_width,
 * 3), 0..1 nominal, not clipped. */
UM_API um_status um_session_decode(um_session *session, uint32_t image, float *rgb);

/* Makes the running or next step return UM_CANCELLED soon. May be called from any thread or a
 * signal handler. */
UM_API void um_session_cancel(um_session *session);

/* The word that um_session_cancel() sets to 1, for a program that shares the memory but cannot call
 * the library, such as a web page's thread. Written atomically; valid as long as the session. */
UM_API volatile int *um_session_cancel_word(um_session *session);

UM_API void um_session_end(um_session **session);

/* ---------------------------------------------------------------- edits: a part drawn anew */

/* Repaints, extends or varies a picture of any size from the model's picture up, stepwise like a
 * session and B variants at once. The canvas is the source picture plus what is added to its sides.
 * It is worked on in windows of the model's size, never resized: each window is one session that
 * starts from the tokens known in it, so one um_edit_step() costs what one um_session_step() does.
 *
 * The pixels to repaint are reduced to the token grid by the maximum over each token's patch and
 * grown by one token in every direction; those tokens are drawn anew, all others stay as encoded.
 *
 *     um_edit *edit = NULL;
 *     um_edit_params params = { .rgb = rgb, .width = w, .height = h, .mask = mask,
 *                               .draw = { .classes = &class_index, .seed = 42 } };
 *     um_edit_begin(&edit, model, &params);
 *     while (um_edit_step(edit) == UM_OK && !um_edit_done(edit)) {
 *         // between steps: um_edit_get(), um_edit_picture() show the edit so far
 *     }
 *     um_edit_picture(edit, 0, result); // um_edit_get_info() says how large it is
 *     um_edit_end(&edit);
 */
typedef struct um_edit um_edit;

typedef enum um_vary_order {
    UM_VARY_CONFIDENCE = 0, /* the least probable tokens: each is left out once, with an eighth of
                               the grid spread evenly, and judged by what the model puts there */
    UM_VARY_HALTON = 1 /* spread evenly by the Halton sequence, from a start that seed and image
                          index choose */
} um_vary_order;

typedef struct um_edit_params {
    const float *rgb;       /* source picture, (height, width, 3), 0..1; must not be NULL */
    uint32_t width, height; /* pixels; canvas sides from the model's to 8192, at most 2^20 tokens */
    const uint8_t *mask;    /* (height, width), nonzero = repaint; NULL = no pixel, or with
                               vary_share the whole picture */
    uint32_t left, right, top, bottom; /* pixels to add to each side; not with vary_share */
    float vary_share; /* 0 = repaint all tokens of the mask; 0..1 = only this share of them, at
                         least one, the others stay */
    um_vary_order vary_order;
    um_session_params draw; /* as for a session. initial_tokens and resume must be NULL. start_step
                               0 = the published code's, steps / 6 (2 of 12), in windows where
                               something is known. A picture does not depend on the batch that it is
                               drawn in; every window draws random numbers of its own, the first one
                               those of a session */
    const um_edit *like;    /* NULL, or an edit of the same model that has not ended: what it knows
                               of the same picture is not computed again, the result is the same.
                               Read only during um_edit_begin() */
} um_edit_params;

/* Validates everything, copies all arrays, plans the windows; encodes and draws nothing yet. The
 * model must outlive the edit. UM_ERROR_ARGUMENT for a mask without any pixel to repaint, too. */
UM_API um_status um_edit_begin(um_edit **edit, um_model *model, const um_edit_params *params);

/* What is known from the start on; valid as long as the edit. */
typedef struct um_edit_info {
    uint32_t width, height;           /* of the canvas: source and added sides, pixels */
    uint32_t left, top;               /* where the source picture lies on it */
    uint32_t grid_width, grid_height; /* tokens; patches at the right and bottom may stick out */
    uint32_t windows;                 /* how many are drawn */
    uint32_t measuring_steps;         /* steps that UM_VARY_CONFIDENCE spends first; they fix no
                                         token and leave the grid as it is */
    const float *weight; /* (height, width): share of the model's pixels in the result; 1 where
                            repainted, falling to 0 around it, 0 = the source's own value */
} um_edit_info;

UM_API const um_edit_info *um_edit_get_info(const um_edit *edit);

/* One round of one window for the whole batch. Calling it when the edit is done is
 * UM_ERROR_ARGUMENT. */
UM_API um_status um_edit_step(um_edit *edit);
UM_API bool um_edit_done(const um_edit *edit);

/* Rounds done so far, counted from 0, and the total over all windows. */
UM_API uint32_t um_edit_step_index(const um_edit *edit);
UM_API uint32_t um_edit_step_count(const um_edit *edit);

/* What the edit looks like after the last step, for one image. Pointers belong to the edit and are
 * valid until its next call or its end. All arrays are (grid_height, grid_width). */
typedef struct um_edit_view {
    const int32_t *tokens;      /* fixed tokens, -1 where masked; -2 = the source's, but so far
                                   from everything repainted that it was not encoded */
    const int32_t *guess;       /* fixed tokens and the latest guess; the source's where none was
                                   made yet; -2 as in tokens */
    const float *confidence;    /* as in um_session_view */
    const uint16_t *fixed_step; /* step (from 1, over all windows) that fixed or revised it, 0 = the
                                   source's, 65535 = masked */
    const uint8_t *change;      /* um_change, as in um_session_view; outside the window masked or
                                   kept */
    uint32_t masked;            /* how many tokens are masked now */
    uint32_t window;            /* number of the window that the last step drew in, from 0 */
    uint32_t window_left, window_top; /* its first column and row on the grid */
} um_edit_view;

/* Encodes what it needs of the source, so it can fail like um_encode(). */
UM_API um_status um_edit_get(um_edit *edit, uint32_t image, um_edit_view *view);

/* The picture so far: the guess decoded, blended with the source by um_edit_info.weight. `rgb`
 * (height, width, 3) of the canvas, not clipped. Where the weight is 0 the source's values come
 * back exactly. UM_CANCELLED like a step. */
UM_API um_status um_edit_picture(um_edit *edit, uint32_t image, float *rgb);

/* Makes the running or next step return UM_CANCELLED soon; the next step goes on from there. May be
 * called from any thread or a signal handler. */
UM_API void um_edit_cancel(um_edit *edit);
UM_API volatile int *um_edit_cancel_word(um_edit *edit);

UM_API void um_edit_end(um_edit **edit);

#ifdef __cplusplus
}
#endif

#endif
