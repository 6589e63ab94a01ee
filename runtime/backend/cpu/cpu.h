/* Private parts of the CPU backend, shared by its files and open to tests. */
#ifndef UM_BACKEND_CPU_CPU_H
#define UM_BACKEND_CPU_CPU_H

#include "backend/backend.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/threads.h"

extern const struct um_backend_fns um_backend_cpu;

struct um_cpu_device {
    struct um_log log;
    const struct um_cpu_kernels *kernels;
    const struct um_bf16_kernels *bf16; /* NULL = linear layers compute in float */
    struct um_pool *pool;
};

/* device_open with a given set of kernels instead of the best. For tests. */
um_status um_cpu_device_open_at(void **device, const struct um_device_options *options,
                                const struct um_cpu_kernels *kernels);

/* A weight tensor as float, or smaller where it stays so.
 *
 * One-dimensional tensors are plain arrays: depth 1, `panels` false. All others are matrices (rows,
 * depth) = (first dimension, product of the rest), transposed panel by panel: panel p holds rows
 * 32 p .. 32 p + 31, stored (depth, 32) and padded with zero rows; if the last one has at most 16
 * rows it is stored (depth, 16).
 *
 * A matrix of two dimensions in Q8_0 stays int8, in the panels that um_q8_kernels describes, which
 * also are 32 or at the end 16 columns wide: `q8` instead of `data`. Its products are integers. F16
 * matrices and convolutions in Q8_0 keep their type, too, in panels of the same widths (`small`),
 * but are multiplied as floats, to which a panel is widened when it is used: rounding the inputs of
 * convolutions to int8 as well would show in the picture. Panels of F16 are (depth, width), those
 * of Q8_0 as um_cpu_kernels.q8_to_float describes them.
 *
 * On a device that computes in bf16, other matrices of two dimensions hold pairs as um_bf16_kernels
 * describes them: panels (depth / 2 rounded up, width). Those that are F32 in every file stay
 * float. */
struct um_cpu_tensor {
    uint32_t rows, depth;
    bool panels;
    float *data; /* one of the three, the others are NULL */
    unsigned char *q8, *small;
    const struct um_bf16_kernels *bf16;     /* NULL = `data` are floats, not pairs */
    const struct um_q8_kernels *q8_kernels; /* of q8 */
    enum um_dtype small_type;               /* UM_F16 or UM_Q8_0 */
};

struct um_cpu_weights {
    struct um_cpu_device *device;
    uint32_t count;
    bool has_q8; /* some matrix is int8 */
    struct um_cpu_tensor tensors[];
};

um_status um_cpu_weights_create(void **weights, void *device, const struct um_tensor *tensors,
                                uint32_t count);
void um_cpu_weights_destroy(void **weights);

/* What um_cpu_panel or um_cpu_bf16_panel reads for panel p, to fetch it ahead. */
const void *um_cpu_panel_source(const struct um_cpu_tensor *tensor, uint32_t p, size_t *bytes);

/* Panel p of a matrix of pairs, and the distance in pairs between its rows of pairs. */
const float *um_cpu_bf16_panel(const struct um_cpu_tensor *tensor, uint32_t p, size_t *stride);

/* Rounds panel p of a matrix; `rows` is scratch of UM_PANEL * depth floats. */
void um_cpu_bf16_fill_panel(struct um_cpu_tensor *to, const struct um_tensor *from, uint32_t p,
                            float *rows);

/* As um_cpu_row, of a matrix of pairs. */
void um_cpu_bf16_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out);

/* Panel p of an int8 matrix and its width. */
const unsigned char *um_cpu_q8_panel(const struct um_cpu_tensor *tensor, uint32_t p,
                                     uint32_t *width);

/* Gathers one row of a matrix of any kind into out (depth). */
void um_cpu_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out);

/* Some rows of one picture that CONV2D of kernel 3 makes: first .. after - 1, from the rows of its
 * input around them, of which `in` begins with row `top`. `first` is a multiple of UM_BAND_ROWS, so
 * that the result's bits do not depend on how a picture is cut. */
struct um_cpu_band {
    uint32_t image, top, first, after;
    const float *in;
    bool again; /* the band before had the same weights, and scratch is as that left it */
};
enum { UM_BAND_ROWS = 4 };

/* One execution of one op: everything it may touch. */
struct um_cpu_call {
    const struct um_op *op;
    const struct um_op *source; /* `in` is in strips: the op that they are made by, else NULL */
    const void *source_in;      /* of `source` */
    bool out_strips;            /* GROUPNORM, UPSAMPLE: of UM_VALUE_STRIPS */
    const struct um_cpu_kernels *kernels;
    struct um_pool *pool;
    const void *in;
    const float *residual;   /* NULL = none */
    const float *modulation; /* um_op_modulation; NULL = none */
    const int32_t *rows;     /* of a counted op, else NULL */
    void *out;
    float *cache;                              /* ATTENTION_NEXT, else NULL */
    const struct um_cpu_tensor *weight, *bias; /* NULL = none */
    bool shorten;                              /* ATTENTION: operands of 12 bits, see kernels.h */
    float *shared;                             /* scratch for the op as a whole */
    float *own;                                /* scratch of worker w at own + w * own_stride */
    size_t own_stride;
    float *panels; /* of um_cpu_panel; worker w's at panels + w * panel_stride */
    size_t panel_stride;
    float *strip; /* the rows of `source` that are at hand */
};

