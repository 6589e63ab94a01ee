/* Measuring: what a device can do at most, where the time of a model goes, models of random
 * weights, and the same transformer drawing one token after another. For benchmarks; drawing needs
 * nothing of it. The conventions are those of unmask.h. */
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
    double selftest_seconds; /* what the self-test took when the device was opened; 0 = there is
                                none, or its verdict was known */
    bool device_clock; /* profiles are timed by the device (Vulkan's timestamps), not by the host */
    uint64_t reserved[4];
} um_device_details;

UM_API void um_context_details(const um_context *context, um_device_details *details);

/* The CPU backend with other kernels than those it would choose, to check them against: AVX2's on a
 * machine with AVX-512, else the ones in portable C, which are slow. Of `params` count threads and
 * log. */
UM_API um_status um_context_create_second(um_context **context, const um_context_params *params);

/* Seconds of the longest piece of work that the networks handed to the device at once since the
 * last call, or since the context was created. Nothing else runs on the device meanwhile, the
 * desktop included. 0 = none, or the CPU backend, whose work can be interrupted. */
UM_API double um_longest_submission(um_context *context);

typedef enum um_limit {
    UM_LIMIT_COPY = 0,  /* bytes read plus bytes written by a copy larger than the caches */
    UM_LIMIT_FMA = 1,   /* float operations of independent multiply-adds; one counts as two */
    UM_LIMIT_MATRIX = 2 /* the same in the device's matrix units, F16 factors and F32 sums */
} um_limit;
#define UM_LIMIT_COUNT 3

/* Runs the load once, for about 50 ms on a device that is awake, and checks its result: *work bytes
 * or operations took *seconds. The first call on a device is slower than the next ones.
 * UM_ERROR_NO_DEVICE: it has no such unit, or the library does not use it; UM_ERROR_CHECK: the
 * result was wrong, or no time passed. */
UM_API um_status um_measure_limit(um_context *context, um_limit limit, double *work,
                                  double *seconds);

/* ---------------------------------------------------------------- where the time goes */

typedef struct um_profile_row {
    char op[24];     /* "linear", "attention", ... */
    char shape[72];  /* for example "514 x 256 -> 768"; "16-480 x 256 -> 768" where the number of
                        rows differs from call to call: from the fewest to the most */
    char kernel[32]; /* for example "linear_coopmat", or on the CPU "conv2d_winograd"; "" = the
                        backend has one kernel for the op, and no name for it */
    uint64_t calls;
    double seconds;      /* of all calls together */
    double flops, bytes; /* of one call, the mean of all: multiply-adds count as two; every operand
                            once, weights as the file stores them. An op that the library cannot
                            count: 0 */
    uint64_t reserved[4];
} um_profile_row;

/* From now on the model's networks time each op; um_profile_end() ends it. Sessions begun earlier
 * go on untimed; sessions begun in between must end first. One op kind with one shape is one row,
 * rows appear in the order of their first run. */
UM_API um_status um_profile_begin(um_model *model);
UM_API void um_profile_end(um_model *model);

/* Writes at most `capacity` rows and the full number to *count, then starts from zero calls again.
 * UM_ERROR_ARGUMENT if no profile has begun. */
UM_API um_status um_profile_read(um_model *model, um_profile_row *rows, size_t capacity,
                                 size_t *count);

/* ---------------------------------------------------------------- random weights */

/* A model of the published size with random weights, made in memory: "imagenet256" or
 * "imagenet512" (24 layers of 768, 16 heads, 1000 classes, 256 or 1024 tokens). weight_type: "f32",
 * "f16" or "q8_0", NULL = "f16". Equal names give equal models. UM_ERROR_ARGUMENT for another name
 * or type. */
UM_API um_status um_model_load_synthetic(um_model **model, um_context *context, const char *name,
                                         const char *weight_type);

/* ---------------------------------------------------------------- one token after another */

/* The model's transformer with a causal mask, as an autoregressive model would use it: position p
 * sees the class and the tokens before it, and draws the next token in raster order; keys and
 * values of earlier positions are kept. Weights trained for masked modelling draw no good pictures
 * that way: this is for timing. */
typedef struct um_causal um_causal;

/* Of `params` counts: classes, batch, seed, first_image, temperature, cfg_scale, initial_tokens
 * (codes given are taken instead of drawn). The model must outlive the object. UM_ERROR_MODEL if
 * its transformer is not the original one. */
UM_API um_status um_causal_begin(um_causal **causal, um_model *model,
                                 const um_session_params *params);

/* One token of every image. Calling it when all are drawn is UM_ERROR_ARGUMENT. */
UM_API um_status um_causal_step(um_causal *causal);
UM_API bool um_causal_done(const um_causal *causal);

/* (batch, grid_height, grid_width), -1 where not yet drawn; (batch * (guided ? 2 : 1),
 * codebook_size), the logits of the last step. Both are valid until the next step. */
UM_API const int32_t *um_causal_tokens(const um_causal *causal);
UM_API const float *um_causal_logits(const um_causal *causal, size_t *count);
UM_API void um_causal_end(um_causal **causal);

#ifdef __cplusplus
}
#endif

#endif
