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
 * NULL or untouched, and one sentence has gone to the log callback at level UM_LOG_ERROR; where
 * there is no callback, um_context_error() has it. The library never prints, never exits and has no
 * globals, but for the sentence that each thread keeps.
 *
 * NULL. A NULL object or array is UM_ERROR_ARGUMENT, never followed; only what a comment calls
 * optional may be NULL. Of NULL, functions without a status return false, 0 or NULL, but
 * um_session_done() and um_edit_done() true: there is nothing to do.
 *
 * Growth. Structs that callers allocate end in `reserved`: zeros in, for fields to come whose zero
 * will mean what there was before, and UM_ERROR_ARGUMENT for anything else; out they are zeros.
 * Structs that the library owns (um_model_info, um_edit_info) grow at their end, enumerations by
 * values behind their last: the _COUNT beside each is one more than the greatest value known here.
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
    UM_CANCELLED = 9          /* um_session_cancel() was called, or a um_progress_fn said so */
} um_status;
#define UM_STATUS_COUNT 10

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
#define UM_LOG_LEVEL_COUNT 5

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
#define UM_PRECISION_COUNT 3

typedef struct um_context_params {
    const char *device; /* NULL or "auto", "cpu", "gpu" (a real one), "vulkan" (best Vulkan device,
                           software ones included), an index of um_devices(), part of a name, or a
                           UUID */
    uint32_t threads; /* CPU threads, the calling one included; 0 = as many as the process may use,
                         by its processors and its CPU quota. More than 1024 are 1024, and where the
                         system starts fewer, those do, with a warning; measure.h tells how many */
    um_log_fn log;    /* NULL = silent */
    void *log_user;
    bool validation; /* turn on Vulkan's validation layers; their messages come through the log as
                        errors and make the run fail. For tests. UM_ERROR_NO_DEVICE if the layer is
                        missing */
    um_precision precision; /* UM_ERROR_NO_DEVICE where the device does not have it */
    uint64_t reserved[8];   /* zeros */
} um_context_params;

/* Opens a device. UM_ERROR_NO_DEVICE when none matches. The environment variable UNMASK_DISABLE
 * switches off fast paths of Vulkan devices: fp16, int8, subgroup, coopmat, pipecache, separated by
 * commas; UM_ERROR_ARGUMENT for any other word. */
UM_API um_status um_context_create(um_context **context, const um_context_params *params);
UM_API void um_context_destroy(um_context **context);

/* The latest error of this context and of all that was made from it: the sentence that went, or
 * would have gone, to the log callback; "" = none so far. A later success does not clear it, and
 * UM_CANCELLED is no error. NULL: the latest error of this thread in a call that had no context,
 * such as the parsers, um_devices(), um_verify_file(), um_context_create() and whatever was given
 * NULL for its object. Never NULL; valid until the next call that fails. */
UM_API const char *um_context_error(const um_context *context);

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
#define UM_SCHEDULE_COUNT 11

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
#define UM_SAMPLER_COUNT 8

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
#define UM_CFG_SCHEDULE_COUNT 4

/* Reads "constant", "linear", "power-cosine" or, with its power, "power-cosine2.5"; *power is
 * written in the last case only. UM_ERROR_ARGUMENT if it is none. */
UM_API um_status um_cfg_schedule_parse(const char *text, um_cfg_schedule *schedule, float *power);

/* "constant" and so on; never NULL. */
UM_API const char *um_cfg_schedule_name(um_cfg_schedule schedule);

