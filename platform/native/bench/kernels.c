/* Where the time of a step and of a decoding goes, op by op. A round is a whole drawing, because
 * its steps do not want equally many rows: so every round has the same work, and a kernel's work
 * and time are those of the same calls. */
#include "bench/measure.h"

#include "common/engine.h"
#include "common/interrupt.h"
#include "common/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 128, ROUNDS = 5 };

/* One kernel of one network over the rounds. */
struct kernel {
    um_profile_row row;  /* of the last round */
    struct samples each; /* seconds per call, the mean of a round */
    double seconds;      /* of one run of the network, by the median of the rounds: what an
                            interruption adds is no kernel's */
    double calls;        /* of one run */
};

struct profile {
    struct kernel kernels[ROWS];
    size_t count;
    struct samples total; /* seconds of a run in all kernels, the mean of a round */
};

/* Ends a round in which the network ran so many times. */
static void collect(struct bench *b, struct profile *p, double runs) {
    um_profile_row rows[ROWS];
    size_t count = 0;
    double total = 0;
    if (um_profile_read(b->model, rows, ROWS, &count) != UM_OK) {
        return;
    }
    for (size_t i = 0; i < count && i < ROWS; i++) {
        struct kernel *kernel = &p->kernels[i];
        if (rows[i].calls > 0) {
            kernel->row = rows[i];
            kernel->calls = (double)rows[i].calls / runs;
            samples_add(&kernel->each, rows[i].seconds / (double)rows[i].calls);
            total += rows[i].seconds / runs;
        }
    }
    p->count = count < ROWS ? count : ROWS;
    samples_add(&p->total, total);
}

/* Forgets what was timed so far: it was to warm up. */
static um_status forget(struct bench *b) {
    size_t count;
    return um_profile_read(b->model, NULL, 0, &count);
}

/* Operations of a call in matrix units: the backend's names tell. */
static double matrix_flops(const struct kernel *kernel) {
    return strstr(kernel->row.kernel, "_coopmat") != NULL ? kernel->row.flops : 0;
}

/* What its kernel does otherwise than the operations that are counted; the names tell that, too. */
static unsigned shortcuts(const struct kernel *kernel) {
    static const struct {
        const char *word;
        enum row_shortcut shortcut;
    } words[] = {{"_winograd", SHORTCUT_WINOGRAD},
                 {"_int8", SHORTCUT_NARROW},
                 {"_bf16", SHORTCUT_NARROW},
                 {"_fp16", SHORTCUT_NARROW}};
    unsigned bits = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        bits |= strstr(kernel->row.kernel, words[i].word) != NULL ? words[i].shortcut : 0u;
    }
    return bits;
}

static unsigned shortcuts_of_run(const struct profile *p) {
    unsigned bits = 0;
    for (size_t i = 0; i < p->count; i++) {
        bits |= shortcuts(&p->kernels[i]);
    }
    return bits;
}

static double matrix_flops_of_run(const struct profile *p) {
    double flops = 0;
    for (size_t i = 0; i < p->count; i++) {
        flops += matrix_flops(&p->kernels[i]) * p->kernels[i].calls;
    }
    return flops;
}

static double flops_of_run(const struct profile *p) {
    double flops = 0;
    for (size_t i = 0; i < p->count; i++) {
        flops += p->kernels[i].row.flops * p->kernels[i].calls;
    }
    return flops;
}

static double bytes_of_run(const struct profile *p) {
    double bytes = 0;
    for (size_t i = 0; i < p->count; i++) {
        bytes += p->kernels[i].row.bytes * p->kernels[i].calls;
    }
    return bytes;
}

static int by_time(const void *a, const void *b) {
    const double x = ((const struct kernel *)a)->seconds, y = ((const struct kernel *)b)->seconds;
    return (x < y) - (x > y);
}

static void add_rows(struct bench *b, struct profile *p, const char *network) {
    const double flops = flops_of_run(p), bytes = bytes_of_run(p);
    double all = 0;
    for (size_t i = 0; i < p->count; i++) {
        struct kernel *kernel = &p->kernels[i];
        kernel->seconds =
            kernel->each.count > 0 ? samples_median(&kernel->each) * kernel->calls : 0;
        all += kernel->seconds;
    }
    struct bench_row *total = report_row(b->device, GROUP_KERNEL, "ms", "%s, all kernels", network);
    if (total != NULL) {
        total->flops = flops;
        total->matrix_flops = matrix_flops_of_run(p);
        total->shortcuts = shortcuts_of_run(p);
        total->bytes = bytes;
        total->calls = 1;
        for (size_t i = 0; i < p->total.count; i++) {
            samples_add(&total->samples, 1e3 * p->total.values[i]);
        }
        row_judge(total);
    }
    qsort(p->kernels, p->count, sizeof p->kernels[0], by_time);
    for (size_t i = 0; i < p->count; i++) {
        const struct kernel *kernel = &p->kernels[i];
        if (kernel->each.count == 0) {
            continue;
        }
        struct bench_row *row = report_row(b->device, GROUP_KERNEL, "us", "%s: %s %s", network,
                                           kernel->row.op, kernel->row.shape);
        if (row == NULL) {
            return;
        }
        memcpy(row->kernel, kernel->row.kernel, sizeof row->kernel);
        row->flops = kernel->row.flops;
        row->matrix_flops = matrix_flops(kernel);
        row->shortcuts = shortcuts(kernel);
        row->bytes = kernel->row.bytes;
        row->calls = kernel->calls;
        row->share_of_time = all > 0 ? kernel->seconds / all : 0;
        for (size_t k = 0; k < kernel->each.count; k++) {
            samples_add(&row->samples, 1e6 * kernel->each.values[k]);
        }
        row_judge(row);
    }
}

