/* An earlier result file, or another device's: rows are found again by their names. */
#include "bench/print.h"

#include "common/json.h"
#include "common/report.h"
#include "common/utf8.h"
#include "input/bytes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 64 << 20, DEVICES = 64 };

/* One walk through the file. The first finds the devices' names, the second the rows. Members come
 * in any order, so a row is matched when the next one begins. */
struct reading {
    struct bench_report *report;
    bool schema_known, other_model, other_steps;
    unsigned devices; /* named in the file */
    char names[DEVICES][256];
    struct bench_device *partner[DEVICES]; /* in the report, of each of them; NULL: none */
    unsigned device, row;
    char name[112], unit[12];
    bool limit;
    double value, median, most; /* schema 1 has no value: a limit's is its best sample */
};

static double value_of(const struct reading *r) {
    return r->value > 0 ? r->value : r->limit ? r->most : r->median;
}

static void on_name(void *arg, const char *path, const char *value) {
    struct reading *r = arg;
    unsigned device;
    int end = 0;
    if (strcmp(path, "schema") == 0) {
        r->schema_known = strcmp(value, "1") == 0 || strcmp(value, "2") == 0;
    } else if (strcmp(path, "model.sha256") == 0) {
        r->other_model = strcmp(value, r->report->model_sha256) != 0;
    } else if (strcmp(path, "settings.steps") == 0) {
        r->other_steps = strtoul(value, NULL, 10) != report_steps(r->report);
    }
    if (sscanf(path, "devices.%u.name%n", &device, &end) == 1 && end > 0 && path[end] == '\0' &&
        device < DEVICES) {
        utf8_copy(r->names[device], sizeof r->names[device], value);
        r->devices = device >= r->devices ? device + 1 : r->devices;
    }
}

/* Equal names belong together in their order; two single devices do whatever their names are. */
static void pair(struct reading *r) {
    struct bench_report *report = r->report;
    for (size_t i = 0; i < report->device_count; i++) {
        struct bench_device *device = &report->devices[i];
        unsigned k = 0;
        while (k < r->devices && (r->partner[k] || strcmp(device->info.name, r->names[k]) != 0)) {
            k++;
        }
        if (k == r->devices && r->devices == 1 && report->device_count == 1) {
            k = 0;
        }
        if (k < r->devices) {
            r->partner[k] = device;
            utf8_copy(device->before_name, sizeof device->before_name, r->names[k]);
        }
    }
}

static void match(struct reading *r) {
    const double value = value_of(r);
    struct bench_device *device = r->device < DEVICES ? r->partner[r->device] : NULL;
    for (size_t k = 0; device != NULL && k < device->count; k++) {
        struct bench_row *row = &device->rows[k];
        if (strcmp(row->name, r->name) == 0 && strcmp(row->unit, r->unit) == 0 && isfinite(value) &&
            value > 0) {
            row->before = value;
        }
    }
    r->name[0] = r->unit[0] = '\0';
    r->limit = false;
    r->value = r->median = r->most = 0;
}

static void on_leaf(void *arg, const char *path, const char *value) {
    struct reading *r = arg;
    unsigned device, row;
    char key[32];
    if (sscanf(path, "devices.%u.rows.%u.%31s", &device, &row, key) != 3) {
        return;
    }
    if (device != r->device || row != r->row) {
        match(r);
        r->device = device;
        r->row = row;
    }
    if (strcmp(key, "name") == 0) {
        utf8_copy(r->name, sizeof r->name, value);
    } else if (strcmp(key, "unit") == 0) {
        utf8_copy(r->unit, sizeof r->unit, value);
    } else if (strcmp(key, "group") == 0) {
        r->limit = strcmp(value, "limit") == 0;
    } else if (strcmp(key, "value") == 0) {
        r->value = strtod(value, NULL);
    } else if (strcmp(key, "median") == 0) {
        r->median = strtod(value, NULL);
    } else if (strcmp(key, "most") == 0) {
        r->most = strtod(value, NULL);
    }
}

int compare_with(struct bench_report *report, const char *text, const char *path) {
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the results of %s", path);
    }
    reading->report = report;
    const bool whole = json_walk(text, on_name, reading) && reading->schema_known;
    if (whole) {
        pair(reading);
        json_walk(text, on_leaf, reading);
        match(reading);
        if (report->has_model && (reading->other_model || reading->other_steps)) {
            note("--compare: %s has another %s, so picture times cannot be compared", path,
                 reading->other_model ? "model" : "number of steps");
        }
    }
    free(reading);
    if (!whole) {
        return fail(UM_ERROR_ARGUMENT,
                    "--compare: %s is not a result of unmask bench, schema 1 or 2", path);
    }
    return 0;
}

int compare_read(char **text, const char *path) {
    const struct bench_plan plan = {0};
    struct bench_report none = {.plan = &plan};
    int code = input_text(path, FILE_LIMIT, text);
    return code == 0 ? compare_with(&none, *text, path) : code;
}

double compare_speedup(const struct bench_row *row) {
    if (!row_measured(row) || !(row->before > 0)) {
        return 0;
    }
    const double now = row_value(row);
    return strchr(row->unit, '/') != NULL ? now / row->before : row->before / now;
}
