/* Runs a case on a device of any backend, and judges the result. */
#ifndef UM_TESTS_OP_RUN_H
#define UM_TESTS_OP_RUN_H

#include "backend/backend.h"
#include "ops/op_case.h"

/* Runs the case as a program of one op, twice, and writes the result (sizes.out elements of 4
 * bytes) to `out`. The whole arena is NaN beforehand; fails the test if the two runs differ, or if
 * any byte outside the output has changed. */
void op_run(const struct um_backend_fns *backend, void *device, const struct op_case *c, void *out);

/* The largest error / tolerance over all elements: 1 or less is right. Infinite if something is not
 * a number, or wrong where no error is allowed. For ids 0 (right) or infinity. */
double op_error(const struct op_case *c, const float *expected, const float *tolerance,
                const void *out);

/* What to run and how to judge it; zero is every spec by the rules of float arithmetic. */
struct op_rules {
    uint32_t kinds;             /* bits 1 << enum um_op_kind; 0 = all */
    uint32_t types;             /* of weights: bits 1 << enum um_dtype; 0 = all */
    bool round_q8;              /* inputs of LINEAR with Q8_0 weights are rounded to int8 */
    bool round_bf16;            /* what op_case_round_bf16 says is rounded to bf16 */
    bool round_precise;         /* likewise those of um_op.precise, to twice the bits */
    double product_slack, nmse; /* of struct op_case; the limit of the NMSE, 0 = 1e-10 */
};

/* Runs the specs on the device and compares with the reference; prints the worst per op. */
void op_check(const struct um_backend_fns *backend, void *device, const struct op_rules *rules);

/* op_check with the rules of the backend as it comes: all specs. */
void op_check_all(const struct um_backend_fns *backend, void *device);

/* Prints GFLOP/s of a few real shapes. */
void op_bench(const struct um_backend_fns *backend, void *device, const char *title);

#endif
