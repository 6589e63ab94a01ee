/* What is known about an op without running it: its operands, its shape as text, its cost. One row
 * per op. */
#ifndef UM_BACKEND_OP_INFO_H
#define UM_BACKEND_OP_INFO_H

#include "backend/ops.h"

/* How many elements each operand has, absent ones included, and the shapes of the weights, which
 * dims of 0 end. Tables and the weight of LINEAR may have more rows. */
struct um_op_sizes {
    size_t in[UM_OP_INPUTS], out;
    uint32_t weights[UM_OP_WEIGHTS][4];
};

struct um_op_info {
    const char *name; /* "linear" and so on */
    /* Names of the operands: NULL = the op has none at this place, `?` in front = may be absent. */
    const char *inputs[UM_OP_INPUTS], *weights[UM_OP_WEIGHTS];

    /* The sizes that tell two ops of this kind apart, for example "514 x 256 -> 768". The number of
     * rows of a row-limited op comes first. */
    void (*shape)(const struct um_op *op, char *text, size_t size);

    /* Float operations, a multiply-add as two and an exp, a division or a root as one. NULL = the
     * op only moves data, or its operations are not counted. */
    double (*flops)(const struct um_op *op);

    /* Elements of its weights that the op reads if they have more; NULL = all. */
    double (*weight_reads)(const struct um_op *op);

    bool ids_out;  /* the result is I32 */
    int half_read; /* the input of which the op reads half on average; 0 = none */
};

const struct um_op_info *um_op_info(enum um_op_kind kind);

/* Points to the number of rows of a row-limited op, which callers may lower; NULL for other ops. */
uint32_t *um_op_rows(struct um_op *op);

/* Elements of an input, or of a weight, of `all` elements that the op reads. */
double um_op_input_elements(const struct um_op *op, int input, size_t all);
double um_op_weight_elements(const struct um_op *op, size_t all);

/* The sizes that the op needs. For tests: the page's module is linked without it. */
void um_op_sizes(const struct um_op *op, struct um_op_sizes *sizes);

/* Whether the op has the operands that its row names and no others, and values of the right sizes
 * for them. For tests. */
bool um_op_complete(const struct um_op *op, const struct um_value *values);

#endif
