/* Benchmarking: peak rates of a device, profiles of a model, models with random weights, and
 * autoregressive drawing for comparison. Not needed for drawing. The conventions are those of
 * unmask.h. */
#ifndef UNMASK_MEASURE_H
#define UNMASK_MEASURE_H

#include <unmask/unmask.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------- the device */

typedef struct um_device_details {
    char paths[128];         /* code paths in use, for example "avx512"; UTF-8 */
    uint32_t threads;        /* of the CPU backend, else 0 */
    double selftest_seconds; /* duration of the self-test when the device was opened; 0 = there is
                                none, or its result was cached */
    bool device_clock; /* profiles are timed by the device (Vulkan's timestamps), not by the host */
    uint64_t reserved[4];
} um_device_details;

UM_API void um_context_details(const um_context *context, um_device_details *details);

/* Opens the CPU backend with its second-best kernels, to check the best ones against: the AVX2
 * kernels on a machine with AVX-512, otherwise those in portable C, which are slow. Only `threads`,
 * `log` and `log_user` of `params` are used. */
UM_API um_status um_context_create_second(um_context **context, const um_context_params *params);

/* The duration, in seconds, of the longest submission to the device since the last call, or since
 * the context was created. Nothing else, including the desktop, can use the device during a
 * submission. 0 = none, or the CPU backend, whose work can be interrupted. */
UM_API double um_longest_submission(um_context *context);

/* Which peak rate to measure. */
typedef enum um_limit {
    UM_LIMIT_COPY = 0,  /* bytes read plus bytes written by a copy larger than the caches */
    UM_LIMIT_FMA = 1,   /* float operations of independent multiply-adds; one counts as two */
    UM_LIMIT_MATRIX = 2 /* the same in the device's matrix units: F16 inputs, F32 accumulation */
} um_limit;
#define UM_LIMIT_COUNT 3

/* Runs the benchmark once and checks its result. It takes about 50 ms once the device has left its
 * idle state; the first call is slower. *work receives the bytes or operations, *seconds the time.
 * UM_ERROR_NO_DEVICE if the device has no such unit or the library does not use it; UM_ERROR_CHECK
 * if the result was wrong or no time passed. */
UM_API um_status um_measure_limit(um_context *context, um_limit limit, double *work,
                                  double *seconds);

/* ---------------------------------------------------------------- where the time goes */

typedef struct um_profile_row {
    char op[24];     /* "linear", "attention", ... */
    char shape[72];  /* for example "514 x 256 -> 768", or "16-480 x 256 -> 768" if the number of
                        rows differs from call to call (smallest to largest) */
    char kernel[32]; /* for example "linear_coopmat", or on the CPU "conv2d_winograd"; "" = the
                        backend has one kernel for the op, and no name for it */
    uint64_t calls;
    double seconds; /* of all calls together */
    /* Mean per call. A multiply-add counts as two operations. Each operand counts once, weights
     * with their size in the file. 0 for ops whose cost is unknown. */
    double flops, bytes;
    uint64_t reserved[4];
} um_profile_row;

/* Starts profiling: the model's networks time each op until um_profile_end(). Sessions begun
 * earlier are not timed; sessions begun in between must end before um_profile_end(). There is one
 * row per op kind and shape, in the order in which they first ran. */
UM_API um_status um_profile_begin(um_model *model);
UM_API void um_profile_end(um_model *model);

/* Writes at most `capacity` rows, and the total number to *count, then starts from zero calls
 * again. UM_ERROR_ARGUMENT if no profile has begun. */
UM_API um_status um_profile_read(um_model *model, um_profile_row *rows, size_t capacity,
                                 size_t *count);

/* ---------------------------------------------------------------- random weights */

/* Creates a model of the published size with random weights, in memory: "imagenet256" or
 * "imagenet512" (24 layers of 768, 16 heads, 1000 classes, 256 or 1024 tokens). weight_type is
 * "f32", "f16" or "q8_0", NULL = "f16". Equal names give equal models. UM_ERROR_ARGUMENT for
 * another name or type. */
UM_API um_status um_model_load_synthetic(um_model **model, um_context *context, const char *name,
                                         const char *weight_type);

/* ---------------------------------------------------------------- one token after another */

/* The model's transformer with a causal mask, as an autoregressive model would use it: position p
 * sees the class and the tokens before it, and draws the next token in raster order; keys and
 * values of earlier positions are kept. Weights trained for masked modelling draw no good pictures
 * that way: this is for timing. */
typedef struct um_causal um_causal;

/* Only these members of `params` are used: classes, batch, seed, first_image, temperature,
 * cfg_scale and initial_tokens (given codes are used instead of drawn ones). The model must outlive
 * the object. UM_ERROR_MODEL if its transformer is not the original one. */
UM_API um_status um_causal_begin(um_causal **causal, um_model *model,
                                 const um_session_params *params);

/* Draws one token of every image. UM_ERROR_ARGUMENT if all are drawn. */
UM_API um_status um_causal_step(um_causal *causal);
UM_API bool um_causal_done(const um_causal *causal);

/* Tokens (batch, grid_height, grid_width), -1 if not yet drawn. Logits of the last step (batch *
 * (guided ? 2 : 1), codebook_size). Both are valid until the next step. */
UM_API const int32_t *um_causal_tokens(const um_causal *causal);
UM_API const float *um_causal_logits(const um_causal *causal, size_t *count);
UM_API void um_causal_end(um_causal **causal);

#ifdef __cplusplus
}
#endif

#endif
