/* Limits, profiles, the CPU's second path and synthetic models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/op_info.h"
#include "base/mem.h"
#include "bench/synthetic.h"
#include "support/check.h"
#include "support/compare.h"
#include "support/tiny_model.h"

#include <unmask/measure.h>

enum { MAX_DEVICES = 10, ROWS = 64 };

struct side {
    um_context *context;
    um_model *model;
    struct check_log capture;
};

static void open_side(struct side *side, const char *device) {
    size_t size;
    void *bytes = tiny_model_build(NULL, &size);
    struct um_log log = check_log_start(&side->capture);
    um_context_params params = {.device = device, .log = log.fn, .log_user = log.user};
    um_status status = device ? um_context_create(&side->context, &params)
                              : um_context_create_second(&side->context, &params);
    assert_int_equal(status, UM_OK);
    assert_int_equal(um_model_load_memory(&side->model, side->context, bytes, size, "tiny"), UM_OK);
    free(bytes);
}

static void close_side(struct side *side) {
    um_model_unload(&side->model);
    um_context_destroy(&side->context);
}

/* Runs `test` on every device that is listed. */
static void on_each(void (*test)(struct side *side)) {
    um_device_info devices[MAX_DEVICES];
    size_t count = 0;
    assert_int_equal(um_devices(devices, MAX_DEVICES, &count, NULL, NULL), UM_OK);
    for (size_t i = 0; i < count && i < MAX_DEVICES; i++) {
        const char index[2] = {(char)('0' + i), '\0'};
        struct side side;
        open_side(&side, index);
        test(&side);
        close_side(&side);
    }
}

static void check_limits(struct side *side) {
    static const char *const names[] = {"copy GB/s", "fma GFLOP/s", "matrix GFLOP/s"};
    um_device_details details;
    um_context_details(side->context, &details);
    assert_true(details.paths[0] != '\0');
    for (int limit = UM_LIMIT_COPY; limit <= UM_LIMIT_MATRIX; limit++) {
        double work = 0, seconds = 0;
        um_status status = um_measure_limit(side->context, (um_limit)limit, &work, &seconds);
        if (limit == UM_LIMIT_MATRIX && status == UM_ERROR_NO_DEVICE) {
            assert_true(side->capture.text[0] != '\0');
            continue;
        }
        assert_int_equal(status, UM_OK);
        assert_true(work > 0 && seconds > 0 && isfinite(work / seconds));
        print_message("%s (%s): %.1f %s in %.1f ms\n", um_context_device(side->context)->name,
                      details.paths, 1e-9 * work / seconds, names[limit], 1e3 * seconds);
    }
}

static void test_limits(void **state) {
    (void)state;
    on_each(check_limits);
    assert_int_equal(um_measure_limit(NULL, UM_LIMIT_COPY, NULL, NULL), UM_ERROR_ARGUMENT);
}

/* Every op of a pass is counted once per layer that has it, and together they took the time of the
 * pass, which the host measures from outside. */
