/* Source pictures, and whole edits with every status checked. */
#ifndef UM_EDIT_RIG_H
#define UM_EDIT_RIG_H

#include "session/rig.h"
#include "support/rand.h"

/* What is left of an edit: arrays of the first image unless stated; free_result(). */
struct edit_result {
    um_edit_info info; /* weight points into `weight` */
    uint32_t steps;
    size_t cells, values; /* of one image; values counts floats of the canvas */
    int32_t *tokens;      /* (batch, cells) */
    float *rgb;           /* (batch, values) */
    float *weight;
};

/* A smooth random picture of bytes / 255, as a file would give it: (height, width, 3). */
float *make_source(struct test_rand *r, uint32_t width, uint32_t height);

um_edit *begin_edit(struct rig *rig, const um_edit_params *params);
void step_edit(struct rig *rig, um_edit *edit);

/* Runs a whole edit. */
struct edit_result run_edit(struct rig *rig, const um_edit_params *params);
void free_result(struct edit_result *result);

/* Whether two results are the same in every byte. */
bool same_result(const struct edit_result *a, const struct edit_result *b);

#endif
