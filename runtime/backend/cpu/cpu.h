/* Private parts of the CPU backend, shared by its files and open to tests. */
#ifndef UM_BACKEND_CPU_CPU_H
#define UM_BACKEND_CPU_CPU_H

#include "backend/backend.h"
#include "backend/cpu/kernels.h"
#include "backend/cpu/reference.h"
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

/* A weight tensor as float, or in a smaller type.
 *
 * One-dimensional tensors are plain arrays: depth 1, `panels` false. All others are matrices (rows,
 * depth) = (first dimension, product of the rest), transposed panel by panel: panel p holds rows
 * 32 p .. 32 p + 31, stored (depth, 32) and padded with zero rows; if the last one has at most 16
 * rows it is stored (depth, 16).
 *
 * A Q8_0 matrix of two dimensions stays int8 (`q8` instead of `data`), in the panels that
 * um_q8_kernels describes; they also are 32, the last one possibly 16 columns wide. Its products
 * are integers. F16 matrices and Q8_0 convolutions also keep their type (`small`), in panels of the
 * same widths, but are multiplied as floats: a panel is converted when it is used. Rounding the
 * inputs of convolutions to int8 would be visible in the picture. F16 panels are (depth, width),
 * those of Q8_0 as um_cpu_kernels.q8_to_float describes them.
 *
 * On a device that computes in bf16, the other matrices of two dimensions hold pairs, see
 * um_bf16_kernels, in panels (depth / 2 rounded up, width). Tensors that are F32 in every file stay
 * float. */
struct um_cpu_tensor {
    uint32_t rows, depth;
    bool panels;
    float *data; /* one of data, q8 and small; the others are NULL */
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

/* The memory that um_cpu_panel or um_cpu_bf16_panel reads for panel p, for prefetching. */
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

/* Some rows of one picture that a CONV2D with kernel 3 computes: first .. after - 1. `in` points to
 * row `top` of its input. `first` is a multiple of UM_BAND_ROWS, so that the result does not depend
 * on how a picture is cut into bands. */
struct um_cpu_band {
    uint32_t image, top, first, after;
    const float *in;
    bool again; /* the previous band had the same weights, and its scratch is unchanged */
};
enum { UM_BAND_ROWS = 4 };

/* One execution of one op: everything it may touch. */
struct um_cpu_call {
    const struct um_op *op;
    void *in[UM_OP_INPUTS]; /* NULL = absent; only a cache may be written */
    void *out;
    const struct um_cpu_tensor *weights[UM_OP_WEIGHTS]; /* NULL = absent */
    const struct um_op
        *source;           /* if the input is in strips, the op that computes them, else NULL */
    const void *source_in; /* of `source` */
    bool out_strips;       /* GROUPNORM, UPSAMPLE: of UM_VALUE_STRIPS */
    const struct um_cpu_kernels *kernels;
    struct um_pool *pool;
    bool shorten;  /* ATTENTION: operands of 12 bits, see kernels.h */
    float *shared; /* scratch for the op as a whole */
    float *own;    /* scratch of worker w at own + w * own_stride */
    size_t own_stride;
    float *panels; /* of um_cpu_panel; worker w's at panels + w * panel_stride */
    size_t panel_stride;
    float *strip; /* the rows of `source` that are computed at the moment */
};

/* Panel p of the op's weight, a matrix that is multiplied as floats, and the distance in floats
 * between its depth rows. If the matrix has a smaller type, the panel is converted into the
 * worker's memory and is valid until the worker's next call. */
const float *um_cpu_panel(const struct um_cpu_call *call, uint32_t p, uint32_t worker,
                          size_t *stride);

/* Rows first .. first + count - 1 of the panel; both ends are multiples of UM_Q8_BLOCK or ends of
 * the panel. */
const float *um_cpu_panel_part(const struct um_cpu_call *call, uint32_t p, uint32_t first,
                               uint32_t count, uint32_t worker, size_t *stride);

/* Scratch that an op needs, in floats; the program adds what um_cpu_panel and strips need. */
struct um_cpu_scratch {
    size_t shared, own, panel, strip;
};

/* An op: what op_*.c exports for every line of UM_OPS, beside its reference. */
struct um_cpu_op {
    void (*run)(const struct um_cpu_call *call);
    struct um_cpu_scratch (*scratch)(const struct um_op *op); /* NULL = none */
};
#define UM_CPU_OP(ID, stem) extern const struct um_cpu_op um_cpu_op_##stem;
UM_OPS(UM_CPU_OP)
#undef UM_CPU_OP

/* By um_op_kind. */
extern const struct um_cpu_op *const um_cpu_ops[UM_OP_COUNT];

/* CONV2D with fewer multiplications, where that is faster; the choice depends only on the shape of
 * one picture. */
bool um_cpu_winograd_suits(const struct um_op *op);
struct um_cpu_scratch um_cpu_winograd_scratch(const struct um_op *op);
void um_cpu_winograd(const struct um_cpu_call *call, const struct um_cpu_band *band);

/* CONV2D with kernel 3 whose input is in strips: computes them one after another in call->strip,
 * with all threads, and calls `conv` for each. */
typedef void (*um_cpu_band_fn)(const struct um_cpu_call *call, const struct um_cpu_band *band);
void um_cpu_strips(const struct um_cpu_call *call, um_cpu_band_fn conv);

/* The size of call->strip in floats. */
size_t um_cpu_strip_floats(const struct um_op *conv);

/* out (rows, out columns) = act(A W^T + bias + residual) with all threads; A's rows are `in` floats
 * apart. For LINEAR, and CONV2D with kernel 1. */
void um_cpu_matmul(const struct um_cpu_call *call, uint32_t rows, uint32_t in, uint32_t out,
                   enum um_activation activation);

/* The floats that um_cpu_matmul uses at the start of call->shared: for its input rows rounded to
 * int8, or moved farther apart. */
size_t um_cpu_matmul_scratch(const struct um_cpu_tensor *weight, uint32_t rows, uint32_t threads);

um_status um_cpu_program_create(void **program, void *weights, const struct um_program_desc *desc);
void um_cpu_program_destroy(void **program);
um_status um_cpu_write(void *program, um_value_id value, const void *data);
um_status um_cpu_read(void *program, um_value_id value, void *data);
um_status um_cpu_read_part(void *program, um_value_id value, size_t elements, void *data);
um_status um_cpu_run(void *program, const volatile int *cancel);

/* limits.c: measures the peak of all threads once, as um_backend_fns.measure. */
um_status um_cpu_measure(void *device, um_limit limit, double *work, double *seconds);

#endif
