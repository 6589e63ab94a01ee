/* The report as CSV (RFC 4180): one line per row, numbers empty where there are none. */
#include "bench/print.h"

#include "common/clean.h"

#include <math.h>
#include <string.h>

/* Names come from drivers and files, so none of them may break its line. */
static void put_text(struct buffer *out, const char *text) {
    if (strpbrk(text, ",\"") == NULL) {
        clean_append(out, text);
        return;
    }
    struct buffer quoted = {0};
    for (; *text != '\0'; text++) {
        buffer_append(&quoted, text, 1);
        if (*text == '"') {
            buffer_text(&quoted, "\"");
        }
    }
    buffer_text(out, "\"");
    clean_append(out, buffer_append(&quoted, "", 1) ? (const char *)quoted.bytes : "");
    buffer_text(out, "\"");
    buffer_free(&quoted);
}

static void put_number(struct buffer *out, double value) {
    if (isfinite(value) && value > 0) {
        buffer_format(out, ",%.9g", value);
    } else {
        buffer_text(out, ",");
    }
}

static void put_row(struct buffer *out, const struct bench_report *report,
                    const struct bench_device *device, const struct bench_row *row) {
    const struct samples *s = &row->samples;
    const double seconds = row_seconds(row);
    const char *texts[] = {device->info.name,          device->info.backend, device->info.driver,
                           report->model_name,         report->model_type,   row->name,
                           row_state_text(row->state), row->reason,          row->unit};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        buffer_text(out, i > 0 ? "," : "");
        put_text(out, texts[i]);
    }
    buffer_format(out, ",%zu", s->count);
    const double numbers[] = {samples_median(s),
                              samples_least(s),
                              samples_most(s),
                              samples_mean(s),
                              samples_variation(s),
                              samples_percentile(s, 0.95),
                              row->images > 0 && seconds > 0 ? row->images / seconds : 0,
                              seconds > 0 ? 1e-9 * row->flops / seconds : 0,
                              seconds > 0 ? 1e-9 * row->bytes / seconds : 0,
                              row->share_of_time,
                              row_share_of_limit(device, row),
                              row->before,
                              row_measured(row) ? row_value(row) : 0,
                              seconds > 0 ? 1e-9 * row->matrix_flops / seconds : 0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        put_number(out, numbers[i]);
    }
    buffer_text(out, ",");
    put_text(out, row_share_note(device, row));
    buffer_text(out, "\r\n");
}

void print_csv(struct buffer *out, const struct bench_report *report) {
    buffer_text(out,
                "device,backend,driver,model,weights,row,status,reason,unit,n,median,least,most,"
                "mean,variation,p95,images_per_s,gflop_per_s,gb_per_s,share_of_time,"
                "share_of_limit,before,value,matrix_gflop_per_s,share_note\r\n");
    for (size_t i = 0; i < report->device_count; i++) {
        for (size_t k = 0; k < report->devices[i].count; k++) {
            put_row(out, report, &report->devices[i], &report->devices[i].rows[k]);
        }
    }
}
