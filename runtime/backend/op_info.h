/* What is known about an op without running it: its name, its shape as text, its cost. One table.
 */
#ifndef UM_BACKEND_OP_INFO_H
#define UM_BACKEND_OP_INFO_H

#include "backend/ops.h"

/* "linear" and so on; never NULL. */
const char *um_op_name(enum um_op_kind kind);

/* The sizes that tell two ops of one kind apart, for example "514 x 256 -> 768". The number of rows
 * of a counted op comes first. */
void um_op_shape(const struct um_op *op, char *text, size_t size);

/* Float operations, a multiply-add as two and an exp, a division or a root as one; 0 if the op only
 * moves data or is not in the table. */
double um_op_flops(const struct um_op *op);

/* Elements of the weight matrix that the op reads, at most those that it has. */
double um_op_weight_elements(const struct um_op *op, size_t all);

#endif