static void profile_free(struct profile *p) {
    for (size_t i = 0; i < ROWS; i++) {
        samples_free(&p->kernels[i].each);
    }
    samples_free(&p->total);
    free(p);
}

/* Whether another round fits; the first one is short rather than left out. */
static bool time_is_up(const struct bench *b, double start) {
    return now_seconds() - start > b->plan->budget;
}

/* One drawing, whose tokens must be those without the profile. It ends early, as a round of the
 * steps so far, if it is the first round and time is up. */
static um_status profile_drawing(struct bench *b, struct profile *p, double start, bool *right) {
    um_session *session = NULL;
    um_status status = um_session_begin(&session, b->model, &b->draw);
    interrupt_watch(session);
    uint32_t steps = 0;
    while (status == UM_OK && !um_session_done(session) && (steps == 0 || !time_is_up(b, start))) {
        progress("kernels of a step", um_session_step_index(session),
                 um_session_step_count(session));
        status = um_session_step(session);
        steps++;
    }
    const bool whole = um_session_done(session);
    if (status == UM_OK && (whole || p->total.count == 0)) {
        collect(b, p, steps);
    }
    um_session_view view;
    if (status == UM_OK && whole) {
        status = um_session_get(session, 0, &view);
    }
    if (status == UM_OK && whole) {
        const size_t bytes = (size_t)b->info->grid_width * b->info->grid_height * sizeof(int32_t);
        *right = *right && memcmp(view.tokens, b->tokens, bytes) == 0;
    }
    interrupt_watch(NULL);
    um_session_end(&session);
    return status;
}

static um_status profile_warm_up(struct bench *b) {
    um_session *session = NULL;
    um_status status = um_session_begin(&session, b->model, &b->draw);
    interrupt_watch(session);
    status = status == UM_OK ? um_session_step(session) : status;
    interrupt_watch(NULL);
    um_session_end(&session);
    return status == UM_OK ? forget(b) : status;
}

static um_status profile_steps(struct bench *b, struct profile *p, bool *right) {
    um_status status = profile_warm_up(b);
    const double start = now_seconds();
    for (int round = 0; status == UM_OK && *right && round < ROUNDS && interrupt_signal() == 0 &&
                        (round == 0 || !time_is_up(b, start));
         round++) {
        status = profile_drawing(b, p, start, right);
    }
    return status;
}

static um_status profile_decodes(struct bench *b, struct profile *p) {
    float *rgb = malloc(sizeof *rgb * 3 * b->info->image_width * b->info->image_height);
    um_status status = rgb != NULL ? UM_OK : UM_ERROR_MEMORY;
    const double start = now_seconds();
    for (int round = 0; status == UM_OK && round <= ROUNDS && interrupt_signal() == 0; round++) {
        progress("kernels of a decoding", (unsigned)round, ROUNDS);
        status = um_decode(b->model, b->tokens, rgb);
        if (status == UM_OK && round == 0) {
            status = forget(b);
        } else if (status == UM_OK) {
            collect(b, p, 1);
        }
        if (time_is_up(b, start) && p->total.count > 0) {
            break;
        }
    }
    free(rgb);
    return status;
}

static void finish(struct bench *b, struct profile *p, const char *network, um_status status,
                   bool right) {
    if (status == UM_OK && right) {
        add_rows(b, p, network);
    } else if (status != UM_CANCELLED) {
        struct bench_row *row =
            report_row(b->device, GROUP_KERNEL, "ms", "%s, all kernels", network);
        if (row != NULL && status != UM_OK) {
            row_fail_status(row, status);
        } else if (row != NULL) {
            row_fail(row, ROW_WRONG, "the picture changes when profiling is on");
        }
    }
}

/* What the networks compute is known now: rows of steps and pictures get their flops. */
static void spread_flops(struct bench *b, const struct profile *step,
                         const struct profile *decode) {
    const double of_step = flops_of_run(step), of_decode = flops_of_run(decode);
    const double matrix_step = matrix_flops_of_run(step);
    const double matrix_decode = matrix_flops_of_run(decode);
    const unsigned of_steps = shortcuts_of_run(step), of_decodes = shortcuts_of_run(decode);
    const uint32_t steps = b->plan->steps > 0 ? b->plan->steps : b->info->defaults.steps;
    for (size_t i = 0; i < b->device->count; i++) {
        struct bench_row *row = &b->device->rows[i];
        if (strcmp(row->name, "step, batch 1") == 0) {
            row->flops = of_step;
            row->matrix_flops = matrix_step;
            row->shortcuts = of_steps;
        } else if (strcmp(row->name, "decode") == 0) {
            row->flops = of_decode;
            row->matrix_flops = matrix_decode;
            row->shortcuts = of_decodes;
        } else if (strncmp(row->name, "picture, ", 9) == 0) {
            row->flops = of_step * steps + of_decode;
            row->matrix_flops = matrix_step * steps + matrix_decode;
            row->shortcuts = of_steps | of_decodes;
        }
    }
}

void measure_kernels(struct bench *b) {
    struct profile *step = calloc(1, sizeof *step), *decode = calloc(1, sizeof *decode);
    bool right = true;
    um_status status =
        step != NULL && decode != NULL ? um_profile_begin(b->model) : UM_ERROR_MEMORY;
    if (status == UM_OK) {
        status = profile_steps(b, step, &right);
        finish(b, step, "step", status, right);
    }
    if (status == UM_OK && interrupt_signal() == 0) {
        status = profile_decodes(b, decode);
        finish(b, decode, "decode", status, true);
    }
    if (status == UM_OK) {
        spread_flops(b, step, decode);
    }
    um_profile_end(b->model);
    if (step != NULL) {
        profile_free(step);
    }
    if (decode != NULL) {
        profile_free(decode);
    }
}
