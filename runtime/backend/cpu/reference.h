/* The readable reference of every op: plain loops over row-major arrays, sums in double. Tests
 * compare every backend with it. */
#ifndef UM_BACKEND_CPU_REFERENCE_H
#define UM_BACKEND_CPU_REFERENCE_H

#include "backend/ops.h"

/* Shapes: see ops.h. Weights are expanded to float and row-major. */
struct um_reference_args {
    const void *in;
    const float *residual, *modulation, *weight, *bias; /* NULL = absent */
    const int32_t *rows;                                /* of a counted op, else NULL */
    void *out;
    float *cache; /* ATTENTION_NEXT, else NULL */
};

typedef void (*um_reference_fn)(const struct um_op *op, const struct um_reference_args *args);

/* By um_op_kind. */
extern const um_reference_fn um_reference[UM_OP_COUNT];

void um_reference_embed(const struct um_op *op, const struct um_reference_args *args);
void um_reference_linear(const struct um_op *op, const struct um_reference_args *args);
void um_reference_layernorm(const struct um_op *op, const struct um_reference_args *args);
void um_reference_attention(const struct um_op *op, const struct um_reference_args *args);
void um_reference_conv2d(const struct um_op *op, const struct um_reference_args *args);
void um_reference_groupnorm(const struct um_op *op, const struct um_reference_args *args);
void um_reference_avgpool(const struct um_op *op, const struct um_reference_args *args);
void um_reference_upsample(const struct um_op *op, const struct um_reference_args *args);
void um_reference_nearest_code(const struct um_op *op, const struct um_reference_args *args);
void um_reference_codebook(const struct um_op *op, const struct um_reference_args *args);
void um_reference_conv2d_half(const struct um_op *op, const struct um_reference_args *args);
void um_reference_rmsnorm(const struct um_op *op, const struct um_reference_args *args);
void um_reference_qk_norm(const struct um_op *op, const struct um_reference_args *args);
void um_reference_gate(const struct um_op *op, const struct um_reference_args *args);
void um_reference_swiglu(const struct um_op *op, const struct um_reference_args *args);
void um_reference_scale(const struct um_op *op, const struct um_reference_args *args);
void um_reference_pick(const struct um_op *op, const struct um_reference_args *args);
void um_reference_sample(const struct um_op *op, const struct um_reference_args *args);
void um_reference_embed_next(const struct um_op *op, const struct um_reference_args *args);
void um_reference_attention_next(const struct um_op *op, const struct um_reference_args *args);

/* Inputs as an int8 matrix sees them: every block of 32 of x (count a multiple of 32) is rounded as
 * um_q8_kernels.quantize says and expanded again. */
void um_reference_round_q8(const float *x, size_t count, float *out);

/* The exact activation, in double. */
double um_reference_activate(double x, enum um_activation activation);

#endif