/* One row of a per-step table. A negative value leaves to the step what it has without a table. */
typedef struct um_step_row {
    float masked;             /* share of the tokens masked at the start that are still masked after
                                 this step, 0..1, see um_sampler; in the last row it does not
                                 matter */
    float temperature;        /* divides the logits, 1e-4 .. 100 */
    float choice_temperature; /* noise on the confidences, 0..1000, as it is: it does not fall */
    float cfg_scale;          /* guidance, 0..100 */
    float reserved[4];        /* zeros */
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
    uint32_t default_steps;
    um_schedule default_schedule;
    float default_schedule_power;
    float default_temperature, default_choice_temperature, default_cfg_scale;
    um_sampler default_sampler;
    um_cfg_schedule default_cfg_schedule;
    float default_cfg_power;
    uint32_t default_top_k; /* codebook_size = no filter */
    float default_top_p;    /* 1 = no filter */
    float default_remdm_eta;
    uint32_t default_recheck_rounds;
    float default_recheck_threshold;
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

/* Told of every quarter of a mebibyte: `done` of the `total` bytes of weights have been read and
 * hashed; at done = total the device takes them over, which is not interrupted. False ends the
 * loading, with UM_CANCELLED. Called from the thread that loads. */
typedef bool (*um_progress_fn)(void *user, uint64_t done, uint64_t total);

typedef struct um_load_params {
    const char *path;  /* of the file; NULL = it is in memory */
    const void *bytes; /* as for um_model_load_memory(), with size and name; NULL with path */
    size_t size;
    const char *name;
    um_progress_fn progress; /* NULL = none */
    void *progress_user;
    uint64_t reserved[8]; /* zeros */
} um_load_params;

/* um_model_load() or um_model_load_memory(), watched and to be cancelled. */
UM_API um_status um_model_load_with(um_model **model, um_context *context,
                                    const um_load_params *params);

/* The model that the programs take if none is named: $UNMASK_MODEL_PATH if it is set, whether or
 * not it can be read; else the first that can be of $XDG_DATA_HOME, $XDG_DATA_DIRS (with their
 * usual values where they are not set) and the folders beside the running program, in each
 * unmask/models/emoji-64.gguf. Returns the length of the path, 0 = there is none. `path` gets it
 * with a NUL if it fits into `capacity` bytes, else ""; it may be NULL if capacity is 0. */
UM_API size_t um_default_model_path(char *path, size_t capacity);

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
#define UM_MATCH_COUNT 7

/* All three as um_fold() writes them. An empty query is UM_MATCH_WORDS. */
UM_API um_match um_class_match(const char *query, const char *name, const char *symbol);

/* Opens the file, checks everything the loader checks and both digests, needs no device.
 * UM_ERROR_MODEL if it is not a valid model, UM_ERROR_CHECK if only the data digest differs. */
UM_API um_status um_verify_file(const char *path, um_log_fn log, void *user);

/* ---------------------------------------------------------------- direct passes */

/* Token grids are row-major, grid_height rows of grid_width; pictures are float RGB, (height,
 * width, 3), 0..1.
 *
 * Picture to codes. `rgb` (image_height, image_width, 3); `tokens` (grid_height, grid_width). */
UM_API um_status um_encode(um_model *model, const float *rgb, int32_t *tokens);

/* Codes to picture, not clipped. Every token must be a code: UM_ERROR_ARGUMENT names the first that
 * is not. */
UM_API um_status um_decode(um_model *model, const int32_t *tokens, float *rgb);

/* The same for `batch` pictures one behind the other, 1 to 1024. As many are computed at once as
 * use a device well; the results are those of one at a time. If one fails, nothing is written. */
UM_API um_status um_encode_batch(um_model *model, uint32_t batch, const float *rgb,
                                 int32_t *tokens);
UM_API um_status um_decode_batch(um_model *model, uint32_t batch, const int32_t *tokens,
                                 float *rgb);

/* The same for pictures of bytes: rows of R, G, B, `stride` bytes from one row to the next (0 = 3 *
 * image_width; at least that much), the pictures stride * image_height bytes apart. In: byte / 255.
 * Out: clipped to 0..1, times 255, rounded; what lies between the rows is not touched. */
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
    uint64_t seed;          /* with image_index it decides every random number */
    uint32_t
        first_image; /* image i of the batch draws as image index first_image + i of this seed */
    uint32_t steps;  /* 0 = the model's default; at most 1024 */
    um_schedule schedule;         /* zero = the model's default */
    float schedule_power;         /* k of UM_SCHEDULE_POW; 0 = 2 */
    const float *schedule_table;  /* UM_SCHEDULE_TABLE: share still masked after each step, in 0..1,
                                     see um_sampler */
    uint32_t schedule_table_size; /* must equal steps (or steps may be 0); without
                                     UM_SCHEDULE_TABLE both fields are not looked at */
    float temperature;        /* divides the logits; 0 = the model's default; else 1e-4 .. 100 */
    float choice_temperature; /* Gumbel noise on the confidences, falling to 0 with the steps; 0 =
                                 the model's default, negative = none */
    float cfg_scale; /* guidance: logits = u + (1 + scale) (c - u); 0 = the model's default,
                        negative = none */
    const int32_t *initial_tokens; /* (batch, grid_height, grid_width), -1 = masked; NULL = all
                                      masked. Codes given here are never changed */
    /* Begin the schedule here, as if earlier steps had been done; for initial_tokens. */
    uint32_t start_step;

    um_sampler sampler;           /* zero = the model's default */
    um_cfg_schedule cfg_schedule; /* zero = the model's default */
    float cfg_power;              /* k of UM_CFG_POWER_COSINE; 0 = the model's default */
    uint32_t top_k; /* draw from the k most probable codes only; 0 = the model's default,
                       codebook_size or more = all */
    float top_p;    /* draw from the fewest codes whose probabilities reach this sum (nucleus, arXiv
                       1904.09751); 0 = the model's default, 1 = all. Confidences are those of the
                       unfiltered distribution */

    /* 0..1, see um_sampler; 0 = the model's default. The limit there is
     * min(1, (1 - alpha_s) / alpha_t), alpha_t and alpha_s being the shares of fixed tokens that
     * the schedule asks for before and after the step. */
    float remdm_eta;

    /* ReMDM's loop, with time running from 1 down to 0. From the time remdm_loop_on on (0 = no
     * loop) until remdm_loop_off (0 = 0.05) the share of fixed tokens stays at remdm_loop_alpha (0
     * = 0.9; below 1), and only there tokens are masked again. Before and after, the share rises
     * linearly, whatever the schedule. */
    float remdm_loop_on, remdm_loop_off, remdm_loop_alpha;

    uint32_t recheck_rounds; /* 0 = the model's default; at most 256 */
    float recheck_threshold; /* draw anew what is less probable than this share of the most probable
                                code; 0 = the model's default; at most 1 */

    /* NULL, or one row per step, for every sampler. Recheck rounds go on with the last row. */
    const um_step_row *step_table;
    uint32_t step_table_size; /* must equal steps (or steps may be 0); not looked at without a
                                 step_table */

    /* Go on where another session stopped: one view per image (batch), as um_session_get() gave it,
     * and how many rounds were done then, um_session_step_index(). With every other field as in
     * that session, except initial_tokens, which must be NULL, the rest is drawn exactly as it
     * would have been: on the same device bit for bit. Read are tokens, confidence and fixed_step,
     * which says what was given at the start, and guess, which may be NULL; they may be copies. For
     * start_step to um_session_step_count() - 1 rounds. Under other settings the drawing goes on
     * with those. NULL = from the beginning; resume_step is then 0. */
    const um_session_view *resume;
    uint32_t resume_step;

    uint64_t reserved[16]; /* zeros */
} um_session_params;

