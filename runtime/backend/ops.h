/* The ops from which graphs are built and which every backend implements: one line per op.
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

/* X(ID, stem): UM_OP_ID is its kind. Each table of ops is made from this list and names something
 * for every stem, so an op that one of them lacks does not build: op_info.c describes its operands,
 * shape and cost, backend/cpu/op_*.c computes it, backend/vulkan/ops.c dispatches it. What it reads
 * is in um_op.in and um_op.weights, at the places that enum um_operand names; `?` = may be absent.
 */
#define UM_OPS(X)                                                                                  \
    /* x: ids (B, stride) I32 -> (B, T, D): table[ids[t]] + positions[t]?, for t < bare            \
       positions[t] alone; without positions they count as zeros */                                \
    X(EMBED, embed)                                                                                \
    /* x (R, in), residual? (R, out) -> (R, out): x W^T + bias? + residual, then activation; W =   \
       the first `out` rows of the weight. Row-limited if it has `rows` */                         \
    X(LINEAR, linear)                                                                              \
    /* x (R, D), residual? (R, D) -> (R, D): over D, scale weight, shift bias. Row-limited if it   \
       has `rows` */                                                                               \
    X(LAYERNORM, layernorm)                                                                        \
    /* x: qkv (B, T, 3D) -> (B, T, D): heads of D / heads, scale 1 / sqrt(D / heads) */            \
    X(ATTENTION, attention)                                                                        \
    /* x (B, H, W, Ci), residual? (B, H, W, Co) -> (B, H, W, Co): weight (Co, k, k, Ci), bias?;    \
       stride 1, zero padding */                                                                   \
    X(CONV2D, conv2d)                                                                              \
    /* x (B, H, W, C) -> same: over (H, W, C / groups), scale weight, shift bias, then SiLU if     \
       asked */                                                                                    \
    X(GROUPNORM, groupnorm)                                                                        \
    /* x (B, H, W, C) -> (B, H/2, W/2, C): mean of 2x2 */                                          \
    X(AVGPOOL, avgpool)                                                                            \
    /* x (B, H, W, C) -> (B, 2H, 2W, C): nearest neighbour */                                      \
    X(UPSAMPLE, upsample)                                                                          \
    /* x (R, E) -> ids (R) I32: nearest row of weight (K, E), squared distance, lowest index on    \
       ties */                                                                                     \
    X(NEAREST_CODE, nearest_code)                                                                  \
    /* x: ids (R) I32 -> (R, E): rows of weight (K, E) */                                          \
    X(CODEBOOK, codebook)                                                                          \
    /* x (B, H, W, Ci) -> (B, H/2, W/2, Co): kernel 3, stride 2, one column of zeros on the right  \
       and one row below; H and W even; bias? */                                                   \
    X(CONV2D_STRIDE2, conv2d_stride2)                                                              \
    /* x (R, D), modulation? (R / length, width) -> (R, D): x / sqrt(mean(x^2) + epsilon), times   \
       weight?, plus bias?; then multiplied by 1 + the D columns of the modulation that start at   \
       `scale`, plus those that start at `shift` */                                                \
    X(RMSNORM, rmsnorm)                                                                            \
    /* x: qkv (R, 3D) -> same: query and key, D values each, divided by sqrt(mean(x^2) + epsilon); \
       the value is unchanged */                                                                   \
    X(QK_NORM, qk_norm)                                                                            \
    /* x (R, D), residual (R, D), modulation (R / length, width) -> (R, D): residual + x times the \
       D columns of the modulation that start at `gate` */                                         \
    X(GATE, gate)                                                                                  \
    /* x (R, 2F) -> (R, F): SiLU of the first F times the last F */                                \
    X(SWIGLU, swiglu)                                                                              \
    /* x (R) -> (R): x scale + shift, then activation */                                           \
    X(SCALE, scale)                                                                                \
    /* Row-limited: x? (R0, D) -> (R, D): row r of the result is row rows[1 + r] of x, or without  \
       x row rows[1 + r] % length of the weight */                                                 \
    X(PICK, pick)                                                                                  \
    /* Row-limited: x: logits (R, K), settings -> (R, 3) I32: bit for bit what the samplers        \
       confidence and Halton (sampler/) do at each row's position: the code drawn; the bits of its \
       confidence; 1 if it is fixed, 0 if it stays masked. A code of -1 in a row of an image means \
       that some of its logits are not finite; its other rows are then meaningless. With guidance, \
       the second half of the rows has the null class, in the same order, and the results are in   \
       the first half */                                                                           \
    X(SAMPLE, sample)                                                                              \
    /* The next two: one position of a causal transformer, for um_causal. `ids` is an INPUT value  \
       (1 + B) I32: the position, then one id per image.                                           \
       x: ids -> (B, D): table[id] + positions[position] */                                        \
    X(EMBED_NEXT, embed_next)                                                                      \
    /* x: qkv (B, 3D), ids, cache -> (B, D): K and V go to row `position` of the cache; the        \
       queries attend to its rows 0 .. position */                                                 \
    X(ATTENTION_NEXT, attention_next)

