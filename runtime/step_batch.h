/* The forward pass of one step for a group of images: what goes in for them, what comes out, and
 * the sampler that reads it. */
#ifndef UM_STEP_BATCH_H
#define UM_STEP_BATCH_H

#include "base/block.h"
#include "condition.h"
#include "program.h"
#include "sampler/sampler.h"

struct um_step_batch {
    um_model *model;
    uint32_t positions, leading, codes;
    uint32_t group;     /* images at once; their sequences are as many, or twice that if guided */
    bool guided;        /* each image has a second sequence, with the null class */
    int32_t *ids;       /* (sequences, length) */
    int32_t *wanted;    /* (1 + sequences * positions): as um_graph_step() takes them */
    uint32_t *row;      /* (positions): which row of the logits is an asked position's */
    float *logits;      /* (sequences * positions, codes); the first wanted[0] rows are valid */
    uint32_t *settings; /* of the op SAMPLE; NULL = the CPU samples */
    struct um_sampled *drawn; /* (sequences * positions): its results */
    bool on_device;           /* the latest pass is in `drawn` instead of `logits` */
    struct um_program forward;
};

/* An image of the pass. */
struct um_step_image {
    const int32_t *tokens;
    const uint8_t *asked; /* the positions that are masked in the pass */
    struct um_condition condition;
    struct um_sampler_step step;
};

/* Takes the arrays. The fields up to `guided` are set. `sampled`: those of the op SAMPLE, too. */
void um_step_batch_take(struct um_step_batch *batch, struct um_block *block, bool sampled);

/* Compiles the network, after the arrays were taken. Where memory is short the group shrinks. */
um_status um_step_batch_open(struct um_step_batch *batch);
void um_step_batch_close(struct um_step_batch *batch);

/* One forward pass of `count` images, at most `group`; 0 = there is nothing to compute. `order` as
 * in um_sampler_state, `cancel` as in um_backend_fns.run. */
um_status um_step_batch_run(struct um_step_batch *batch, const struct um_step_image *images,
                            uint32_t count, const uint32_t *order, const volatile int *cancel);

/* Samples an image of that pass. Its rows begin at *row, which moves on to the next image's: the
 * images follow each other as in the pass; one that asks for nothing may stand anywhere. False, and
 * nothing sampled, if a logit is not finite. */
bool um_step_batch_sample(struct um_step_batch *batch, struct um_sampler_state *state,
                          const struct um_sampler_step *step, uint32_t *row);

#endif
