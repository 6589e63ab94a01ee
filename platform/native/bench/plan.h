/* What to measure. */
#ifndef CLI_BENCH_PLAN_H
#define CLI_BENCH_PLAN_H

#include "args.h"

#include <stdbool.h>
#include <stdint.h>

struct bench_plan {
    const struct args *args;
    const char *model_path;              /* NULL: synthetic */
    const char *synthetic, *weight_type; /* as um_model_load_synthetic() takes them */
    const char *class_text;              /* as --class takes it */
    uint64_t seed;
    uint32_t steps; /* 0 = the model's default */
    uint32_t runs;  /* timed samples that a row should have */
    double budget;  /* seconds that a row may take */
    bool autoregressive;
};

#endif
