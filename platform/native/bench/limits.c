/* Rows of what the device can do at most. */
#include "bench/measure.h"

#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"

/* Runs are repeated until three agree on the best: one that was let run alone decides, and other
 * work slows most of them down on a busy machine. The first run of all warms up. */
enum { RUNS = 5, MOST_RUNS = 40 };

static um_status measure_limit(struct bench *b, struct bench_row *row, um_limit limit) {
    const double start = now_seconds();
    double work, seconds;
    um_status status = um_measure_limit(b->context, limit, &work, &seconds);
    for (int run = 0; status == UM_OK && (run < RUNS || !row_limit_holds(row)) && run < MOST_RUNS;
         run++) {
        status = um_measure_limit(b->context, limit, &work, &seconds);
        if (status == UM_OK) {
            samples_add(&row->samples, 1e-9 * work / seconds);
        }
        if (interrupt_signal() != 0 || now_seconds() - start > b->plan->budget) {
            break;
        }
    }
    return status;
}

void measure_limits(struct bench *b) {
    static const struct {
        um_limit limit;
        const char *name, *unit;
    } limits[] = {{UM_LIMIT_COPY, "copy", "GB/s"},
                  {UM_LIMIT_FMA, "fma", "GFLOP/s"},
                  {UM_LIMIT_MATRIX, "matrix", "GFLOP/s"}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0] && interrupt_signal() == 0; i++) {
        struct bench_row *row =
            report_row(b->device, GROUP_LIMIT, limits[i].unit, "%s", limits[i].name);
        if (row == NULL) {
            return;
        }
        progress("limits", (unsigned)i, 3);
        const um_status status = measure_limit(b, row, limits[i].limit);
        if (status != UM_OK) {
            row_fail_status(row, status);
        }
        row_judge(row);
    }
}
