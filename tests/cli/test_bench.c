/* The parts of unmask bench with a synthetic clock and a device that lies or dies: whatever
 * happens, a row has a positive number or a reason, never both and never 0, inf or nan. The linker
 * puts the functions __wrap_* below in the place of the real ones. */
/* cmocka's fail() is a macro: the program's own comes first. */
#include "common/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"
#include "bench/print.h"
#include "common/json.h"
#include "support/tiny_model.h"

enum { STEPS = 3 };

/* What the stand-ins do. */
static struct {
    double now, tick; /* the clock, and what each look at it adds */
    um_status step, limit;
    const double *rates; /* of the fma limit, call by call, in GFLOP/s; the last one stays */
    size_t rate_count, rate_calls;
    int good_steps; /* steps that go well before `step` is returned; negative = all */
    bool wrong_logits, wrong_picture, changing_tokens;
    unsigned drawings;
    double budget;         /* 0 = a long one */
    double submission;     /* of the next one that is asked for */
    const um_model *first; /* that was asked for logits: the one to agree with */
} fake;

double __wrap_now_seconds(void);
um_status __real_um_model_load(um_model **model, um_context *context, const char *path);
um_status __wrap_um_model_load(um_model **model, um_context *context, const char *path);
um_status __real_um_session_step(um_session *session);
um_status __wrap_um_session_step(um_session *session);
um_status __real_um_session_get(const um_session *session, uint32_t image, um_session_view *view);
um_status __wrap_um_session_get(const um_session *session, uint32_t image, um_session_view *view);
um_status __real_um_logits(um_model *model, const int32_t *tokens, int32_t class_index, float *out);
um_status __wrap_um_logits(um_model *model, const int32_t *tokens, int32_t class_index, float *out);
um_status __real_um_decode(um_model *model, const int32_t *tokens, float *rgb);
um_status __wrap_um_decode(um_model *model, const int32_t *tokens, float *rgb);
double __wrap_um_longest_submission(um_context *context);
um_status __real_um_measure_limit(um_context *context, um_limit limit, double *work,
                                  double *seconds);
um_status __wrap_um_measure_limit(um_context *context, um_limit limit, double *work,
                                  double *seconds);

double __wrap_now_seconds(void) {
    return fake.now += fake.tick;
}

um_status __wrap_um_model_load(um_model **model, um_context *context, const char *path) {
    size_t size;
    void *bytes = tiny_model_build(NULL, &size);
    um_status status = um_model_load_memory(model, context, bytes, size, path);
    free(bytes);
    return status;
}

static bool is_second(const um_model *model) {
    fake.first = fake.first != NULL ? fake.first : model;
    return model != fake.first;
}

um_status __wrap_um_session_step(um_session *session) {
    if (fake.good_steps == 0 && fake.step != UM_OK) {
        return fake.step;
    }
    fake.good_steps -= fake.good_steps > 0;
    return __real_um_session_step(session);
}

um_status __wrap_um_session_get(const um_session *session, uint32_t image, um_session_view *view) {
    static int32_t changed[16];
    um_status status = __real_um_session_get(session, image, view);
    if (status == UM_OK && fake.changing_tokens && um_session_done(session)) {
        memcpy(changed, view->tokens, sizeof changed);
        changed[0] = (int32_t)(fake.drawings++ % 2);
        view->tokens = changed;
    }
    return status;
}

um_status __wrap_um_logits(um_model *model, const int32_t *tokens, int32_t class_index,
                           float *out) {
    um_status status = __real_um_logits(model, tokens, class_index, out);
    if (is_second(model) && fake.wrong_logits) {
        out[3] += 1.0f;
    }
    return status;
}

um_status __wrap_um_decode(um_model *model, const int32_t *tokens, float *rgb) {
    um_status status = __real_um_decode(model, tokens, rgb);
    if (is_second(model) && fake.wrong_picture) {
        rgb[7] += 0.01f;
    }
    return status;
}

double __wrap_um_longest_submission(um_context *context) {
    (void)context;
    const double seconds = fake.submission;
    fake.submission *= 0.5; /* as it is being tuned */
    return seconds;
}

um_status __wrap_um_measure_limit(um_context *context, um_limit limit, double *work,
                                  double *seconds) {
    (void)context;
    *work = limit == UM_LIMIT_COPY ? 5e9 : 2e9;
    *seconds = 0.5;
    if (limit == UM_LIMIT_FMA && fake.rate_count > 0) {
        const size_t last = fake.rate_count - 1;
        const size_t at = fake.rate_calls < last ? fake.rate_calls : last;
        *seconds = *work / (1e9 * fake.rates[at]);
        fake.rate_calls++;
    }
    return limit == UM_LIMIT_MATRIX ? UM_ERROR_NO_DEVICE : fake.limit;
}

