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
enum { AGREEING = 3 };

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

bool row_limit_holds(const struct bench_row *row) {
    const double best = samples_most(&row->samples);
    size_t near = 0;
    for (size_t i = 0; i < row->samples.count; i++) {
        near += row->samples.values[i] >= (1 - stable_variation) * best;
    }
    return near >= AGREEING;
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
    } else if (row->group == GROUP_LIMIT) {
        row->state = row_limit_holds(row) ? ROW_OK : ROW_UNSTABLE;
        snprintf(row->reason, sizeof row->reason, "%s",
                 row->state == ROW_OK ? "" : "no three runs agree on the best one");
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
    static const char *const texts[] = {"ok",      "unstable", "unsupported",
                                        "skipped", "wrong",    "failed"};
    return texts[state];
}

double row_value(const struct bench_row *row) {
    return row->group == GROUP_LIMIT ? samples_most(&row->samples) : samples_median(&row->samples);
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
            return row_value(row) * unit_value(row->unit);
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

/* Seconds that a row's operations and its bytes would take at the limits. */
static double least_computing(const struct bench_device *device, const struct bench_row *row) {
    const double fma = report_limit(device, "fma"), matrix = report_limit(device, "matrix");
    return (fma > 0 ? (row->flops - row->matrix_flops) / fma : 0) +
           (matrix > 0 ? row->matrix_flops / matrix : 0);
}

static double least_copying(const struct bench_device *device, const struct bench_row *row) {
    const double copy = report_limit(device, "copy");
    return copy > 0 ? row->bytes / copy : 0;
}

double row_share_of_limit(const struct bench_device *device, const struct bench_row *row) {
    const double seconds = row_seconds(row);
    const double least = fmax(least_computing(device, row), least_copying(device, row));
    return seconds > 0 ? least / seconds : 0;
}

const char *row_share_note(const struct bench_device *device, const struct bench_row *row) {
    const double share = row_share_of_limit(device, row);
    const double winograd_saves = 4; /* times the multiply-adds of F(4x4, 3x3) */
    if (!(share > 1)) {
        return "";
    }
    if (least_copying(device, row) >= least_computing(device, row)) {
        return "data from caches, the peak is that of memory";
    }
    if ((row->shortcuts & SHORTCUT_WINOGRAD) != 0 && share <= winograd_saves) {
        return "Winograd, counted as direct convolution";
    }
    return (row->shortcuts & SHORTCUT_NARROW) != 0 ? "narrower numbers, the peak is for F32"
                                                   : "the peak was measured on a busier machine";
}

uint32_t report_steps(const struct bench_report *report) {
    return report->plan->steps > 0 ? report->plan->steps : report->model.defaults.steps;
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
