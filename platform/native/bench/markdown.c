/* The report as Markdown that reads well as it is, too: two small tables per device. */
#include "bench/print.h"

#include "bench/measure.h"
#include "common/clean.h"
#include "system/system.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double least_share = 0.01;

/* Three significant digits, without an exponent. */
static const char *number(char text[32], double value) {
    int digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
    if (value > 0 && value < 0.1) {
        digits = (int)ceil(-log10(value)) + 2;
    }
    snprintf(text, 32, "%.*f", digits > 9 ? 9 : digits, value);
    return text;
}

/* Cells must not end the table, nor their line: names come from drivers and files. */
static void put_text(struct buffer *out, const char *text) {
    struct buffer cell = {0};
    for (; *text != '\0'; text++) {
        buffer_text(&cell, *text == '|' ? "\\" : "");
        buffer_append(&cell, text, 1);
    }
    clean_append(out, buffer_append(&cell, "", 1) ? (const char *)cell.bytes : "");
    buffer_free(&cell);
}

static void put_share(struct buffer *out, double share) {
    if (share > 0) {
        buffer_format(out, " %.*f %% |", share < 0.0995 ? 1 : 0, 100 * share);
    } else {
        buffer_text(out, " |");
    }
}

static void put_median(struct buffer *out, const struct bench_row *row) {
    char text[32];
    if (!row_measured(row)) {
        buffer_text(out, " - | |");
        return;
    }
    buffer_format(out, " %s %s%s |", number(text, row_value(row)), row->unit,
                  row->group == GROUP_LIMIT ? ", best" : "");
    if (row->samples.count > 1) {
        buffer_format(out, " %.1f %% |", 100 * samples_variation(&row->samples));
    } else {
        buffer_text(out, " |");
    }
}

static void put_speed(struct buffer *out, const struct bench_row *row) {
    char text[32];
    const double seconds = row_seconds(row);
    if (seconds > 0 && row->images > 0) {
        buffer_format(out, " %s/s |", number(text, row->images / seconds));
    } else {
        buffer_text(out, " |");
    }
}

/* Rates that the percentage of the peak comes from. */
static void put_flops(struct buffer *out, const struct bench_row *row) {
    char text[32];
    const double seconds = row_seconds(row);
    if (!(seconds > 0 && row->flops > 0)) {
        buffer_text(out, " |");
        return;
    }
    buffer_format(out, " %s", number(text, 1e-9 * row->flops / seconds));
    if (row->matrix_flops > 0) {
        buffer_format(out, " (%s matrix)", number(text, 1e-9 * row->matrix_flops / seconds));
    }
    buffer_text(out, " |");
}

static bool compared(const struct bench_report *report) {
    return report->plan->args->given[OPT_COMPARE] > 0;
}

static void put_change(struct buffer *out, const struct bench_row *row) {
    char text[32];
    const double speedup = compare_speedup(row);
    if (speedup > 0) {
        buffer_format(out, " %s %s | %.2fx |", number(text, row->before), row->unit, speedup);
    } else {
        buffer_text(out, " | |");
    }
}

/* The last cell: why the percentage is above 100 %, or why there are no numbers. */
static void put_state(struct buffer *out, const struct bench_device *device,
                      const struct bench_row *row) {
    const char *note = row_share_note(device, row);
    if (note[0] != '\0') {
        buffer_format(out, " %s%s", note, row->state == ROW_OK ? "" : ";");
    }
    if (row->state == ROW_OK) {
        buffer_text(out, " |\n");
        return;
    }
    const bool spread_says_it =
        row->state == ROW_UNSTABLE && row->samples.count > 1 && row->group != GROUP_LIMIT;
    buffer_format(out, " %s%s", row_state_text(row->state), spread_says_it ? "" : ": ");
    put_text(out, spread_says_it ? "" : row->reason);
    buffer_text(out, " |\n");
}

static void put_pictures(struct buffer *out, const struct bench_report *report,
                         const struct bench_device *device) {
    const bool old = compared(report);
    buffer_format(out,
                  "| | median | spread | pictures | GFLOP/s | of peak |%s |\n"
                  "|---|--:|--:|--:|--:|--:|%s---|\n",
                  old ? " before | faster |" : "", old ? "--:|--:|" : "");
    for (size_t i = 0; i < device->count; i++) {
        const struct bench_row *row = &device->rows[i];
        if (row->group == GROUP_KERNEL) {
            continue;
        }
        buffer_text(out, "| ");
        put_text(out, row->name);
        buffer_text(out, row->group == GROUP_LIMIT ? ", peak |" : " |");
        put_median(out, row);
        put_speed(out, row);
        put_flops(out, row);
        put_share(out, row_share_of_limit(device, row));
        if (old) {
            put_change(out, row);
        }
        put_state(out, device, row);
    }
}

