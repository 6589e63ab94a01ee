/* unmask bench: the speed of a device; results are checked. */
#include "args.h"
#include "bench/measure.h"
#include "bench/print.h"
#include "call_files.h"
#include "common/atomic_file.h"
#include "common/engine.h"
#include "common/interrupt.h"
#include "common/paths.h"
#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_STEPS = 12, DEFAULT_RUNS = 5 };
static const double default_budget = 15;

typedef void (*print_fn)(struct buffer *out, const struct bench_report *report);

static print_fn find_format(const struct args *args) {
    static const struct {
        const char *name;
        print_fn print;
    } formats[] = {{"md", print_markdown}, {"csv", print_csv}, {"json", print_json}};
    const char *wanted = args->text[OPT_FORMAT];
    if (wanted == NULL) {
        return args->given[OPT_JSON] > 0 ? print_json : print_markdown;
    }
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcmp(formats[i].name, wanted) == 0) {
            return formats[i].print;
        }
    }
    fail(EXIT_USAGE, "--format: '%s' is none of: md, csv, json", wanted);
    return NULL;
}

/* The first row that is wrong or failed decides the exit code. */
static int judge(const struct bench_report *report) {
    if (report->interrupted) {
        return fail_status(UM_CANCELLED);
    }
    for (size_t i = 0; i < report->device_count; i++) {
        const struct bench_device *device = &report->devices[i];
        for (size_t k = 0; k < device->count; k++) {
            const struct bench_row *row = &device->rows[k];
            if (row->state == ROW_WRONG || row->state == ROW_FAILED) {
                return fail(row->state == ROW_WRONG ? UM_ERROR_CHECK : UM_ERROR, "%s: %s: %s",
                            device->info.name, row->name, row->reason);
            }
        }
    }
    return 0;
}

static int print(const struct bench_report *report, print_fn format) {
    struct buffer out = {0};
    format(&out, report);
    int code = out.failed ? fail(UM_ERROR_MEMORY, "not enough memory for the report")
                          : write_file("-", out.bytes, out.size);
    buffer_free(&out);
    return code;
}

/* Why a device among several has no rows. */
static void add_failure(struct bench_device *device, um_status status) {
    struct bench_row *row = report_row(device, GROUP_PICTURE, "", "open");
    if (row != NULL) {
        row_fail_status(row, status);
    }
}

/* Every device by its position, as um_devices() lists them, or the one asked for. */
static int measure(struct bench_report *report, bool all) {
    size_t count = 1;
    struct truth truths[2] = {{0}};
    um_status status = all ? um_devices(NULL, 0, &count, report_log, NULL) : UM_OK;
    if (status != UM_OK) {
        return fail_status(status);
    }
    report->devices = calloc(count, sizeof *report->devices);
    int code = report->devices != NULL ? 0 : fail(UM_ERROR_MEMORY, "not enough memory");
    for (size_t i = 0; code == 0 && i < count && interrupt_signal() == 0; i++) {
        char position[24];
        snprintf(position, sizeof position, "%zu", i);
        const char *name = all ? position : engine_device_name(report->plan->args);
        struct bench_device *device = &report->devices[report->device_count++];
        const bool opened = bench_device(report, device, name, truths, &status);
        if (!opened && !all) {
            progress_clear();
            code = fail_status(status);
        } else if (!opened) {
            add_failure(device, status);
        }
    }
    truth_free(&truths[0]);
    truth_free(&truths[1]);
    report->interrupted = interrupt_signal() != 0;
    progress_clear();
    return code;
}

static int run(const struct bench_plan *plan, print_fn format) {
    struct bench_report report = {.plan = plan};
    const char *old = plan->args->text[OPT_COMPARE];
    char *before = NULL;
    int code = call_check_output(plan->args, plan->model_path, "-");
    code = code == 0 && old != NULL ? compare_read(&before, old) : code; /* bad ones at once */
    code = code == 0 ? measure(&report, plan->args->given[OPT_ALL_DEVICES] > 0) : code;
    code = code == 0 && old != NULL ? compare_with(&report, before, old) : code;
    code = code == 0 ? print(&report, format) : code;
    code = code == 0 ? judge(&report) : code;
    report_free(&report);
    free(before);
    return code;
}

int cmd_bench(const struct args *args) {
    const print_fn format = find_format(args);
    if (format == NULL) {
        return EXIT_USAGE;
    }
    struct bench_plan plan = {
        .args = args,
        .synthetic = args->text[OPT_SYNTHETIC],
        .weight_type = args->text[OPT_WEIGHTS],
        .class_text = args->text[OPT_CLASS] != NULL ? args->text[OPT_CLASS] : "0",
        .seed = args_whole(args, OPT_SEED, 1),
        .steps = (uint32_t)args_whole(args, OPT_STEPS, 0),
        .runs = (uint32_t)args_whole(args, OPT_RUNS, DEFAULT_RUNS),
        .budget = args_real(args, OPT_BUDGET, default_budget),
        .autoregressive = args->given[OPT_AUTOREGRESSIVE] > 0,
    };
    if (plan.synthetic != NULL) {
        return args->text[OPT_MODEL] == NULL
                   ? run(&plan, format)
                   : fail(EXIT_USAGE, "--synthetic and --model cannot be used together");
    }
    if (plan.weight_type != NULL) {
        return fail(EXIT_USAGE, "--type needs --synthetic");
    }
    char *path = find_model(args->text[OPT_MODEL]);
    if (path == NULL) {
        return UM_ERROR_MODEL;
    }
    plan.model_path = path;
    plan.steps = plan.steps > 0 ? plan.steps : DEFAULT_STEPS;
    int code = run(&plan, format);
    free(path);
    return code;
}