static void check_profile(struct side *side) {
    int32_t tokens[16];
    static float logits[16 * 32], again[16 * 32];
    um_profile_row rows[ROWS];
    size_t count = 0;
    memset(tokens, 0xff, sizeof tokens);
    assert_int_equal(um_profile_read(side->model, rows, ROWS, &count), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(side->model, tokens, 0, logits), UM_OK);
    assert_int_equal(um_profile_begin(side->model), UM_OK);
    assert_int_equal(um_profile_begin(side->model), UM_ERROR_ARGUMENT);
    for (int i = 0; i < 2; i++)
        if (um_logits(side->model, tokens, 0, again) != UM_OK)
            fail_msg("%s", side->capture.text);
    assert_memory_equal(logits, again, sizeof logits);
    assert_int_equal(um_profile_read(side->model, rows, ROWS, &count), UM_OK);
    uint64_t linear = 0, attention = 0;
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        linear += strcmp(rows[i].op, "linear") == 0 ? rows[i].calls : 0;
        attention += strcmp(rows[i].op, "attention") == 0 ? rows[i].calls : 0;
        assert_true(rows[i].bytes > 0 && rows[i].seconds >= 0 && rows[i].shape[0] != '\0');
        assert_string_not_equal(rows[i].op, "other");
        seconds += rows[i].seconds;
    }
    assert_int_equal(linear, 2 * (2 * 4 + 2)); /* four in each of two layers, two in the head */
    assert_int_equal(attention, 2 * 2);
    assert_true(seconds > 0 && seconds < 60);
    assert_int_equal(um_profile_read(side->model, rows, ROWS, &count), UM_OK);
    for (size_t i = 0; i < count; i++)
        assert_true(rows[i].calls == 0 && rows[i].seconds == 0);
    um_profile_end(side->model);
    assert_int_equal(um_profile_read(side->model, rows, ROWS, &count), UM_ERROR_ARGUMENT);
    assert_int_equal(um_logits(side->model, tokens, 0, again), UM_OK);
    assert_memory_equal(logits, again, sizeof logits);
    const bool submits = um_context_device(side->context)->kind != UM_DEVICE_CPU_BACKEND;
    assert_true((um_longest_submission(side->context) > 0) == submits);
    assert_true(um_longest_submission(side->context) == 0);
}

static void test_profile(void **state) {
    (void)state;
    on_each(check_profile);
}

/* Rows that the next step wants: the masked ones, with and without the class. */
static size_t wanted_rows(const um_session *session) {
    um_session_view view;
    size_t count = 0;
    assert_int_equal(um_session_get(session, 0, &view), UM_OK);
    for (size_t i = 0; i < 16; i++)
        count += view.tokens[i] < 0;
    return 2 * count;
}

/* A step computes the head for the masked positions only: the rows of a drawing say how many, and
 * what their mean costs. */
static void check_limited_rows(struct side *side) {
    const um_session_params params = {.sampling.steps = 3, .seed = 5, .sampling.cfg_scale = 2};
    um_session *session;
    um_profile_row rows[ROWS];
    size_t count = 0, least = 32, most = 0, all = 0;
    assert_int_equal(um_profile_begin(side->model), UM_OK);
    assert_int_equal(um_session_begin(&session, side->model, &params), UM_OK);
    for (unsigned i = 0; i < params.sampling.steps; i++) {
        const size_t wanted = wanted_rows(session);
        least = wanted < least ? wanted : least;
        most = wanted > most ? wanted : most;
        all += wanted;
        assert_int_equal(um_session_step(session), UM_OK);
    }
    assert_true(least < most);
    um_session_end(&session);
    assert_int_equal(um_profile_read(side->model, rows, ROWS, &count), UM_OK);
    char range[16];
    snprintf(range, sizeof range, "%zu-%zu x ", least, most);
    size_t linear = 0;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(rows[i].shape, range, strlen(range)) != 0)
            continue;
        unsigned in, out;
        char gelu[8] = "";
        assert_true(rows[i].calls % params.sampling.steps == 0);
        if (strcmp(rows[i].op, "linear") != 0)
            continue;
        assert_true(sscanf(rows[i].shape + strlen(range), "%u -> %u %7s", &in, &out, gelu) >= 2);
        const double each = out * (2.0 * in + (gelu[0] ? 10 : 0));
        const double right = each * (double)all / params.sampling.steps;
        assert_true(fabs(rows[i].flops - right) < 1e-9 * right);
        linear++;
    }
    assert_true(linear >= 2); /* to the embedding's width, and to the codes */
    um_profile_end(side->model);
}

static void test_limited_rows(void **state) {
    (void)state;
    on_each(check_limited_rows);
}

static void test_every_op_is_described(void **state) {
    (void)state;
    for (int kind = 0; kind < UM_OP_COUNT; kind++) {
        const struct um_op_info *info = um_op_info((enum um_op_kind)kind);
        assert_true(info->name && info->inputs[UM_IN_X] && info->shape);
        for (int other = 0; other < kind; other++)
            assert_string_not_equal(info->name, um_op_info((enum um_op_kind)other)->name);
    }
}

