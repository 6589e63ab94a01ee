/* An earlier result file: devices and rows are found again by their names. */
#include "bench/print.h"

#include "common/atomic_file.h"
#include "common/json.h"
#include "common/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 64 << 20 };

/* The row being read. Members come in any order, so a row is matched when the next one begins. */
struct reading {
    struct bench_report *report;
    unsigned device, row;
    bool schema_known;
    char device_name[256], name[112], unit[12];
    double median;
};

static void match(struct reading *r) {
    for (size_t i = 0; i < r->report->device_count; i++) {
        struct bench_device *device = &r->report->devices[i];
        if (strcmp(device->info.name, r->device_name) != 0) {
            continue;
        }
        for (size_t k = 0; k < device->count; k++) {
            struct bench_row *row = &device->rows[k];
            if (strcmp(row->name, r->name) == 0 && strcmp(row->unit, r->unit) == 0 &&
                isfinite(r->median) && r->median > 0) {
                row->before = r->median;
            }
        }
    }
    r->name[0] = r->unit[0] = '\0';
    r->median = 0;
}

static void on_leaf(void *arg, const char *path, const char *value) {
    struct reading *r = arg;
    unsigned device, row;
    char key[32];
    if (strcmp(path, "schema") == 0) {
        r->schema_known = strcmp(value, "1") == 0;
    }
    if (sscanf(path, "devices.%u.", &device) != 1) {
        return;
    }
    const bool in_row = sscanf(path, "devices.%u.rows.%u.%31s", &device, &row, key) == 3;
    if (device != r->device || (in_row && row != r->row)) {
        match(r);
        r->row = in_row ? row : 0;
    }
    if (device != r->device) {
        r->device_name[0] = '\0';
        r->device = device;
    }
    if (!in_row) {
        if (sscanf(path, "devices.%u.%31s", &device, key) == 2 && strcmp(key, "name") == 0) {
            snprintf(r->device_name, sizeof r->device_name, "%s", value);
        }
    } else if (strcmp(key, "name") == 0) {
        snprintf(r->name, sizeof r->name, "%s", value);
    } else if (strcmp(key, "unit") == 0) {
        snprintf(r->unit, sizeof r->unit, "%s", value);
    } else if (strcmp(key, "median") == 0) {
        r->median = strtod(value, NULL);
    }
}

int compare_with(struct bench_report *report, const char *text, const char *path) {
    struct reading reading = {.report = report};
    const bool whole = json_walk(text, on_leaf, &reading);
    match(&reading);
    if (!whole || !reading.schema_known) {
        return fail(UM_ERROR_ARGUMENT, "--compare: %s is not a result of unmask bench, schema 1",
                    path);
    }
    return 0;
}

int compare_read(char **text, const char *path) {
    struct bench_report none = {0};
    size_t size;
    int code = read_file(path, FILE_LIMIT, text, &size);
    return code == 0 ? compare_with(&none, *text, path) : code;
}

double compare_speedup(const struct bench_row *row) {
    if (!row_measured(row) || !(row->before > 0)) {
        return 0;
    }
    const double now = samples_median(&row->samples);
    return strchr(row->unit, '/') != NULL ? now / row->before : row->before / now;
}