/* ---------------------------------------------------------------- a whole run */

struct run {
    struct args args;
    struct bench_plan plan;
    struct bench_report report;
    struct bench_device device;
    um_status status;
    bool opened;
};

static void bench(struct run *r) {
    struct truth truths[2] = {{0}};
    memset(r, 0, sizeof *r);
    r->plan = (struct bench_plan){.args = &r->args,
                                  .model_path = "tiny",
                                  .class_text = "0",
                                  .seed = 1,
                                  .steps = STEPS,
                                  .runs = 4,
                                  .budget = fake.budget > 0 ? fake.budget : 1000};
    r->report.plan = &r->plan;
    r->opened = bench_device(&r->report, &r->device, "cpu", truths, &r->status);
    truth_free(&truths[0]);
    truth_free(&truths[1]);
    r->report.devices = calloc(1, sizeof *r->report.devices);
    assert_non_null(r->report.devices);
    r->report.devices[0] = r->device;
    r->report.device_count = 1;
}

static const struct bench_row *find(const struct run *r, const char *name) {
    for (size_t i = 0; i < r->device.count; i++) {
        if (strcmp(r->device.rows[i].name, name) == 0) {
            return &r->device.rows[i];
        }
    }
    return NULL;
}

static bool holds_word(const char *text, const char *word) {
    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word)) {
        const char before = at == text ? ' ' : at[-1], after = at[strlen(word)];
        if (strchr(" ,:|[", before) != NULL && strchr(" ,|]\r\n", after) != NULL) {
            return true;
        }
    }
    return false;
}

/* No number without a measurement, no measurement without numbers, in any form of the report. */
static void check_rows(struct run *r) {
    void (*const forms[])(struct buffer *, const struct bench_report *) = {print_markdown,
                                                                           print_csv, print_json};
    for (size_t i = 0; i < r->device.count; i++) {
        const struct bench_row *row = &r->device.rows[i];
        assert_true(row_measured(row) != (row->samples.count == 0));
        assert_true(row->state == ROW_OK || row->reason[0] != '\0');
        for (size_t k = 0; k < row->samples.count; k++) {
            assert_true(isfinite(row->samples.values[k]) && row->samples.values[k] > 0);
        }
    }
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct buffer out = {0};
        forms[i](&out, &r->report);
        assert_true(buffer_append(&out, "", 1));
        const char *text = (const char *)out.bytes;
        assert_false(holds_word(text, "nan") || holds_word(text, "-nan"));
        assert_false(holds_word(text, "inf") || holds_word(text, "0.00"));
        buffer_free(&out);
    }
}

static void close_run(struct run *r) {
    report_free(&r->report);
}

static int begin(void **state) {
    (void)state;
    memset(&fake, 0, sizeof fake);
    fake.tick = 0.001;
    fake.good_steps = -1;
    return 0;
}

static void test_numbers_of_a_steady_clock(void **state) {
    (void)state;
    struct run r;
    bench(&r);
    assert_true(r.opened);
    check_rows(&r);
    const struct bench_row *step = find(&r, "step, batch 1");
    assert_non_null(step);
    assert_int_equal(step->state, ROW_OK);
    assert_true(fabs(samples_median(&step->samples) - 1.0) < 1e-6); /* ms between two looks */
    assert_true(samples_variation(&step->samples) < 1e-6);
    assert_true(fabs(samples_median(&find(&r, "fma")->samples) - 4.0) < 1e-9);
    assert_true(fabs(samples_median(&find(&r, "copy")->samples) - 10.0) < 1e-9);
    assert_int_equal(find(&r, "matrix")->state, ROW_UNSUPPORTED);
    assert_true(step->flops > 0);
    const double share = row_share_of_limit(&r.device, step);
    assert_true(fabs(share - step->flops / 4e9 / 1e-3) < 1e-6 * share);
    close_run(&r);
}

