/* What is right: the results of another path, which a device's must agree with before any of its
 * times is believed. The CPU is held against its second kernels, every other device against the
 * CPU. */
#ifndef CLI_BENCH_TRUTH_H
#define CLI_BENCH_TRUTH_H

#include "bench/plan.h"

#include <unmask/measure.h>

enum { TRUTH_STATES = 2, TRUTH_NEXT = 6 };

struct truth {
    bool made;
    int32_t class_index;
    size_t positions, codes, pixels; /* pixels counts floats */
    double logit_limit;              /* NMSE */
    bool exact_inputs; /* both sides multiply the same numbers (not so for int8 and --precision
                          fast) */
    int32_t *tokens[TRUTH_STATES]; /* states: all masked, half masked */
    float *logits[TRUTH_STATES];
    int32_t *codes_in; /* a picture */
    float *picture;
    uint32_t step; /* of a drawing: tokens before it, guesses after it */
    int32_t *before, *guess;
    float *next; /* (TRUTH_NEXT, codes): logits of the causal transformer, or NULL */
};

/* Opens the model as the plan says. The caller unloads it. */
um_status plan_load(const struct bench_plan *plan, um_context *context, um_model **model);

/* Computes everything with the CPU: `second` = its second kernels. What fails has been logged. */
um_status truth_make(struct truth *truth, const struct bench_plan *plan, bool second);
void truth_free(struct truth *truth);

/* UM_ERROR_CHECK with a sentence in `reason` if the model's results on its device disagree. */
um_status truth_check(const struct truth *truth, const struct bench_plan *plan, um_model *model,
                      char *reason, size_t size);

/* sum (a - b)^2 / sum b^2; infinite if a value is not finite. */
double truth_nmse(const float *values, const float *right, size_t count);

#endif
