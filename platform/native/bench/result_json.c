/* The report as JSON: docs/results/schema.json describes it. */
#include "bench/print.h"

#include "bench/measure.h"
#include "common/json.h"
#include "system/system.h"

#include <math.h>
#include <string.h>
#include <time.h>

enum { SCHEMA = 2 };

static void positive(struct json *json, const char *key, double value) {
    if (isfinite(value) && value > 0) {
        json_real(json, key, value);
    }
}

static void put_numbers(struct json *json, const struct bench_row *row) {
    const struct samples *s = &row->samples;
    json_real(json, "value", row_value(row));
    json_real(json, "median", samples_median(s));
    json_real(json, "least", samples_least(s));
    json_real(json, "most", samples_most(s));
    json_real(json, "mean", samples_mean(s));
    positive(json, "variation", samples_variation(s));
    json_real(json, "p95", samples_percentile(s, 0.95));
    json_open(json, "samples", '[');
    for (size_t i = 0; i < s->count; i++) {
        json_real(json, NULL, s->values[i]);
    }
    json_close(json, ']');
}

static void put_row(struct json *json, const struct bench_device *device,
                    const struct bench_row *row) {
    static const char *const groups[] = {"limit", "picture", "kernel"};
    const double seconds = row_seconds(row);
    json_open(json, NULL, '{');
    json_text(json, "name", row->name);
    json_text(json, "group", groups[row->group]);
    json_text(json, "status", row_state_text(row->state));
    json_text(json, "reason", row->reason);
    if (row_measured(row)) {
        json_text(json, "unit", row->unit);
        put_numbers(json, row);
        positive(json, "longest_submission_ms", 1e3 * row->submission);
        positive(json, "images_per_s", seconds > 0 ? row->images / seconds : 0);
        positive(json, "gflop_per_s", seconds > 0 ? 1e-9 * row->flops / seconds : 0);
        positive(json, "matrix_gflop_per_s", seconds > 0 ? 1e-9 * row->matrix_flops / seconds : 0);
        positive(json, "gb_per_s", seconds > 0 ? 1e-9 * row->bytes / seconds : 0);
        if (row->kernel[0] != '\0') {
            json_text(json, "kernel", row->kernel);
        }
        positive(json, "calls", row->calls);
        positive(json, "share_of_time", row->share_of_time);
        positive(json, "share_of_limit", row_share_of_limit(device, row));
        if (row_share_note(device, row)[0] != '\0') {
            json_text(json, "share_note", row_share_note(device, row));
        }
        positive(json, "before", row->before);
    }
    json_close(json, '}');
}

static void put_device(struct json *json, const struct bench_device *device) {
    static const char *const kinds[] = {"cpu", "discrete", "integrated", "virtual", "software"};
    json_open(json, NULL, '{');
    json_text(json, "name", device->info.name);
    json_text(json, "backend", device->info.backend);
    json_text(json, "kind", kinds[device->info.kind]);
    json_text(json, "driver", device->info.driver);
    json_whole(json, "vendor_id", device->info.vendor_id);
    json_whole(json, "device_id", device->info.device_id);
    json_whole(json, "api_version", device->info.api_version);
    json_whole(json, "memory_bytes", device->info.memory_bytes);
    json_text(json, "paths", device->details.paths);
    json_whole(json, "threads", device->details.threads);
    json_bool(json, "device_clock", device->details.device_clock);
    positive(json, "longest_submission_ms", 1e3 * device->submission);
    positive(json, "selftest_ms", 1e3 * device->details.selftest_seconds);
    json_open(json, "rows", '[');
    for (size_t i = 0; i < device->count; i++) {
        put_row(json, device, &device->rows[i]);
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_model(struct json *json, const struct bench_report *report) {
    const um_model_info *m = &report->model;
    json_open(json, "model", '{');
    json_text(json, "name", report->model_name);
    json_text(json, "weights", report->model_type);
    json_text(json, "sha256", report->model_sha256);
    json_bool(json, "synthetic", report->plan->synthetic != NULL);
    json_whole(json, "parameters", m->parameters);
    json_whole(json, "image_width", m->image_width);
    json_whole(json, "image_height", m->image_height);
    json_whole(json, "tokens", (uint64_t)m->grid_width * m->grid_height);
    json_close(json, '}');
}

static void put_settings(struct json *json, const struct bench_report *report) {
    const um_model_info *m = &report->model;
    json_open(json, "settings", '{');
    json_whole(json, "steps", report_steps(report));
    json_exact(json, "seed", report->plan->seed);
    json_text(json, "class", report->plan->class_text);
    json_bool(json, "guidance", m->has_null_class && m->defaults.cfg_scale > 0.0f);
    json_close(json, '}');
}

void print_json(struct buffer *out, const struct bench_report *report) {
    char text[512];
    time_t now = time(NULL);
    struct tm *date = gmtime(&now);
    struct json json = {.out = out, .pretty = true};
    json_open(&json, NULL, '{');
    json_whole(&json, "schema", SCHEMA);
    json_text(&json, "program", "unmask");
    json_text(&json, "version", um_version());
    json_text(&json, "build", um_build_info());
    if (date != NULL && strftime(text, sizeof text, "%Y-%m-%d", date) > 0) {
        json_text(&json, "date", text);
    }
    system_name(text, sizeof text);
    json_text(&json, "system", text);
    cpu_text(text, sizeof text);
    json_text(&json, "cpu", text);
    json_bool(&json, "interrupted", report->interrupted);
    if (report->has_model) {
        put_model(&json, report);
        put_settings(&json, report);
    }
    if (system_peak_memory() > 0) {
        json_whole(&json, "peak_rss_bytes", system_peak_memory());
    }
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < report->device_count; i++) {
        put_device(&json, &report->devices[i]);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    buffer_text(out, "\n");
}