/* The device's longest submission is that of the whole run, a row's that of its last sample. */
static void test_longest_submissions(void **state) {
    (void)state;
    struct run r;
    fake.submission = 0.25;
    bench(&r);
    check_rows(&r);
    const struct bench_row *first = find(&r, "picture, batch 1"),
                           *last = find(&r, "picture, batch 8");
    assert_true(r.device.submission == 0.25);
    assert_true(first->submission > last->submission && last->submission > 0);
    struct buffer out = {0};
    print_json(&out, &r.report);
    assert_true(buffer_append(&out, "", 1));
    assert_non_null(strstr((const char *)out.bytes, "\"longest_submission_ms\": 250"));
    buffer_free(&out);
    close_run(&r);
    begin(NULL);
    bench(&r); /* the CPU backend submits nothing */
    print_json(&out, &r.report);
    assert_true(buffer_append(&out, "", 1));
    assert_null(strstr((const char *)out.bytes, "longest_submission_ms"));
    buffer_free(&out);
    close_run(&r);
}

static void test_a_clock_that_stands_still(void **state) {
    (void)state;
    struct run r;
    fake.tick = 0;
    bench(&r);
    check_rows(&r);
    const struct bench_row *first = find(&r, "first picture, cold");
    assert_non_null(first);
    assert_int_equal(first->state, ROW_FAILED);
    assert_non_null(strstr(first->reason, "clock"));
    assert_null(find(&r, "picture, batch 1")); /* nothing goes on after that */
    close_run(&r);
}

static void test_a_device_that_is_lost(void **state) {
    (void)state;
    for (int good = 0; good < 40; good += 3) { /* in every phase */
        struct run r;
        begin(NULL);
        fake.good_steps = good;
        fake.step = UM_ERROR_DEVICE_LOST;
        bench(&r);
        check_rows(&r);
        size_t failed = r.opened ? 0 : 1;
        for (size_t i = 0; i < r.device.count; i++) {
            failed += r.device.rows[i].state == ROW_FAILED;
        }
        assert_true(failed > 0);
        close_run(&r);
    }
}

static void test_wrong_results_are_found(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct run r;
        begin(NULL);
        fake.wrong_logits = i == 0;
        fake.wrong_picture = i == 1;
        fake.changing_tokens = i == 2;
        bench(&r);
        check_rows(&r);
        size_t wrong = 0;
        for (size_t k = 0; k < r.device.count; k++) {
            wrong += r.device.rows[k].state == ROW_WRONG;
        }
        assert_true(wrong > 0);
        assert_true(i == 2 || find(&r, "picture, batch 1") == NULL);
        close_run(&r);
    }
}

static void limit(struct bench_device *device, const char *name, const char *unit, double value) {
    struct bench_row *row = report_row(device, GROUP_LIMIT, unit, "%s", name);
    assert_non_null(row);
    samples_add(&row->samples, value);
}

/* What runs in matrix units is held against their limit, the rest against the other one. */
static void test_share_of_the_matrix_limit(void **state) {
    (void)state;
    struct bench_device device = {0};
    limit(&device, "copy", "GB/s", 100);
    limit(&device, "fma", "GFLOP/s", 10);
    struct bench_row *row = report_row(&device, GROUP_KERNEL, "ms", "linear");
    assert_non_null(row);
    samples_add(&row->samples, 2);
    row->flops = 8e6;
    row->bytes = 4e6;
    struct bench_row kernel = *row; /* the array may move */
    assert_true(fabs(row_share_of_limit(&device, &kernel) - 0.4) < 1e-12);
    kernel.matrix_flops = 6e6;
    assert_true(fabs(row_share_of_limit(&device, &kernel) - 0.1) < 1e-12); /* no such limit */
    limit(&device, "matrix", "GFLOP/s", 40);
    assert_true(fabs(row_share_of_limit(&device, &kernel) - (0.1 + 0.075)) < 1e-12);
    kernel.matrix_flops = 8e6;
    assert_true(fabs(row_share_of_limit(&device, &kernel) - 0.1) < 1e-12);
    kernel.bytes = 100e6;
    assert_true(fabs(row_share_of_limit(&device, &kernel) - 0.5) < 1e-12);
    for (size_t i = 0; i < device.count; i++) {
        samples_free(&device.rows[i].samples);
    }
    free(device.rows);
}

static void test_limits_that_fail(void **state) {
    (void)state;
    struct run r;
    fake.limit = UM_ERROR_CHECK;
    bench(&r);
    check_rows(&r);
    assert_int_equal(find(&r, "fma")->state, ROW_WRONG);
    const struct bench_row *step = find(&r, "step, batch 1");
    assert_true(row_measured(step));
    assert_true(row_share_of_limit(&r.device, step) == 0); /* unknown, not infinite */
    close_run(&r);
}