static void put_kernel(struct buffer *out, const struct bench_report *report,
                       const struct bench_device *device, const struct bench_row *row) {
    char text[32];
    const double seconds = row_seconds(row);
    buffer_text(out, "| ");
    put_text(out, row->name);
    if (row->kernel[0] != '\0') {
        buffer_format(out, " (%s)", row->kernel);
    }
    buffer_format(out, " | %.0f |", row->calls);
    put_median(out, row);
    put_flops(out, row);
    if (seconds > 0 && row->bytes > 0) {
        buffer_format(out, " %s |", number(text, 1e-9 * row->bytes / seconds));
    } else {
        buffer_text(out, " |");
    }
    put_share(out, row->share_of_time);
    put_share(out, row_share_of_limit(device, row));
    if (compared(report)) {
        put_change(out, row);
    }
    put_state(out, device, row);
}

static void put_kernels(struct buffer *out, const struct bench_report *report,
                        const struct bench_device *device) {
    const bool old = compared(report);
    size_t shown = 0, hidden = 0;
    for (size_t i = 0; i < device->count; i++) {
        const struct bench_row *row = &device->rows[i];
        if (row->group != GROUP_KERNEL) {
            continue;
        }
        if (row_measured(row) && row->share_of_time > 0 && row->share_of_time < least_share) {
            hidden++;
            continue;
        }
        if (shown++ == 0) {
            buffer_format(
                out,
                "\n| kernel | calls | median | spread | GFLOP/s | GB/s | of time | of peak "
                "|%s |\n|---|--:|--:|--:|--:|--:|--:|--:|%s---|\n",
                old ? " before | faster |" : "", old ? "--:|--:|" : "");
        }
        put_kernel(out, report, device, row);
    }
    if (hidden > 0) {
        buffer_format(out, "\nKernels below %.0f %% of the time: %zu, shown in json and csv.\n",
                      100 * least_share, hidden);
    }
}

static const struct bench_row *find(const struct bench_device *device, const char *name) {
    for (size_t i = 0; i < device->count; i++) {
        if (strcmp(device->rows[i].name, name) == 0 && row_measured(&device->rows[i])) {
            return &device->rows[i];
        }
    }
    return NULL;
}

static void put_device(struct buffer *out, const struct bench_report *report,
                       const struct bench_device *device) {
    buffer_text(out, "\n### ");
    put_text(out, device->info.name);
    buffer_text(out, "\n\n");
    if (device->info.backend[0] != '\0') {
        buffer_format(out, "%s, %s", device->info.backend, device->details.paths);
        if (device->details.threads > 0) {
            buffer_format(out, ", %" PRIu32 " threads", device->details.threads);
        } else {
            buffer_text(out, device->info.driver[0] != '\0' ? ", " : "");
            put_text(out, device->info.driver);
            buffer_format(out, ", kernels timed by the %s",
                          device->details.device_clock ? "device" : "host");
        }
        buffer_text(out, "\n\n");
    }
    if (strcmp(device->before_name, device->info.name) != 0 && device->before_name[0] != '\0') {
        buffer_text(out, "Before: ");
        put_text(out, device->before_name);
        buffer_text(out, "\n\n");
    }
    put_pictures(out, report, device);
    put_kernels(out, report, device);
    char text[32];
    if (device->details.selftest_seconds > 0) {
        buffer_format(out, "\nSelf-test of the driver, once: %s ms\n",
                      number(text, 1e3 * device->details.selftest_seconds));
    }
    if (device->submission > 0) {
        buffer_format(out, "\nLongest submission to the device: %s ms\n",
                      number(text, 1e3 * device->submission));
    }
    const struct bench_row *parallel = find(device, "picture, batch 1");
    const struct bench_row *serial = find(device, "picture, token by token");
    if (parallel != NULL && serial != NULL) {
        buffer_format(out, "\nToken by token, a picture takes %.1f times as long.\n",
                      row_seconds(serial) / row_seconds(parallel));
    }
}

void print_markdown(struct buffer *out, const struct bench_report *report) {
    char text[512];
    buffer_format(out, "**unmask %s** (%s)", um_version(), um_build_info());
    system_name(text, sizeof text);
    buffer_text(out, "  \n");
    put_text(out, text);
    cpu_text(text, sizeof text);
    buffer_text(out, ", ");
    put_text(out, text);
    if (report->has_model) {
        const um_model_info *m = &report->model;
        buffer_text(out, "  \nmodel ");
        put_text(out, report->model_name);
        buffer_format(out, ", %s, %.1f M parameters, %" PRIu32 "x%" PRIu32 " pixels, sha256 %.12s",
                      report->model_type, (double)m->parameters / 1e6, m->image_width,
                      m->image_height, report->model_sha256);
        buffer_format(out, "; %" PRIu32 " steps%s, seed %" PRIu64, report_steps(report),
                      m->has_null_class && m->defaults.cfg_scale > 0.0f ? " with guidance" : "",
                      report->plan->seed);
    }
    buffer_text(out, "\n");
    for (size_t i = 0; i < report->device_count; i++) {
        put_device(out, report, &report->devices[i]);
    }
    if (report->interrupted) {
        buffer_text(out, "\n**Interrupted**: these are the rows measured so far.\n");
    }
    if (system_peak_memory() > 0) {
        buffer_format(out, "\nPeak memory of the process, reference results included: %.0f MB\n",
                      (double)system_peak_memory() / 1e6);
    }
}
