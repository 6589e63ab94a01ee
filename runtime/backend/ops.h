/* The ops from which graphs are built and which every backend implements: one entry per op.
 *
 * Values live in one arena per program. Shapes are written outermost first; B is the batch. Float
 * values are F32; token ids are I32. Inputs and outputs of one op never overlap, with the exception
 * in graph/strips.h. Adding an op: docs/ARCHITECTURE.md. */
#ifndef UM_BACKEND_OPS_H
#define UM_BACKEND_OPS_H

#include "base/tensor.h"

typedef int32_t um_value_id; /* index into um_program_desc.values; UM_NO_VALUE = absent */
typedef int32_t
    um_weight_ref; /* index into the weight table given to weights_create; -1 = absent */
enum { UM_NO_VALUE = -1, UM_NO_REF = -1 };

enum um_op_kind {
    UM_OP_EMBED,     /* ids (B, stride) I32 -> (B, T, D): weight[ids[t]] + weight2[t], for t < bare
                        weight2[t] alone; without weight2 it counts as zeros */
    UM_OP_LINEAR,    /* (R, in) [+ residual (R, out)] -> (R, out): x W^T + bias + residual, then
                        activation; W = first `out` rows of weight */
    UM_OP_LAYERNORM, /* (R, D) [+ residual (R, D)] -> (R, D): over D, scale weight, shift bias */
    UM_OP_ATTENTION, /* qkv (B, T, 3D) -> (B, T, D): heads of D / heads, scale 1 / sqrt(D / heads)
                      */
    UM_OP_CONV2D,    /* (B, H, W, Ci) [+ residual (B, H, W, Co)] -> (B, H, W, Co): stride 1, zero
                        padding */
    UM_OP_GROUPNORM, /* (B, H, W, C) -> same: over (H, W, C / groups), scale, shift, then swish if
                        asked */
    UM_OP_AVGPOOL,   /* (B, H, W, C) -> (B, H/2, W/2, C): mean of 2x2 */
    UM_OP_UPSAMPLE,  /* (B, H, W, C) -> (B, 2H, 2W, C): nearest neighbour */
    UM_OP_NEAREST_CODE, /* (R, E) -> ids (R) I32: nearest row of weight (K, E), squared distance,
                           lowest index on ties */
    UM_OP_CODEBOOK,     /* ids (R) I32 -> (R, E): rows of weight */
    UM_OP_CONV2D_HALF,  /* (B, H, W, Ci) -> (B, H/2, W/2, Co): kernel 3, stride 2, one column of
                           zeros on the right and one row below; H and W even */
    UM_OP_RMSNORM, /* (R, D) -> (R, D): x / sqrt(mean(x^2) + epsilon), times weight, plus bias; with
                      a modulation (R / tokens, width), then multiplied by 1 + the D columns that
                      start at `scale`, plus those that start at `shift` */
    UM_OP_QK_NORM, /* qkv (R, 3D) -> same: query and key, D values each, divided by sqrt(mean(x^2) +
                      epsilon); the value is unchanged */
    UM_OP_GATE,    /* (R, D) + residual (R, D) -> (R, D): residual + x times the D columns of the
                      modulation (R / tokens, width) that start at `gate` */
    UM_OP_SWIGLU,  /* (R, 2F) -> (R, F): swish of the first F times the last F */
    UM_OP_SCALE,   /* (R) -> (R): x scale + shift, then activation */
    UM_OP_PICK,    /* counted: (R0, D) -> (R, D): row r of the result is row rows[1 + r] of the
                      input, or without an input row rows[1 + r] % tokens of weight */
    UM_OP_SAMPLE, /* counted: logits (R, K), residual = settings -> (R, 3) I32: bit for bit what the
                     samplers confidence and Halton (sampler/) do at each row's position: the code
                     drawn; the bits of its confidence; 1 if it is fixed, 0 if it stays masked. A
                     code of -1 in a row of an image means that some of its logits are not finite;
                     its other rows are then meaningless. With guidance, the second half of the rows
                     has the null class, in the same order, and the results are in the first half */
    /* One position of a causal transformer, for um_causal. `ids` is an INPUT value (1 + B) I32: the
       position, then one id per image. */
    UM_OP_EMBED_NEXT,     /* ids (1 + B) -> (B, D): weight[id] + bias[position] */
    UM_OP_ATTENTION_NEXT, /* qkv (B, 3D), residual = ids -> (B, D): K and V go to row `position` of
                             the cache; the queries attend to its rows 0 .. position */
    UM_OP_COUNT
};

