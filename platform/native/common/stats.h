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

#endif
