/* Median, extremes and spread. */
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

/* A sorted copy, or NULL. */
static double *sorted_copy(const struct samples *samples) {
    if (samples->count == 0) {
        return NULL;
    }
    double *sorted = malloc(samples->count * sizeof *sorted);
    if (sorted != NULL) {
        memcpy(sorted, samples->values, samples->count * sizeof *sorted);
        qsort(sorted, samples->count, sizeof *sorted, compare);
    }
    return sorted;
}

double samples_median(const struct samples *samples) {
    double *sorted = sorted_copy(samples);
    const size_t count = samples->count;
    const double median =
        sorted != NULL ? 0.5 * (sorted[(count - 1) / 2] + sorted[count / 2]) : (double)NAN;
    free(sorted);
    return median;
}

double samples_percentile(const struct samples *samples, double share) {
    double *sorted = sorted_copy(samples);
    double value = (double)NAN;
    if (sorted != NULL) {
        const double rank = ceil(share * (double)samples->count);
        value = sorted[rank < 1                        ? 0
                       : rank > (double)samples->count ? samples->count - 1
                                                       : (size_t)rank - 1];
    }
    free(sorted);
    return value;
}

double samples_mean(const struct samples *samples) {
    double sum = 0;
    for (size_t i = 0; i < samples->count; i++) {
        sum += samples->values[i];
    }
    return samples->count > 0 ? sum / (double)samples->count : (double)NAN;
}

double samples_variation(const struct samples *samples) {
    const double mean = samples_mean(samples);
    double squares = 0;
    for (size_t i = 0; i < samples->count; i++) {
        squares += (samples->values[i] - mean) * (samples->values[i] - mean);
    }
    if (samples->count < 2 || !(mean > 0)) {
        return (double)NAN;
    }
    return sqrt(squares / (double)(samples->count - 1)) / mean;
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
