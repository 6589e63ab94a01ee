/* Median and extremes. */
#include "common/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void samples_add(struct samples *samples, double value) {
    if (samples->count == samples->capacity) {
        size_t capacity = samples->capacity * 2 + 32;
        double *values = realloc(samples->values, capacity * sizeof *values);
        if (values == NULL) {
            return;
        }
        samples->values = values;
        samples->capacity = capacity;
    }
    samples->values[samples->count++] = value;
}

void samples_free(struct samples *samples) {
    free(samples->values);
    *samples = (struct samples){0};
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_median(const struct samples *samples) {
    double *sorted = malloc((samples->count + 1) * sizeof *sorted);
    double median = (double)NAN;
    size_t count = samples->count;
    if (sorted != NULL && count > 0) {
        memcpy(sorted, samples->values, count * sizeof *sorted);
        qsort(sorted, count, sizeof *sorted, compare);
        median = 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]);
    }
    free(sorted);
    return median;
}

double samples_least(const struct samples *samples) {
    double least = (double)NAN;
    for (size_t i = 0; i < samples->count; i++) {
        least = i == 0 || samples->values[i] < least ? samples->values[i] : least;
    }
    return least;
}

double samples_most(const struct samples *samples) {
    double most = (double)NAN;
    for (size_t i = 0; i < samples->count; i++) {
        most = i == 0 || samples->values[i] > most ? samples->values[i] : most;
    }
    return most;
}
