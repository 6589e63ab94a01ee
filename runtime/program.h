/* A network compiled for one batch size on the context's device. */
#ifndef UM_PROGRAM_H
#define UM_PROGRAM_H

#include "backend/ops.h"

#include <unmask/unmask.h>

struct um_config;
struct um_graph;
struct um_program;

/* What a program is made from. */
struct um_network {
    /* Appends the ops for program->batch pictures, and sets the program's values. */
    void (*build)(struct um_graph *graph, const struct um_config *config,
                  struct um_program *program);
    bool maps;        /* it has large maps, which may be made in strips */
    bool keeps_state; /* on the device, from run to run: a program cannot go on without it */
};

/* The model's networks. STEP is the transformer for um_program_run_rows(); SAMPLE is STEP with the
 * op SAMPLE behind it. */
extern const struct um_network um_network_transformer, um_network_decoder, um_network_encoder,
    um_network_step, um_network_sample;

/* One input value, one output value. Does not move in memory while it is open. */
struct um_program {
    um_model *model; /* NULL = not open */
    const struct um_network *network;
    uint32_t batch;
    bool last;               /* no smaller batch will do */
    struct um_program *next; /* of the model's open programs */
    void *handle; /* NULL = not compiled; of a program that is open: its device was lost */
    um_value_id in, out;
    um_value_id rows;               /* of STEP and SAMPLE */
    size_t row_elements;            /* of STEP and SAMPLE: of one row of the output */
    um_value_id settings, sampled;  /* of SAMPLE: of the op, for `batch` images */
    struct um_program_times *times; /* NULL = untimed */
};

/* Compiles a network. On failure *program is zeroed. `last`: the caller has no smaller batch to
 * try, so that memory which is slow for the device will do, and then another device. */
um_status um_program_open(struct um_program *program, um_model *model,
                          const struct um_network *network, uint32_t batch, bool last);
void um_program_close(struct um_program *program);

/* Writes the input, runs, reads the output. `cancel` as in um_backend_fns.run. Goes on by
 * um_recover() if the device fails, unless the network keeps state there. */
um_status um_program_run(struct um_program *program, const void *in, void *out,
                         const volatile int *cancel);

/* The same for STEP: `rows` as um_graph_step() takes them, and the first rows[0] rows of the
 * output; of SAMPLE, too. */
um_status um_program_run_rows(struct um_program *program, const void *in, const int32_t *rows,
                              void *out, const volatile int *cancel);

/* The same for SAMPLE: the first `count` results of the op SAMPLE. */
um_status um_program_run_sample(struct um_program *program, const void *in, const int32_t *rows,
                                const void *settings, void *out, size_t count,
                                const volatile int *cancel);

/* Bytes of the arena that a network needs for one batch size, or UM_ERROR_MEMORY. */
um_status um_program_arena(const um_model *model, const struct um_network *network, uint32_t batch,
                           size_t *bytes);

enum { UM_MAX_GROUP = 16 }; /* pictures at once: more no longer fills a device better */

/* How many of `batch` pictures to compute at once, each of which takes `sequences` of the network's
 * batch: as many as the arena's budget has room for, at least 1, evened out over the batch: 17 run
 * as 9 + 8, not as 16 + 1. */
um_status um_program_group(const um_model *model, const struct um_network *network,
                           uint32_t sequences, uint32_t batch, uint32_t *group);

/* The model's own batch-1 program of its transformer, decoder or encoder, compiled on first use. */
um_status um_model_network(um_model *model, const struct um_network *network,
                           struct um_program **program);

#endif
