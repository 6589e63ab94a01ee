/* unmask bench: how long a picture takes, on one device or on all. */
#include "args.h"
#include "bench/measure.h"
#include "common/atomic_file.h"
#include "common/interrupt.h"
#include "common/json.h"
#include "common/paths.h"
#include "common/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_STEPS = 12, DEFAULT_RUNS = 5 };

static const char *status_word(um_status status) {
    return status == UM_OK ? "ok" : status == UM_ERROR_CHECK ? "wrong" : "failed";
}

static void print_row(const struct bench_row *row) {
    if (row->status != UM_OK) {
        printf("| %s | %s | - | - | - | - | - | - | %s: %s |\n", row->device, row->backend,
               status_word(row->status), row->reason);
        return;
    }
    printf("| %s | %s | %.1f | %.1f to %.1f | %.2f | %.2f | %.1f | %.3f | ok, %zu runs |\n",
           row->device, row->backend, 1e3 * samples_median(&row->image),
           1e3 * samples_least(&row->image), 1e3 * samples_most(&row->image),
           1e3 * samples_median(&row->step), 1e3 * samples_median(&row->decode), 1e3 * row->first_s,
           row->load_s, row->image.count);
}

static void print_table(const struct bench_plan *plan, const struct bench_row *rows, size_t count) {
    uint64_t memory = peak_memory();
    printf("unmask %s, %s\n", um_version(), um_build_info());
    printf("model %s, class %s, %u steps, batch 1, seed %" PRIu64 ", medians\n\n", plan->model_path,
           plan->class_text, plan->steps, plan->seed);
    puts("| device | backend | image ms | least to most | step ms | decode ms | first image ms "
         "| load s | status |\n|---|---|--:|--:|--:|--:|--:|--:|---|");
    for (size_t i = 0; i < count; i++) {
        print_row(&rows[i]);
    }
    if (memory > 0) {
        printf("\npeak RSS %.1f MB%s\n", (double)memory / 1e6,
               count > 1 ? " (all devices together)" : "");
    }
}

static void put_samples(struct json *json, const char *key, const struct samples *samples) {
    json_open(json, key, '{');
    json_real(json, "median", 1e3 * samples_median(samples));
    json_real(json, "least", 1e3 * samples_least(samples));
    json_real(json, "most", 1e3 * samples_most(samples));
    json_whole(json, "n", samples->count);
    json_open(json, "samples", '[');
    for (size_t i = 0; i < samples->count; i++) {
        json_real(json, NULL, 1e3 * samples->values[i]);
    }
    json_close(json, ']');
    json_close(json, '}');
}

static void put_row(struct json *json, const struct bench_row *row) {
    char hash[20];
    snprintf(hash, sizeof hash, "%016" PRIx64, row->hash);
    json_open(json, NULL, '{');
    json_text(json, "device", row->device);
    json_text(json, "backend", row->backend);
    json_text(json, "driver", row->driver);
    json_text(json, "status", status_word(row->status));
    if (row->status == UM_OK) {
        json_text(json, "picture_hash", hash);
        json_real(json, "load_s", row->load_s);
        json_real(json, "first_image_ms", 1e3 * row->first_s);
        put_samples(json, "image_ms", &row->image);
        put_samples(json, "step_ms", &row->step);
        put_samples(json, "decode_ms", &row->decode);
    } else {
        json_text(json, "reason", row->reason);
    }
    json_close(json, '}');
}

static int print_json(const struct bench_plan *plan, const struct bench_row *rows, size_t count) {
    struct buffer out = {0};
    struct json json = {.out = &out, .pretty = true};
    json_open(&json, NULL, '{');
    json_text(&json, "program", "unmask");
    json_text(&json, "version", um_version());
    json_text(&json, "build", um_build_info());
    json_whole(&json, "format", 1);
    json_text(&json, "model", plan->model_path);
    json_text(&json, "class", plan->class_text);
    json_whole(&json, "steps", plan->steps);
    json_whole(&json, "seed", plan->seed);
    json_open(&json, "rows", '[');
    for (size_t i = 0; i < count; i++) {
        put_row(&json, &rows[i]);
    }
    json_close(&json, ']');
    if (peak_memory() > 0) {
        json_whole(&json, "peak_rss_bytes", peak_memory());
    }
    json_close(&json, '}');
    int code = buffer_text(&out, "\n") ? write_file("-", out.bytes, out.size)
                                       : fail(UM_ERROR_MEMORY, "not enough memory for the JSON");
    buffer_free(&out);
    return code;
}

static int print_rows(const struct bench_plan *plan, const struct bench_row *rows, size_t count) {
    int code = 0;
    if (plan->args->given[OPT_JSON] > 0) {
        code = print_json(plan, rows, count);
    } else {
        print_table(plan, rows, count);
    }
    for (size_t i = 0; code == 0 && i < count; i++) {
        if (rows[i].status != UM_OK) {
            code = fail((int)rows[i].status, "%s: %s", rows[i].device, rows[i].reason);
        }
    }
    return code;
}

/* Every device by its position, as um_devices() lists them. */
static int bench_all(const struct bench_plan *plan) {
    size_t count = 0;
    um_status status = um_devices(NULL, 0, &count, report_log, NULL);
    if (status != UM_OK) {
        return fail_status(status);
    }
    struct bench_row *rows = calloc(count + 1, sizeof *rows);
    if (rows == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory");
    }
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++) {
        char position[24];
        snprintf(position, sizeof position, "%zu", i);
        bench_measure(&rows[i], plan, position);
        code = interrupt_signal() != 0 ? fail_status(UM_CANCELLED) : 0;
    }
    progress_clear();
    code = code != 0 ? code : print_rows(plan, rows, count);
    for (size_t i = 0; i < count; i++) {
        bench_row_free(&rows[i]);
    }
    free(rows);
    return code;
}

static int bench_one(const struct bench_plan *plan) {
    struct bench_row row;
    bench_measure(&row, plan, engine_device_name(plan->args));
    progress_clear();
    int code = interrupt_signal() != 0 ? fail_status(UM_CANCELLED)
               : row.status != UM_OK   ? fail((int)row.status, "%s", row.reason)
                                       : print_rows(plan, &row, 1);
    bench_row_free(&row);
    return code;
}

int cmd_bench(const struct args *args) {
    char *path = find_model(args->text[OPT_MODEL]);
    if (path == NULL) {
        return UM_ERROR_MODEL;
    }
    struct bench_plan plan = {
        .args = args,
        .model_path = path,
        .class_text = args->text[OPT_CLASS] != NULL ? args->text[OPT_CLASS] : "0",
        .seed = args_whole(args, OPT_SEED, 1),
        .steps = (uint32_t)args_whole(args, OPT_STEPS, DEFAULT_STEPS),
        .runs = (uint32_t)args_whole(args, OPT_RUNS, DEFAULT_RUNS),
    };
    int code = args->given[OPT_ALL_DEVICES] > 0 ? bench_all(&plan) : bench_one(&plan);
    free(path);
    return code;
}