static void test_costs(void **state) {
    (void)state;
    char shape[72];
    const struct um_op linear = {.kind = UM_OP_LINEAR, .p.linear = {10, 20, 30, UM_ACT_NONE}};
    um_op_info(UM_OP_LINEAR)->shape(&linear, shape, sizeof shape);
    assert_string_equal(shape, "10 x 20 -> 30");
    assert_true(um_op_info(UM_OP_LINEAR)->flops(&linear) == 2 * 10 * 20 * 30);
    assert_true(um_op_weight_elements(&linear, 10000) == 600);
    const struct um_op conv = {.kind = UM_OP_CONV2D, .p.conv2d = {2, 4, 5, 6, 7, 3}};
    um_op_info(UM_OP_CONV2D)->shape(&conv, shape, sizeof shape);
    assert_string_equal(shape, "2 x 4 x 5 x 6 -> 7, 3x3");
    assert_true(um_op_info(UM_OP_CONV2D)->flops(&conv) == 2.0 * 9 * 6 * 7 * 2 * 4 * 5);
}

static void test_second_path_gives_the_same_bits(void **state) {
    (void)state;
    struct side second, fast;
    int32_t tokens[16];
    static float a[16 * 32], b[16 * 32];
    um_device_details details, others;
    memset(tokens, 0xff, sizeof tokens);
    open_side(&second, NULL);
    open_side(&fast, "cpu");
    um_context_details(second.context, &details);
    um_context_details(fast.context, &others);
    assert_true(details.threads >= 1 && details.threads == others.threads);
    assert_true(strcmp(details.paths, others.paths) != 0 || strcmp(details.paths, "portable") == 0);
    assert_int_equal(um_logits(second.model, tokens, 0, a), UM_OK);
    assert_int_equal(um_logits(fast.model, tokens, 0, b), UM_OK);
    assert_memory_equal(a, b, sizeof a);
    close_side(&second);
    close_side(&fast);
}

/* The loader checks structure and digests; here only that there are three of them and no fourth. */
static void test_synthetic(void **state) {
    (void)state;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    unsigned char *bytes[2];
    size_t size[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(um_synthetic_build("imagenet256", UM_Q8_0, &bytes[i], &size[i], &log),
                         UM_OK);
    assert_int_equal(size[0], size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    um_context *context;
    um_model *model;
    um_context_params params = {.device = "cpu", .log = log.fn, .log_user = log.user};
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    assert_int_equal(um_model_load_memory(&model, context, bytes[0], size[0], "synthetic"), UM_OK);
    const um_model_info *info = um_model_get_info(model);
    assert_string_equal(info->weight_type, "Q8_0");
    assert_int_equal(info->image_width, 256);
    assert_int_equal(info->transformer_layers, 24);
    assert_true(info->parameters > 220000000 && info->parameters < 240000000);
    um_model_unload(&model);
    assert_int_equal(um_model_load_synthetic(&model, context, "imagenet128", NULL),
                     UM_ERROR_ARGUMENT);
    assert_non_null(strstr(capture.text, "imagenet256"));
    assert_int_equal(um_model_load_synthetic(&model, context, "imagenet256", "q4"),
                     UM_ERROR_ARGUMENT);
    assert_non_null(strstr(capture.text, "q8_0"));
    assert_null(model);
    um_context_destroy(&context);
    um_free(bytes[0]);
    um_free(bytes[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),       cmocka_unit_test(test_profile),
        cmocka_unit_test(test_limited_rows), cmocka_unit_test(test_every_op_is_described),
        cmocka_unit_test(test_costs),        cmocka_unit_test(test_second_path_gives_the_same_bits),
        cmocka_unit_test(test_synthetic),
    };
    return cmocka_run_group_tests_name("measure", tests, NULL, NULL);
}
