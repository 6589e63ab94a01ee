/* One device from opening to closing. */
#include "bench/measure.h"

#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"
#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static um_status open_context(struct bench *b, const char *name) {
    um_context_params params = {
        .device = name,
        .threads = (uint32_t)args_whole(b->plan->args, OPT_THREADS, 0),
        .log = report_log,
    };
    if (!engine_precision(b->plan->args, &params.precision)) {
        return UM_ERROR_ARGUMENT;
    }
    um_status status = um_context_create(&b->context, &params);
    if (status == UM_OK) {
        b->device->info = *um_context_device(b->context);
        um_context_details(b->context, &b->device->details);
    }
    return status;
}

static um_status load(struct bench *b) {
    const double start = now_seconds();
    um_status status = plan_load(b->plan, b->context, &b->model);
    struct bench_row *row = report_row(b->device, GROUP_PICTURE, "s", "load");
    if (status == UM_OK) {
        b->info = um_model_get_info(b->model);
    }
    if (row != NULL && status != UM_OK) {
        row_fail_status(row, status);
    } else if (row != NULL) {
        samples_add(&row->samples, now_seconds() - start);
        row_judge(row);
        row->state = row->state == ROW_UNSTABLE ? ROW_OK : row->state; /* loading is done once */
        row->reason[0] = row->state == ROW_OK ? '\0' : row->reason[0];
    }
    return status;
}

static void describe_model(struct bench_report *report, const um_model_info *info) {
    if (report->has_model) {
        return;
    }
    report->has_model = true;
    report->model = *info;
    utf8_copy(report->model_name, sizeof report->model_name, info->name);
    snprintf(report->model_type, sizeof report->model_type, "%s", info->weight_type);
    snprintf(report->model_sha256, sizeof report->model_sha256, "%s", info->sha256);
}

/* The CPU is compared with its second kernels, all others with the CPU. */
static um_status prepare_truth(struct bench *b, struct truth truths[2]) {
    const bool second = b->device->info.kind == UM_DEVICE_CPU_BACKEND;
    struct truth *truth = &truths[second];
    progress("reference results", 0, 1);
    um_status status = truth->made ? UM_OK : truth_make(truth, b->plan, second);
    b->truth = truth;
    return status;
}

static void measure(struct bench *b) {
    struct bench_row *row = report_row(b->device, GROUP_PICTURE, "", "agreement");
    char reason[256];
    progress("checking results", 0, 1);
    um_status status = truth_check(b->truth, b->plan, b->model, reason, sizeof reason);
    if (row != NULL && status != UM_OK) {
        row_fail_status(row, status);
        if (reason[0] != '\0') {
            row_fail(row, ROW_WRONG, "%s", reason);
        }
        return;
    }
    b->device->count -= row != NULL; /* a row only if it is bad news */
    if (!measure_pictures(b) || interrupt_signal() != 0) {
        return;
    }
    measure_kernels(b);
    if (b->plan->autoregressive && interrupt_signal() == 0) {
        measure_causal(b);
    }
}

bool bench_device(struct bench_report *report, struct bench_device *device, const char *name,
                  struct truth truths[2], um_status *status) {
    struct bench b = {.plan = report->plan, .device = device};
    *device = (struct bench_device){0};
    utf8_copy(device->info.name, sizeof device->info.name, name != NULL ? name : "auto");
    *status = open_context(&b, name);
    if (*status == UM_OK) {
        *status = load(&b);
    }
    const bool opened = *status == UM_OK;
    if (opened) {
        describe_model(report, b.info);
        *status = prepare_truth(&b, truths);
    }
    if (*status == UM_OK) {
        b.draw = (um_session_params){.classes = &b.truth->class_index,
                                     .seed = b.plan->seed,
                                     .sampling.steps = b.plan->steps};
        measure_limits(&b);
        measure(&b);
        take_submission(&b);
    }
    free(b.tokens);
    um_model_unload(&b.model);
    um_context_destroy(&b.context);
    return *status == UM_OK;
}
