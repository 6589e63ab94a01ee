/* What was measured: rows per device, each with all its samples or the reason why there are none.
 */
#ifndef CLI_BENCH_REPORT_H
#define CLI_BENCH_REPORT_H

#include "bench/plan.h"
#include "common/stats.h"

#include <stdbool.h>
#include <unmask/measure.h>

enum row_state {
    ROW_OK,
    ROW_UNSTABLE,    /* measured and right, but the samples vary a lot */
    ROW_UNSUPPORTED, /* not measured: the device cannot */
    ROW_SKIPPED,     /* not measured: it would take too long, or a signal came first */
    ROW_WRONG,       /* the result was wrong */
    ROW_FAILED       /* the device or the library failed */
};

enum row_group { GROUP_LIMIT, GROUP_PICTURE, GROUP_KERNEL };

/* Why a row may compute more in a second than the F32 limit, whose operations are counted: bits. */
enum row_shortcut { SHORTCUT_WINOGRAD = 1, SHORTCUT_NARROW = 2 };

struct bench_row {
    char name[112]; /* the same in every version: what --compare goes by */
    char unit[12];  /* of the samples; a rate such as "GB/s" is better when it is higher */
    enum row_group group;
    enum row_state state;
    char reason[320];       /* one sentence; "" if ROW_OK */
    struct samples samples; /* empty unless ROW_OK or ROW_UNSTABLE */
    double images;          /* that one sample draws, 0 = none */
    double submission;      /* seconds of the longest one of the last sample, 0 = not known */
    double flops, bytes;    /* of one sample, 0 = not known */
    double matrix_flops;    /* of flops: in matrix units */
    unsigned shortcuts;     /* of some of its kernels */
    char kernel[32];        /* GROUP_KERNEL: as the backend calls it, "" = it does not */
    double calls;           /* GROUP_KERNEL: how often a step or a decoding runs it */
    double share_of_time;   /* GROUP_KERNEL: of its network; else 0 */
    double before;          /* row_value() in the file to compare with; 0 = none */
};

struct bench_device {
    um_device_info info;
    um_device_details details;
    double submission;      /* seconds of the longest one of the whole run, 0 = there was none */
    char before_name[256];  /* the device that it is compared with, "" = none */
    struct bench_row *rows; /* owned */
    size_t count, capacity;
};

struct bench_report {
    const struct bench_plan *plan;
    um_model_info model; /* of the first device that had it; its strings are copies below */
    char model_name[128], model_type[16], model_sha256[65];
    bool has_model, interrupted;
    struct bench_device *devices; /* owned */
    size_t device_count;
};

/* A new row at the end, ROW_OK and without samples; NULL when memory has run out. */
struct bench_row *report_row(struct bench_device *device, enum row_group group, const char *unit,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The row has no number: its samples are dropped. */
void row_fail(struct bench_row *row, enum row_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a call of the library, whose sentence is the reason. */
void row_fail_status(struct bench_row *row, um_status status);

/* Judges a finished row: failed if a sample is no positive finite number, unstable if there is only
 * one or their variation is above 5 %. A limit is unstable if row_limit_holds() is false. */
void row_judge(struct bench_row *row);

/* Whether three samples of a limit agree on it: the best one is no accident. */
bool row_limit_holds(const struct bench_row *row);

bool row_measured(const struct bench_row *row);

/* What stands for a measured row wherever one figure does, in its unit: the median, but of a limit
 * the best sample. The slower ones were slowed down by other work. */
double row_value(const struct bench_row *row);
const char *row_state_text(enum row_state state);

/* The row_value() of a device's limit in operations or bytes per second ("copy", "fma" and
 * "matrix"), 0 = none. */
double report_limit(const struct bench_device *device, const char *name);

/* Seconds of the median, or 0 for a rate. */
double row_seconds(const struct bench_row *row);

/* How much of what the device can do: the time that flops at the fma limit, those in matrix units
 * at theirs, or bytes at the copy limit, whichever is longer, would take, over the time that it
 * took. 0 = unknown. */
double row_share_of_limit(const struct bench_device *device, const struct bench_row *row);

/* Why that is above 1, a few words; "" if it is not. */
const char *row_share_note(const struct bench_device *device, const struct bench_row *row);

/* Steps of a picture: the option, or the model's own number. */
uint32_t report_steps(const struct bench_report *report);

void report_free(struct bench_report *report);

#endif
