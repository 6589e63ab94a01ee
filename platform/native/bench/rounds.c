/* What is asked after each sample of a row. */
#include "bench/measure.h"

#include "common/interrupt.h"

double take_submission(struct bench *b) {
    const double seconds = um_longest_submission(b->context);
    b->device->submission = seconds > b->device->submission ? seconds : b->device->submission;
    return seconds;
}

bool wants_more(const struct bench_plan *plan, const struct bench_row *row, double spent) {
    enum { MOST = 200 };
    const double short_row = 0.5;
    if (interrupt_signal() != 0 || row->samples.count >= MOST) {
        return false;
    }
    if (row->samples.count > 0 && spent > plan->budget) {
        return false;
    }
    return row->samples.count < plan->runs || (spent < short_row && plan->runs > 1);
}