static bool markdown_has(const struct run *r, const char *text) {
    struct buffer out = {0};
    print_markdown(&out, &r->report);
    assert_true(buffer_append(&out, "", 1));
    const bool found = strstr((const char *)out.bytes, text) != NULL;
    buffer_free(&out);
    return found;
}

/* On a busy machine most runs are slow: the figure shown is the one used, and it is measured until
 * three runs agree on it. */
static void test_limits_that_scatter(void **state) {
    (void)state;
    static const double busy[] = {50, 94, 212, 90, 95, 93, 100, 60, 210, 94, 208, 70};
    struct run r;
    fake.rates = busy;
    fake.rate_count = sizeof busy / sizeof busy[0];
    bench(&r);
    check_rows(&r);
    const struct bench_row *fma = find(&r, "fma"), *step = find(&r, "step, batch 1");
    assert_int_equal(fma->state, ROW_OK);
    assert_int_equal(fma->samples.count, 10); /* the first one warmed up */
    assert_true(fabs(row_value(fma) - 212) < 1e-9);
    assert_true(fabs(report_limit(&r.device, "fma") - 212e9) < 1);
    const double share = row_share_of_limit(&r.device, step);
    assert_true(fabs(share - step->flops / 212e9 / row_seconds(step)) < 1e-9 * share);
    assert_true(markdown_has(&r, "| fma, peak | 212 GFLOP/s, best |"));
    close_run(&r);

    static const double falling[] = {1000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 50};
    begin(NULL);
    fake.rates = falling;
    fake.rate_count = sizeof falling / sizeof falling[0];
    bench(&r);
    check_rows(&r);
    fma = find(&r, "fma");
    assert_int_equal(fma->state, ROW_UNSTABLE);
    assert_true(fma->samples.count == 40 && row_value(fma) > 899);
    assert_true(markdown_has(&r, "unstable: no three runs agree on the best one"));
    close_run(&r);
}

static void test_what_the_budget_leaves_out(void **state) {
    (void)state;
    struct run r;
    fake.budget = 0.05;
    bench(&r);
    check_rows(&r);
    const struct bench_row *row = find(&r, "picture, batch 32");
    assert_non_null(row);
    assert_int_equal(row->state, ROW_SKIPPED);
    assert_non_null(strstr(row->reason, "--budget"));
    assert_int_equal(find(&r, "matrix")->state, ROW_UNSUPPORTED);
    assert_true(markdown_has(&r, "skipped: would take"));
    close_run(&r);
}

/* ---------------------------------------------------------------- parts */

static void test_shares_above_one_say_why(void **state) {
    (void)state;
    struct bench_device device = {.info = {.name = "device"}};
    limit(&device, "copy", "GB/s", 100);
    limit(&device, "fma", "GFLOP/s", 10);
    static const struct {
        double flops, bytes; /* of 2 ms: at most 20e6 and 200e6 */
        unsigned shortcuts;
        const char *note;
    } cases[] = {
        {19e6, 190e6, SHORTCUT_WINOGRAD | SHORTCUT_NARROW, ""},
        {40e6, 190e6, SHORTCUT_WINOGRAD, "Winograd"},
        {40e6, 190e6, SHORTCUT_NARROW, "narrower"},
        {90e6, 190e6, SHORTCUT_WINOGRAD, "busier"}, /* Winograd saves three in four */
        {40e6, 190e6, 0, "busier"},
        {19e6, 210e6, SHORTCUT_WINOGRAD, "caches"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench_row *row = report_row(&device, GROUP_KERNEL, "ms", "row %zu", i);
        assert_non_null(row);
        samples_add(&row->samples, 2);
        row->flops = cases[i].flops;
        row->bytes = cases[i].bytes;
        row->shortcuts = cases[i].shortcuts;
        const char *note = row_share_note(&device, row);
        assert_true((note[0] == '\0') == (cases[i].note[0] == '\0'));
        assert_non_null(strstr(note, cases[i].note));
        assert_true((note[0] != '\0') == (row_share_of_limit(&device, row) > 1));
    }
    for (size_t i = 0; i < device.count; i++) {
        samples_free(&device.rows[i].samples);
    }
    free(device.rows);
}

static void add(struct samples *s, const double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        samples_add(s, values[i]);
    }
}

