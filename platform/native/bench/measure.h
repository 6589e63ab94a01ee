/* One device measured: pictures drawn one by one, each checked. */
#ifndef CLI_BENCH_MEASURE_H
#define CLI_BENCH_MEASURE_H

#include "common/engine.h"
#include "common/stats.h"

#include <stdbool.h>

struct bench_plan {
    const struct args *args;
    const char *model_path;
    const char *class_text; /* as --class takes it */
    uint64_t seed;
    uint32_t steps, runs;
};

struct bench_row {
    char device[256], backend[16], driver[256];
    um_status status;       /* UM_ERROR_CHECK: a picture was wrong. Times count only if UM_OK */
    char reason[512];       /* why, one sentence; "" if UM_OK */
    double load_s, first_s; /* seconds: model; first picture, compiling included */
    struct samples image, step, decode; /* seconds */
    uint64_t hash;                      /* of the picture */
};

/* Measures the device of that name (NULL = auto). Never prints; the outcome is in the row. */
void bench_measure(struct bench_row *row, const struct bench_plan *plan, const char *device);
void bench_row_free(struct bench_row *row);

/* The largest memory that this process has had, in bytes; 0 = unknown. */
uint64_t peak_memory(void);

#endif
