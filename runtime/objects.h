/* The objects behind the public handles, and the compiled networks they run. */
#ifndef UM_OBJECTS_H
#define UM_OBJECTS_H

#include "backend/backend.h"
#include "model/model_file.h"

struct um_context {
    struct um_log log;            /* its `last` is the array below */
    char error[UM_MESSAGE_BYTES]; /* um_context_error() */
    const struct um_backend_fns *backend;
    void *device; /* NULL = lost for good, see recover.h */
    um_device_info info;
    struct um_device_options options; /* that it was opened with */
    bool automatic;                   /* the library chose the device, so it may choose another */
    uint32_t losses;                  /* of devices so far */
    um_model *models;                 /* loaded ones, linked by their `next` */
    enum um_sampler_trust {
        UM_SAMPLER_UNTRIED,
        UM_SAMPLER_RIGHT,
        UM_SAMPLER_WRONG
    } device_sampler; /* device_sampler.h */
};

/* UM_NET_CAUSAL: the transformer, one position per run (measure.h). UM_NET_STEP: the transformer
 * for um_program_run_rows(); UM_NET_SAMPLE: with the op SAMPLE behind it. */
enum um_network {
    UM_NET_TRANSFORMER,
    UM_NET_DECODER,
    UM_NET_ENCODER,
    UM_NET_CAUSAL,
    UM_NET_STEP,
    UM_NET_SAMPLE
};

/* One network compiled for one batch size: one input value, one output value. Does not move in
 * memory while it is open. */
struct um_program {
    um_model *model; /* NULL = not open */
    enum um_network network;
    uint32_t batch;
    bool last;               /* no smaller batch will do */
    struct um_program *next; /* of the model's open programs */
    void *handle; /* NULL = not compiled; of a program that is open: its device was lost */
    um_value_id in, out;
    um_value_id rows;               /* UM_NET_STEP and _SAMPLE */
    size_t row_elements;            /* UM_NET_STEP and _SAMPLE: of one row of the output */
    um_value_id settings, sampled;  /* UM_NET_SAMPLE: of the op, for `batch` images */
    struct um_program_times *times; /* NULL = untimed */
};

struct um_model {
    um_context *context;
    struct um_model_file file;
    um_model_info info;
    char *path;                  /* of the file, NULL = it came from memory */
    um_model *next;              /* of the context's models */
    struct um_program *programs; /* open ones */
    void *weights;
    struct um_profile *profile;   /* NULL = off; new programs are timed for it */
    struct um_program network[3]; /* batch 1, by enum um_network; compiled when first needed */
};

/* Compiles a network. On failure *program is zeroed. `last`: the caller has no smaller batch to
 * try, so that memory which is slow for the device will do, and then another device. */
um_status um_program_open(struct um_program *program, um_model *model, enum um_network network,
                          uint32_t batch, bool last);
void um_program_close(struct um_program *program);

/* Writes the input, runs, reads the output. `cancel` as in um_backend_fns.run. Goes on by
 * um_recover() if the device fails, except for UM_NET_CAUSAL, which keeps state on the device. */
um_status um_program_run(struct um_program *program, const void *in, void *out,
                         const volatile int *cancel);

/* The same for UM_NET_STEP: `rows` as um_graph_step() takes them, and the first rows[0] rows of the
 * output; of UM_NET_SAMPLE, too. */
um_status um_program_run_rows(struct um_program *program, const void *in, const int32_t *rows,
                              void *out, const volatile int *cancel);

/* The same for UM_NET_SAMPLE: the first `count` results of the op SAMPLE. */
um_status um_program_run_sample(struct um_program *program, const void *in, const int32_t *rows,
                                const void *settings, void *out, size_t count,
                                const volatile int *cancel);

/* Bytes of the arena that a network needs for one batch size, or UM_ERROR_MEMORY. */
um_status um_program_arena(const um_model *model, enum um_network network, uint32_t batch,
                           size_t *bytes);

/* The model's own batch-1 program of a network, compiled on first use. */
um_status um_model_network(um_model *model, enum um_network network, struct um_program **program);

/* um_decode() after its checks: `tokens` are codes. */
um_status um_model_decode(um_model *model, const int32_t *tokens, float *rgb);

/* Replaces defaults by the model's and checks every field, as um_session_begin() does. */
um_status um_session_resolve(um_session_params *params, const um_model *model);

/* UM_ERROR_ARGUMENT, with a sentence that begins with `function`, unless each of the `batch`
 * classes exists; NULL will do. */
um_status um_session_check_classes(const um_model *model, const char *function,
                                   const int32_t *classes, uint32_t batch);

/* How many of `batch` images a step computes at once. */
um_status um_session_group(const um_model *model, uint32_t batch, bool guided, uint32_t *group);

/* NULL for NULL. */
um_model *um_session_model(const um_session *session);

/* UM_ERROR_ARGUMENT, with a sentence that begins with `function`, unless the `bytes` of a caller's
 * `reserved` are zeros. */
um_status um_check_reserved(const struct um_log *log, const char *function, const void *reserved,
                            size_t bytes);

/* Starts over with the programs and parameters that the session has: initial_tokens as in
 * um_session_params, codes already checked. */
void um_session_reuse(um_session *session, uint64_t seed, uint32_t start_step,
                      const int32_t *initial_tokens);

/* From now on `cancel` stands for the session's own flag; it must outlive the session. */
void um_session_share_cancel(um_session *session, volatile int *cancel);

/* True if all of them are finite. */
bool um_all_finite(const float *values, size_t count);

#endif