enum um_op_kind {
#define UM_OP_KIND(ID, stem) UM_OP_##ID,
    UM_OPS(UM_OP_KIND)
#undef UM_OP_KIND
        UM_OP_COUNT
};

/* Places in um_op.in and um_op.weights. The table in op_info.c says which of them an op has. */
enum um_operand {
    UM_IN_X = 0,
    UM_IN_RESIDUAL = 1,   /* added to x (LAYERNORM) or to the result */
    UM_IN_SETTINGS = 1,   /* of SAMPLE, see below */
    UM_IN_IDS = 1,        /* of ATTENTION_NEXT */
    UM_IN_MODULATION = 2, /* scales, shifts and gates, a row per image */
    UM_IN_ROWS = 2,  /* of a row-limited op: an INPUT value (1 + R) I32: the number of rows, 0 .. R,
                        then their indices for PICK. Only so many leading rows are computed; the
                        others are undefined */
    UM_IN_CACHE = 2, /* of ATTENTION_NEXT, an INPUT value (B, T, 2D), K before V; its contents
                        persist between runs */
    UM_OP_INPUTS = 3,

    UM_WEIGHT = 0, /* matrix, kernel, scales, or table of rows */
    UM_BIAS = 1,   /* bias, shifts; of EMBED and EMBED_NEXT the rows of the positions (T, D) */
    UM_OP_WEIGHTS = 2
};

/* Initialisers of um_op.in and um_op.weights: the first operands; the others are absent. */
#define UM_INPUTS(...)  UM_FIRST_3(__VA_ARGS__, UM_NO_VALUE, UM_NO_VALUE, UM_NO_VALUE)
#define UM_WEIGHTS(...) UM_FIRST_2(__VA_ARGS__, UM_NO_REF, UM_NO_REF)
#define UM_NO_WEIGHTS   UM_WEIGHTS(UM_NO_REF)
#define UM_FIRST_3(a, b, c, ...)                                                                   \
    { a, b, c }
#define UM_FIRST_2(a, b, ...)                                                                      \
    { a, b }

enum um_activation { UM_ACT_NONE = 0, UM_ACT_GELU_TANH = 1, UM_ACT_GELU_ERF = 2, UM_ACT_SILU = 3 };

struct um_op {
    enum um_op_kind kind;
    um_value_id in[UM_OP_INPUTS], out;
    um_weight_ref weights[UM_OP_WEIGHTS];
    bool precise; /* LINEAR without residual, for a few rows that affect many others: if inputs are
                     rounded to int8, these keep twice as many bits */
    union {
        struct {
            uint32_t batch, length, dim;
            uint32_t stride; /* ids from one image to the next, at least length */
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
            uint32_t batch, length, heads, head_dim;
        } attention;
        struct {
            uint32_t batch, height, width, in, out, kernel;
        } conv2d; /* kernel 1 or 3; CONV2D_STRIDE2: height and width of the input */
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
            uint32_t length, width, scale, shift; /* rows per image; of the modulation */
            float epsilon;
        } rmsnorm;
        struct {
            uint32_t rows, dim;
            float epsilon;
        } qk_norm;
        struct {
            uint32_t rows, dim, length, width, gate;
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
            uint32_t batch, length, dim; /* length: rows of the positions */
        } embed_next;
        struct {
            uint32_t rows, dim;
            uint32_t in_rows; /* R0 */
            uint32_t length;  /* rows of the weight */
        } pick;
        struct {
            uint32_t rows, codes, images;
            uint32_t length, leading; /* of one image in `rows`: N + leading, and leading */
        } sample;
        struct {
            uint32_t batch, length, heads, head_dim;
        } attention_next;
    } p;
};

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
    while (i > 0 && ops[i - 1].out != ops[at].in[UM_IN_X])
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