static void test_statistics(void **state) {
    (void)state;
    struct samples s = {0};
    assert_true(isnan(samples_median(&s)) && isnan(samples_mean(&s)));
    assert_true(isnan(samples_percentile(&s, 0.5)) && isnan(samples_variation(&s)));
    add(&s, (const double[]){4, 1, 3, 2}, 4);
    assert_true(samples_median(&s) == 2.5 && samples_mean(&s) == 2.5);
    assert_true(samples_least(&s) == 1 && samples_most(&s) == 4);
    assert_true(samples_percentile(&s, 0.95) == 4 && samples_percentile(&s, 0.5) == 2);
    assert_true(samples_percentile(&s, 0) == 1);
    assert_true(fabs(samples_variation(&s) - sqrt(5.0 / 3.0) / 2.5) < 1e-12);
    samples_free(&s);
}

static void test_judgement(void **state) {
    (void)state;
    static const struct {
        double values[3];
        size_t count;
        enum row_state expected;
    } cases[] = {
        {{1, 1.01, 0.99}, 3, ROW_OK},
        {{1, 1.2, 0.9}, 3, ROW_UNSTABLE},
        {{1}, 1, ROW_UNSTABLE},
        {{0}, 0, ROW_FAILED},
        {{1, 0, 1}, 3, ROW_FAILED},
        {{1, -1, 1}, 3, ROW_FAILED},
        {{1, HUGE_VAL, 1}, 3, ROW_FAILED},
    };
    struct bench_device device = {0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bench_row *row = report_row(&device, GROUP_PICTURE, "ms", "row %zu", i);
        assert_non_null(row);
        add(&row->samples, cases[i].values, cases[i].count);
        row_judge(row);
        assert_int_equal(row->state, cases[i].expected);
        assert_true(row_measured(row) || row->samples.count == 0);
        samples_free(&row->samples);
    }
    free(device.rows);
}

static void remember(void *arg, const char *path, const char *value) {
    struct buffer *out = arg;
    buffer_format(out, "%s=%s;", path, value);
}

static void test_json_walk(void **state) {
    (void)state;
    struct buffer out = {0};
    assert_true(json_walk(" {\"a\": [1, {\"b\": \"x\\\"y\"}, []], \"c\": {}, \"d\": null} ",
                          remember, &out));
    assert_true(buffer_append(&out, "", 1));
    assert_string_equal((const char *)out.bytes, "a.0=1;a.1.b=x\"y;d=null;");
    buffer_free(&out);
    static const char *const broken[] = {
        "",      "{",     "{\"a\"}", "{\"a\": }",
        "[1,]",  "[1 2]", "[1]x",    "{a: 1}",
        "[\"x]", "nul",   "}",       "[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        assert_false(json_walk(broken[i], remember, &out));
        buffer_free(&out);
    }
}

static void test_csv_quotes(void **state) {
    (void)state;
    const struct args args = {0};
    const struct bench_plan plan = {.args = &args};
    struct bench_device device = {.info = {.name = "a \"quick\", small\ndevice"}};
    struct bench_report report = {.plan = &plan, .devices = &device, .device_count = 1};
    struct bench_row *row = report_row(&device, GROUP_PICTURE, "ms", "plain");
    assert_non_null(row);
    row_fail(row, ROW_FAILED, "lost, \"gone\"");
    struct buffer out = {0};
    print_csv(&out, &report);
    assert_true(buffer_append(&out, "", 1));
    const char *line = strstr((const char *)out.bytes, "\r\n") + 2;
    assert_string_equal(line, "\"a \"\"quick\"\", small?device\",,,,,plain,failed,"
                              "\"lost, \"\"gone\"\"\",ms,0,,,,,,,,,,,,,,,\r\n");
    buffer_free(&out);
    free(device.rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_numbers_of_a_steady_clock, begin),
        cmocka_unit_test_setup(test_longest_submissions, begin),
        cmocka_unit_test_setup(test_a_clock_that_stands_still, begin),
        cmocka_unit_test_setup(test_a_device_that_is_lost, begin),
        cmocka_unit_test_setup(test_wrong_results_are_found, begin),
        cmocka_unit_test_setup(test_limits_that_fail, begin),
        cmocka_unit_test_setup(test_limits_that_scatter, begin),
        cmocka_unit_test_setup(test_what_the_budget_leaves_out, begin),
        cmocka_unit_test(test_shares_above_one_say_why),
        cmocka_unit_test(test_share_of_the_matrix_limit),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_judgement),
        cmocka_unit_test(test_json_walk),
        cmocka_unit_test(test_csv_quotes),
    };
    report_setup(true, 0);
    return cmocka_run_group_tests_name("bench", tests, NULL, NULL);
}
