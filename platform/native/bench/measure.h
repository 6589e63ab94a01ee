/* The measurements of one device, row by row. */
#ifndef CLI_BENCH_MEASURE_H
#define CLI_BENCH_MEASURE_H

#include "bench/report.h"
#include "bench/truth.h"

/* Work in progress on one device. */
struct bench {
    const struct bench_plan *plan;
    struct bench_device *device;
    const struct truth *truth;
    um_context *context;
    um_model *model;
    const um_model_info *info;
    um_session_params draw;          /* of one picture */
    double step_flops, decode_flops; /* from the profile; 0 = not profiled */
    int32_t *tokens;                 /* of picture 0 as first drawn, NULL = not yet */
};

/* Measures the device of that name (NULL = auto) into `device`. Never prints. False if it could not
 * even be opened: *status says why and nothing was measured. A signal ends it early. The model's
 * facts go to *report the first time. */
bool bench_device(struct bench_report *report, struct bench_device *device, const char *name,
                  struct truth truths[2], um_status *status);

/* limits.c, pictures.c, kernels.c, causal.c: false when the rest of the device makes no sense. */
void measure_limits(struct bench *b);
bool measure_pictures(struct bench *b);
void measure_kernels(struct bench *b);
void measure_causal(struct bench *b);

/* rounds.c */

/* Seconds of the longest submission since the last call; the whole run's is kept. */
double take_submission(struct bench *b);

/* Whether a row wants another sample, `spent` seconds after its first began. */
bool wants_more(const struct bench_plan *plan, const struct bench_row *row, double spent);

#endif