/* Panel p of the op's weight, a matrix that is multiplied as floats, and the distance in floats
 * between its depth rows. Of a matrix that is kept smaller the panel is widened into the worker's
 * memory and valid until its next call. */
const float *um_cpu_panel(const struct um_cpu_call *call, uint32_t p, uint32_t worker,
                          size_t *stride);

/* Rows first .. first + count - 1 of the panel, first and count multiples of UM_Q8_BLOCK unless
 * they are its ends. */
const float *um_cpu_panel_part(const struct um_cpu_call *call, uint32_t p, uint32_t first,
                               uint32_t count, uint32_t worker, size_t *stride);

/* Scratch that an op needs, in floats; what um_cpu_panel and strips take is the program's to add.
 */
struct um_cpu_scratch {
    size_t shared, own, panel, strip;
};

struct um_cpu_op {
    void (*run)(const struct um_cpu_call *call);
    struct um_cpu_scratch (*scratch)(const struct um_op *op); /* NULL = none */
};

/* The fast implementations, by um_op_kind. */
extern const struct um_cpu_op um_cpu_ops[UM_OP_COUNT];

void um_cpu_embed(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_embed_scratch(const struct um_op *op);
void um_cpu_linear(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_linear_scratch(const struct um_op *op);
void um_cpu_layernorm(const struct um_cpu_call *call);
void um_cpu_attention(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_attention_scratch(const struct um_op *op);
void um_cpu_conv2d(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_conv2d_scratch(const struct um_op *op);
void um_cpu_groupnorm(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_groupnorm_scratch(const struct um_op *op);
void um_cpu_avgpool(const struct um_cpu_call *call);
void um_cpu_upsample(const struct um_cpu_call *call);
void um_cpu_nearest_code(const struct um_cpu_call *call);
void um_cpu_codebook(const struct um_cpu_call *call);
void um_cpu_conv2d_half(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_conv2d_half_scratch(const struct um_op *op);
void um_cpu_rmsnorm(const struct um_cpu_call *call);
void um_cpu_qk_norm(const struct um_cpu_call *call);
void um_cpu_gate(const struct um_cpu_call *call);
void um_cpu_swiglu(const struct um_cpu_call *call);
void um_cpu_scale(const struct um_cpu_call *call);
void um_cpu_pick(const struct um_cpu_call *call);
void um_cpu_sample(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_sample_scratch(const struct um_op *op);
void um_cpu_embed_next(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_embed_next_scratch(const struct um_op *op);
void um_cpu_attention_next(const struct um_cpu_call *call);
struct um_cpu_scratch um_cpu_attention_next_scratch(const struct um_op *op);

/* CONV2D by fewer multiplications, where that pays; whether depends on nothing but the shape of one
 * picture. */
bool um_cpu_winograd_suits(const struct um_op *op);
struct um_cpu_scratch um_cpu_winograd_scratch(const struct um_op *op);
void um_cpu_winograd(const struct um_cpu_call *call, const struct um_cpu_band *band);

/* CONV2D of kernel 3 whose input is in strips: makes them one after the other in call->strip, by
 * all threads, and calls `conv` for each. */
typedef void (*um_cpu_band_fn)(const struct um_cpu_call *call, const struct um_cpu_band *band);
void um_cpu_strips(const struct um_cpu_call *call, um_cpu_band_fn conv);

/* Floats of call->strip. */
size_t um_cpu_strip_floats(const struct um_op *conv);

/* out (rows, out columns) = act(A W^T + bias + residual) by all threads, A's rows `in` floats
 * apart: LINEAR, and CONV2D with kernel 1. */
void um_cpu_matmul(const struct um_cpu_call *call, uint32_t rows, uint32_t in, uint32_t out,
                   enum um_activation activation);

/* Floats of shared scratch that um_cpu_matmul takes from the start of call->shared: its input rows
 * rounded to int8, or further apart. */
size_t um_cpu_matmul_scratch(const struct um_cpu_tensor *weight, uint32_t rows, uint32_t threads);

um_status um_cpu_program_create(void **program, void *weights, const struct um_program_desc *desc);
void um_cpu_program_destroy(void **program);
um_status um_cpu_write(void *program, um_value_id value, const void *data);
um_status um_cpu_read(void *program, um_value_id value, void *data);
um_status um_cpu_read_part(void *program, um_value_id value, size_t elements, void *data);
um_status um_cpu_run(void *program, const volatile int *cancel);

/* limits.c: one measurement of what all threads can do, as um_backend_fns.measure. */
um_status um_cpu_measure(void *device, um_limit limit, double *work, double *seconds);

#endif
