/* Where the time of a model's programs goes: one row per op kind and shape. */
#ifndef UM_PROFILE_H
#define UM_PROFILE_H

#include "backend/ops.h"
#include "model/model_file.h"

#include <unmask/measure.h>

/* A row as um_profile_read() returns it, except that the shape of a row-limited op names the
 * largest possible number of rows. */
struct um_profile_entry {
    um_profile_row row;
    bool row_limited;
    uint32_t least, most; /* rows that calls of a row-limited op computed */
};

struct um_profile {
    struct um_profile_entry *entries;
    uint32_t count, capacity;
};

/* What a call of an op costs. Of a row-limited op, at the wanted rows, of which it has at most
 * `rows`.
 */
struct um_op_cost {
    double flops, bytes;
    double weight_bytes; /* of `bytes` */
    uint32_t rows;       /* 0 = not row-limited */
};

/* The times of one program, and the profile entry of each of its ops. */
struct um_program_times {
    struct um_profile *profile;
    uint32_t op_count;
    double *op_seconds;      /* what um_program_desc.op_seconds points to */
    const char **op_kernels; /* likewise */
    uint32_t *op_entries;
    struct um_op_cost *op_costs;
};

/* Accepts NULL. No program may be timed for it any more. */
void um_profile_free(struct um_profile *profile);

/* NULL when memory has run out. */
struct um_program_times *um_program_times_create(struct um_profile *profile,
                                                 const struct um_program_desc *desc,
                                                 const struct um_tensor *tensors);
void um_program_times_destroy(struct um_program_times *times);

/* Adds the times of the latest run to the profile if `count`, and clears them. `wanted` = the rows
 * that row-limited ops computed. */
void um_program_times_collect(struct um_program_times *times, bool count, size_t wanted);

#endif