/* Validates everything, copies all arrays and prepares the device; draws nothing yet. The model
 * must outlive the session. */
UM_API um_status um_session_begin(um_session **session, um_model *model,
                                  const um_session_params *params);

/* What a session takes besides its model's weights. */
typedef struct um_memory {
    uint64_t host_bytes;    /* arrays, in the machine's memory */
    uint64_t device_bytes;  /* what its networks compute in, on the device (the CPU backend's is the
                               machine's memory, too) */
    uint64_t picture_bytes; /* what um_session_decode() takes on the device besides, from its first
                               call until the model is unloaded */
    uint32_t at_once;       /* images that a step computes together; fewer where memory is short */
    uint64_t reserved[8];
} um_memory;

/* Checks `params` as um_session_begin() does and estimates, without allocating any of it, what that
 * would take: a backend's own needs, mostly scratch, come on top, usually below a quarter. */
UM_API um_status um_session_estimate(um_model *model, const um_session_params *params,
                                     um_memory *memory);

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
#define UM_CHANGE_COUNT 5

/* What the reveal looks like after the last step, for one image. Pointers belong to the session and
 * are valid until its next step or its end. All arrays are (grid_height, grid_width). */
struct um_session_view {
    const int32_t *tokens; /* fixed tokens, -1 where masked */
    const int32_t *guess;  /* the complete grid: fixed tokens, and the latest guess where masked; -1
                              where there was none yet */
    const float *confidence; /* probability of the token at the moment it was guessed, or rechecked;
                                1 for given tokens, 0 for masked ones before their first guess */
    const uint16_t *fixed_step; /* step (from 1) that fixed or revised the token, 0 = given at the
                                   start, 65535 = masked */
    uint32_t masked;            /* how many tokens are masked now */
    const uint8_t *change;      /* um_change; before the first step masked or kept */
    uint32_t change_count[5];   /* how many of each um_change */
    uint64_t reserved[8];
};

