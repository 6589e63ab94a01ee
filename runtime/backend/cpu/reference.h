/* The readable reference of every op: plain loops over row-major arrays, sums in double. Tests
 * compare every backend with it. */
#ifndef UM_BACKEND_CPU_REFERENCE_H
#define UM_BACKEND_CPU_REFERENCE_H

#include "backend/ops.h"

/* Shapes: see ops.h. Weights are expanded to float and row-major. */
struct um_reference_args {
    void *in[UM_OP_INPUTS]; /* NULL = absent; only a cache is written */
    void *out;
    const float *weights[UM_OP_WEIGHTS]; /* NULL = absent */
};

/* By um_op_kind. Only tests use the table: programs are linked without the references. */
typedef void (*um_reference_fn)(const struct um_op *op, const struct um_reference_args *args);
extern const um_reference_fn um_reference[UM_OP_COUNT];

#define UM_REFERENCE(ID, stem)                                                                     \
    void um_reference_##stem(const struct um_op *op, const struct um_reference_args *args);
UM_OPS(UM_REFERENCE)
#undef UM_REFERENCE

/* Inputs as an int8 matrix sees them: every block of 32 of x (count a multiple of 32) is rounded as
 * um_q8_kernels.quantize says and expanded again. */
void um_reference_round_q8(const float *x, size_t count, float *out);

/* The exact activation, in double. */
double um_reference_activate(double x, enum um_activation activation);

#endif
