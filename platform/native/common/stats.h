/* Samples of a measured quantity. */
#ifndef CLI_COMMON_STATS_H
#define CLI_COMMON_STATS_H

#include <stddef.h>

struct samples {
    double *values; /* owned */
    size_t count, capacity;
};

/* A sample that finds no memory is dropped. */
void samples_add(struct samples *samples, double value);
void samples_free(struct samples *samples);

/* Not a number when there are no samples. */
double samples_median(const struct samples *samples);
double samples_least(const struct samples *samples);
double samples_most(const struct samples *samples);
double samples_mean(const struct samples *samples);

/* The smallest sample that at least `share` (0 to 1) of them do not exceed. */
double samples_percentile(const struct samples *samples, double share);

/* Standard deviation (n - 1) over mean; not a number with fewer than two samples or a mean of 0. */
double samples_variation(const struct samples *samples);

#endif