UM_API um_status um_session_get(const um_session *session, uint32_t image, um_session_view *view);

/* Decodes the complete guess of one image: the picture so far. `rgb` (image_height, image_width,
 * 3), 0..1 nominal, not clipped. UM_ERROR_ARGUMENT before the first step, unless every token was
 * given or the session resumes one whose guesses it has. Is not cancelled. */
UM_API um_status um_session_decode(um_session *session, uint32_t image, float *rgb);

/* The same as bytes, with `stride` as in um_decode_rgb8(). */
UM_API um_status um_session_decode_rgb8(um_session *session, uint32_t image, uint8_t *rgb,
                                        size_t stride);

/* Makes the running or next step, one of them, return UM_CANCELLED soon. May be called from any
 * thread or a signal handler. The session stays usable: um_session_get() shows what was done, the
 * images of a batch may differ by a step, and the next um_session_step() goes on with the same
 * round, to the tokens that it would have had. um_session_restart() starts over instead. */
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
#define UM_VARY_ORDER_COUNT 2

typedef struct um_edit_params {
    const float *rgb;       /* source picture, (height, width, 3), 0..1; NULL = it is in rgb8 */
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
    const uint8_t *rgb8;    /* the source picture as bytes, instead of rgb, which is then NULL */
    size_t rgb8_stride;     /* bytes from one of its rows to the next; 0 = 3 * width */
    uint64_t reserved[8];   /* zeros */
} um_edit_params;

/* Validates everything, copies all arrays, plans the windows; encodes and draws nothing yet. The
 * model must outlive the edit. UM_ERROR_ARGUMENT for a mask without any pixel to repaint, too. */
UM_API um_status um_edit_begin(um_edit **edit, um_model *model, const um_edit_params *params);

/* How many windows such an edit would draw, in how many steps over all of them, without beginning
 * it: the picture itself is not looked at and may be NULL. UM_ERROR_ARGUMENT as of um_edit_begin(),
 * and with a vary_share, because what varies is measured first. */
UM_API um_status um_edit_estimate(um_model *model, const um_edit_params *params, uint32_t *windows,
                                  uint32_t *steps);

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
    uint64_t reserved[8];
} um_edit_view;

/* Encodes what it needs of the source, so it can fail like um_encode(). */
UM_API um_status um_edit_get(um_edit *edit, uint32_t image, um_edit_view *view);

/* The picture so far: the guess decoded, blended with the source by um_edit_info.weight. `rgb`
 * (height, width, 3) of the canvas, not clipped. Where the weight is 0 the source's values come
 * back exactly. UM_CANCELLED like a step. */
UM_API um_status um_edit_picture(um_edit *edit, uint32_t image, float *rgb);

/* The same as bytes, with `stride` as in um_decode_rgb8(). Where the weight is 0 a source of bytes
 * comes back exactly, too. */
UM_API um_status um_edit_picture_rgb8(um_edit *edit, uint32_t image, uint8_t *rgb, size_t stride);

/* Makes the running or next step return UM_CANCELLED soon; the next step goes on from there. May be
 * called from any thread or a signal handler. */
UM_API void um_edit_cancel(um_edit *edit);
UM_API volatile int *um_edit_cancel_word(um_edit *edit);

UM_API void um_edit_end(um_edit **edit);

#ifdef __cplusplus
}
#endif

#endif
