/* Rows: made, judged, freed. */
#include "bench/report.h"

#include "common/report.h"
#include "common/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double stable_variation = 0.05;

struct bench_row *report_row(struct bench_device *device, enum row_group group, const char *unit,
                             const char *format, ...) {
    if (device->count == device->capacity) {
        size_t capacity = device->capacity * 2 + 32;
        struct bench_row *rows = realloc(device->rows, capacity * sizeof *rows);
        if (rows == NULL) {
            return NULL;
        }
        device->rows = rows;
        device->capacity = capacity;
    }
    struct bench_row *row = &device->rows[device->count++];
    *row = (struct bench_row){.group = group};
    snprintf(row->unit, sizeof row->unit, "%s", unit);
    va_list list;
    va_start(list, format);
    vsnprintf(row->name, sizeof row->name, format, list);
    utf8_trim(row->name);
    va_end(list);
    return row;
}

void row_fail(struct bench_row *row, enum row_state state, const char *format, ...) {
    va_list list;
    va_start(list, format);
    vsnprintf(row->reason, sizeof row->reason, format, list);
    utf8_trim(row->reason);
    va_end(list);
    row->state = state;
    samples_free(&row->samples);
}

void row_fail_status(struct bench_row *row, um_status status) {
    const char *text = report_last_error();
    enum row_state state = status == UM_ERROR_CHECK       ? ROW_WRONG
                           : status == UM_ERROR_NO_DEVICE ? ROW_UNSUPPORTED
                                                          : ROW_FAILED;
    row_fail(row, state, "%s", text[0] != '\0' ? text : um_status_text(status));
}

void row_judge(struct bench_row *row) {
    if (row->state != ROW_OK) {
        return;
    }
    const double least = samples_least(&row->samples), most = samples_most(&row->samples);
    if (row->samples.count == 0) {
        row_fail(row, ROW_FAILED, "nothing was measured");
    } else if (!(least > 0) || !isfinite(least) || !isfinite(most)) {
        row_fail(row, ROW_FAILED, "a time was too short for the clock");
    } else if (row->samples.count == 1) {
        row->state = ROW_UNSTABLE;
        snprintf(row->reason, sizeof row->reason, "one run only");
    } else if (samples_variation(&row->samples) > stable_variation) {
        row->state = ROW_UNSTABLE;
        snprintf(row->reason, sizeof row->reason, "runs vary by %.0f %%",
                 100 * samples_variation(&row->samples));
    }
}

bool row_measured(const struct bench_row *row) {
    return (row->state == ROW_OK || row->state == ROW_UNSTABLE) && row->samples.count > 0;
}

const char *row_state_text(enum row_state state) {
    static const char *const texts[] = {"ok", "unstable", "unsupported", "wrong", "failed"};
    return texts[state];
}

/* What a unit is worth: seconds, or per second. */
static double unit_value(const char *unit) {
    static const struct {
        const char *unit;
        double value;
    } units[] = {{"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"GB/s", 1e9}, {"GFLOP/s", 1e9}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(units[i].unit, unit) == 0) {
            return units[i].value;
        }
    }
    return 0;
}

double report_limit(const struct bench_device *device, const char *name) {
    for (size_t i = 0; i < device->count; i++) {
        const struct bench_row *row = &device->rows[i];
        if (row->group == GROUP_LIMIT && row_measured(row) && strcmp(row->name, name) == 0) {
            return samples_most(&row->samples) * unit_value(row->unit);
        }
    }
    return 0;
}

double row_seconds(const struct bench_row *row) {
    if (!row_measured(row) || strchr(row->unit, '/') != NULL) {
        return 0;
    }
    return samples_median(&row->samples) * unit_value(row->unit);
}

double row_share_of_limit(const struct bench_device *device, const struct bench_row *row) {
    const double seconds = row_seconds(row);
    const double fma = report_limit(device, "fma"), copy = report_limit(device, "copy");
    const double matrix = report_limit(device, "matrix");
    double least = 0;
    if (fma > 0) {
        least += (row->flops - row->matrix_flops) / fma;
    }
    if (matrix > 0) {
        least += row->matrix_flops / matrix;
    }
    if (copy > 0 && row->bytes / copy > least) {
        least = row->bytes / copy;
    }
    return seconds > 0 ? least / seconds : 0;
}

uint32_t report_steps(const struct bench_report *report) {
    return report->plan->steps > 0 ? report->plan->steps : report->model.default_steps;
}

void report_free(struct bench_report *report) {
    for (size_t i = 0; i < report->device_count; i++) {
        for (size_t k = 0; k < report->devices[i].count; k++) {
            samples_free(&report->devices[i].rows[k].samples);
        }
        free(report->devices[i].rows);
    }
    free(report->devices);
    *report = (struct bench_report){0};
}