enum um_activation { UM_ACT_NONE = 0, UM_ACT_GELU_TANH = 1, UM_ACT_GELU_ERF = 2, UM_ACT_SWISH = 3 };

struct um_op {
    enum um_op_kind kind;
    um_value_id in;       /* main input */
    um_value_id residual; /* LAYERNORM: added to the input; LINEAR, CONV2D, GATE: added to the
                             result; else UM_NO_VALUE */
    um_value_id out;
    um_weight_ref weight; /* EMBED: token rows; CONV2D: (Co, kh, kw, Ci) */
    um_weight_ref bias;   /* EMBED: position rows (T, D); UM_NO_REF = none */
    bool fine;    /* LINEAR without residual, for a few rows that affect many others: if inputs are
                     rounded to int8, these keep twice as many bits */
    bool counted; /* LINEAR, LAYERNORM, PICK, SAMPLE: only as many leading rows are computed as
                     element 0 of `rows` says; the others are undefined */
    um_value_id rows; /* of counted ops: an INPUT value (1 + R) I32: the number of rows, 0 .. R,
                         then the row indices for PICK */
    union {
        struct {
            uint32_t batch, tokens, dim;
            uint32_t stride; /* ids from one image to the next, at least tokens */
            uint32_t bare;   /* leading positions without a token */
        } embed;
        struct {
            uint32_t rows, in, out;
            enum um_activation activation;
        } linear;
        struct {
            uint32_t rows, dim;
            float epsilon;
        } layernorm;
        struct {
            uint32_t batch, tokens, heads, head_dim;
        } attention;
        struct {
            uint32_t batch, height, width, in, out, kernel;
        } conv2d; /* kernel 1 or 3; CONV2D_HALF: height and width of the input */
        struct {
            uint32_t batch, height, width, channels, groups;
            float epsilon;
            enum um_activation activation;
        } groupnorm;
        struct {
            uint32_t batch, height, width, channels;
        } resize; /* AVGPOOL, UPSAMPLE: of the input */
        struct {
            uint32_t rows, codes, dim;
        } codebook; /* NEAREST_CODE, CODEBOOK */
        struct {
            uint32_t rows, dim;
            uint32_t tokens, width, scale, shift; /* of the modulation */
            um_value_id modulation;               /* or UM_NO_VALUE */
            float epsilon;
        } rmsnorm;
        struct {
            uint32_t rows, dim;
            float epsilon;
        } qk_norm;
        struct {
            uint32_t rows, dim, tokens, width, gate;
            um_value_id modulation;
        } gate;
        struct {
            uint32_t rows, dim; /* dim = F */
        } swiglu;
        struct {
            uint32_t rows;
            enum um_activation activation;
            float scale, shift;
        } scale;
        struct {
            uint32_t batch, tokens, dim; /* tokens: the number of positions */
        } embed_next;
        struct {
            uint32_t rows, dim;
            uint32_t in_rows; /* R0 */
            uint32_t tokens;  /* of the weight */
        } pick;
        struct {
            uint32_t rows, codes, images;
            uint32_t tokens; /* of one image in `rows`: N + 1 */
        } sample;
        struct {
            uint32_t batch, tokens, heads, head_dim;
            um_value_id cache; /* an INPUT value (B, T, 2D), K before V; its contents persist
                                  between runs */
        } attention_next;
    } p;
};

