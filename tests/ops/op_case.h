/* One op with shapes, weights and inputs: what the op tests run on every backend. */
#ifndef UM_TESTS_OP_CASE_H
#define UM_TESTS_OP_CASE_H

#include <stdbool.h>

#include "backend/op_info.h"

enum op_style {
    OP_NORMAL, /* inputs of mean 0 and variance 1 */
    OP_WIDE,   /* inputs from -8 to 8 in even steps, through the identity: the activation alone */
    OP_FLAT,   /* inputs 0.3 +- 0.001: a variance near the norms' epsilon */
    OP_GRID,   /* small integers and repeated codebook rows: exact ties */
    OP_LARGE,  /* inputs of deviation 8: attention scores far apart */
    OP_EXTREME /* inputs from 0 down to -130, subnormal and huge */
};

enum op_sampling { OP_GUIDED = 1, OP_HALTON = 2, OP_WARM = 4, OP_NOISY = 8 }; /* a mask */

struct op_spec {
    struct um_op op;     /* its operands only say if they are present; ids are set when it runs */
    enum um_dtype dtype; /* of a weight matrix */
    enum op_style style;
    uint32_t spare_rows; /* rows that the weight has beyond the ones used */
    uint32_t sampling;   /* SAMPLE: enum op_sampling */
};

/* The specs: a table of chosen shapes, then random ones. A pure function of `index`. */
uint32_t op_spec_count(void);
struct op_spec op_spec_at(uint32_t index);

struct op_case {
    char name[128];
    struct op_spec spec;
    uint32_t tensor_count;
    struct um_tensor tensors[UM_OP_WEIGHTS]; /* op.weights index this */
    float *weights[UM_OP_WEIGHTS];           /* the same, expanded; NULL = absent */
    void *in[UM_OP_INPUTS];                  /* F32 or I32; NULL = absent */
    struct um_op_sizes sizes;                /* of absent inputs 0 */
    size_t wanted;        /* elements of the output that the op must give: the first ones */
    double product_slack; /* error of a product, relative, beyond that of float arithmetic */
    void *tensor_data[UM_OP_WEIGHTS];
};

/* Fills everything but the output; stops the test if memory runs out. */
void op_case_build(struct op_case *c, const struct op_spec *spec, uint64_t seed);
void op_case_free(struct op_case *c);

/* The rows of a row-limited op that are wanted; else NULL. */
const int32_t *op_case_rows(const struct op_case *c);

/* Rounds the input to int8, as the CPU backend does for a Q8_0 matrix (cpu.h): after the run, so
 * that what is expected of it follows. */
void op_case_round_input(struct op_case *c);

/* Rounds to bf16 what a device that computes in it rounds: inputs and weights of LINEAR, rows of
 * EMBED. Q8_0 matrices stay as they are. After the run, as above. */
void op_case_round_bf16(struct op_case *c);

/* What the op must give: `expected` (sizes.out) from the reference, and per element how far a
 * correct float implementation may be off. For ids, the set of right answers is op_case_id_ok's. */
void op_case_expect(const struct op_case *c, float *expected, float *tolerance);

/* Whether `id` is a nearest code of row `row`: no other is nearer by more than rounding, and of
 * exactly equal ones it is the lowest. */
bool op_case_id_ok(const struct op_case *c, size_t row, int32_t id);

#endif