/* The third value that RMSNORM and GATE read; UM_NO_VALUE for every other op. */
static inline um_value_id um_op_modulation(const struct um_op *op) {
    if (op->kind == UM_OP_RMSNORM)
        return op->p.rmsnorm.modulation;
    return op->kind == UM_OP_GATE ? op->p.gate.modulation : UM_NO_VALUE;
}

/* The settings of SAMPLE, an INPUT value: the head, an entry per image, then for each of the N
 * positions its place in the order of the Halton sampler. In `rows`, images are in ascending order,
 * and the positions of each image, too. An image may have no row. */
struct um_sample_head {
    uint32_t seed[2], step; /* low word first; as struct um_sampler_step */
    float temperature;
    uint32_t guided;
    float guidance, noise; /* guidance: 1 + cfg_scale */
    uint32_t halton;       /* 1 = the Halton sampler, 0 = confidence */
};
struct um_sample_image {
    uint32_t image, keep_masked; /* as struct um_sampler_step */
    uint32_t first;              /* its first row in `rows` */
    uint32_t start;              /* place at which its Halton order begins: um_halton_start() */
};
#define UM_SAMPLE_SETTINGS(images, positions)                                                      \
    ((sizeof(struct um_sample_head) + (images) * sizeof(struct um_sample_image)) / 4 + (positions))

/* Points to the number of rows of a counted op, which callers may lower; NULL for other ops. */
static inline uint32_t *um_op_rows(struct um_op *op) {
    switch (op->counted ? op->kind : UM_OP_COUNT) {
    case UM_OP_LINEAR:
        return &op->p.linear.rows;
    case UM_OP_LAYERNORM:
        return &op->p.layernorm.rows;
    case UM_OP_PICK:
        return &op->p.pick.rows;
    case UM_OP_SAMPLE:
        return &op->p.sample.rows;
    default:
        return NULL;
    }
}

/* UM_VALUE_STRIPS, only for backends with um_backend_fns.strips (graph/strips.h): the result of a
 * GROUPNORM or UPSAMPLE that is never stored whole, because its only reader, a CONV2D with kernel
 * 3, computes it a few rows at a time from that op's input. The arena holds what this needs: mean,
 * scale and shift (B, 3, C) for GROUPNORM, nothing for UPSAMPLE. */
enum um_value_role { UM_VALUE_TEMP, UM_VALUE_INPUT, UM_VALUE_OUTPUT, UM_VALUE_STRIPS };

struct um_value {
    size_t elements; /* of 4 bytes each */
    enum um_value_role role;
    size_t offset; /* bytes from the arena's start, multiple of 256; set by the plan. INPUT and
                      OUTPUT values share their bytes with no other value */
};

/* Constant row indices for a PICK. They are in an INPUT value that is written once, when the
 * program has been created. */
struct um_constant {
    um_value_id value;
    int32_t *data;
};
enum { UM_MAX_CONSTANTS = 2 };

/* The op whose result is the input of ops[at], a value of UM_VALUE_STRIPS. */
static inline const struct um_op *um_op_source(const struct um_op *ops, uint32_t at) {
    uint32_t i = at;
    while (i > 0 && ops[i - 1].out != ops[at].in)
        i--;
    return &ops[i - 1];
}

/* A finished graph: what a backend compiles. */
struct um_program_desc {
    const struct um_op *ops; /* in execution order */
    uint32_t op_count;
    const struct um_value *values;
    uint32_t value_count;
    size_t arena_bytes;
    bool spill; /* memory that is slow for the device may be used if its own is full */
    /* NULL, or (op_count): program_create() sets the name of the kernel that does most of each op;
     * a constant string, or NULL if the backend has no name. */
    const char **op_kernels;
    double *op_seconds; /* NULL, or (op_count): run() adds the time that each op took. Belongs to
                           the caller, outlives the program */
};

#endif
