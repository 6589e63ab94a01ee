/* What a loaded model holds, and what happens when its file misbehaves. Linked with
 * -Wl,--wrap=um_file_read, so that the file can change between two reads. */
#define _POSIX_C_SOURCE 200809L
#include "base/file.h"
#include "base/half.h"
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/tiny_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

bool __real_um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes);
bool __wrap_um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes);

static struct {
    const char *path; /* NULL = leave the file alone */
    int at_call;      /* change it before this read, counted from 1 */
    off_t size;       /* to this size; -1 = fail the read */
    int calls;
} change;

bool __wrap_um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes) {
    if (change.path && ++change.calls == change.at_call) {
        if (change.size < 0)
            return false;
        assert_int_equal(truncate(change.path, change.size), 0);
    }
    return __real_um_file_read(file, offset, data, bytes);
}

static const char *write_file(const void *bytes, size_t size) {
    static char path[] = "/tmp/unmask-test-XXXXXX";
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_int_equal(write(handle, bytes, size), (ssize_t)size);
    close(handle);
    return path;
}

static void check_config(const struct um_config *c) {
    assert_int_equal(c->image_width, 16);
    assert_int_equal(c->image_height, 16);
    assert_int_equal(um_config_positions(c), 16);
    assert_int_equal(c->codebook_size, 32);
    assert_int_equal(c->codebook_dim, 8);
    assert_int_equal(c->class_count, 5);
    assert_true(c->null_class);
    assert_int_equal(um_config_rows(c), 32 + 5 + 1 + 1);
    assert_int_equal(c->transformer.dim, 32);
    assert_int_equal(c->transformer.layers, 2);
    assert_int_equal(c->transformer.heads, 2);
    assert_int_equal(c->transformer.mlp_dim, 64);
    assert_true(c->transformer.norm_epsilon == 1e-12f);
    assert_int_equal(c->transformer.gelu, UM_GELU_TANH);
    assert_int_equal(c->tokenizer.levels, 3);
    assert_int_equal(c->tokenizer.channels[0], 8);
    assert_int_equal(c->tokenizer.channels[2], 16);
    assert_int_equal(c->tokenizer.res_blocks, 1);
    assert_int_equal(c->tokenizer.norm_groups, 4);
    assert_true(c->tokenizer.norm_epsilon == 1e-6f);
    assert_int_equal(c->sampler.steps, 8);
    assert_int_equal(c->sampler.schedule, UM_SCHEDULE_COSINE);
    assert_true(c->sampler.choice_temperature == 4.5f);
    assert_true(c->sampler.temperature == 1 && c->sampler.cfg_scale == 1);
}

/* Tensor bytes are those at the end of the file, and together with gaps all of them. */
static void check_tensors(const struct um_model_file *model, const uint8_t *bytes, size_t size) {
    const struct um_tensor *last = &model->tensors[model->tensor_count - 1];
    const uint8_t *data = model->tensors[0].data;
    size_t data_bytes = (size_t)((const uint8_t *)last->data - data) + last->bytes;
    uint64_t parameters = 0;
    assert_memory_equal(data, bytes + size - data_bytes, data_bytes);
    for (uint32_t i = 0; i < model->tensor_count; i++) {
        const struct um_tensor *t = &model->tensors[i];
        assert_int_equal(((const uint8_t *)t->data - data) % 256, 0);
        assert_int_equal((uintptr_t)t->data % 64, 0);
        parameters += um_tensor_elements(t);
    }
    assert_int_equal(model->parameters, parameters);
    assert_int_equal(model->file_bytes, size);
}

static void test_contents(void **state) {
    (void)state;
    struct um_model_file model;
    size_t size;
    uint8_t *bytes = tiny_model_build(NULL, &size);
    assert_int_equal(um_model_file_from_memory(&model, bytes, size, "tiny", &reading, NULL), UM_OK);
    check_config(&model.config);
    check_tensors(&model, bytes, size);
    free(bytes); /* nothing may point into it from here on */
    assert_int_equal(model.tensor_count, 99);
    assert_string_equal(model.tensors[0].name, "token_embd.weight");
    assert_string_equal(model.class_names[0], "class 0");
    assert_string_equal(model.class_names[4], "class 4");
    assert_string_equal(model.class_symbols[0], "\xf0\x9f\x98\x80");
    assert_string_equal(model.name, "tiny");
    assert_string_equal(model.license, "CC0-1.0");
    assert_string_equal(model.description, "random weights for tests");
    assert_int_equal(strlen(model.sha256_data), 64);
    um_model_file_close(&model);
    um_model_file_close(&model);
}

static void test_variants(void **state) {
    (void)state;
    const struct tiny_model_options variants[] = {
        {.file_type = 1},
        {.file_type = 7, .seed = 3},
        {.no_null_class = true, .gelu_erf = true},
        {.grid = 3, .levels = 1, .channels = 12, .norm_groups = 3, .class_count = 1},
        {.levels = 5, .res_blocks = 2, .dim = 96, .heads = 3, .layers = 5, .codebook_dim = 3},
    };
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        struct um_model_file model;
        struct check_log capture;
        struct um_log log = check_log_start(&capture);
        size_t size;
        uint8_t *bytes = tiny_model_build(&variants[i], &size);
        um_status status = um_model_file_from_memory(&model, bytes, size, "tiny", &reading, &log);
        if (status != UM_OK)
            fail_msg("variant %zu: %s", i, capture.text);
        check_tensors(&model, bytes, size);
        free(bytes);
        um_model_file_close(&model);
    }
}

/* The same weights in another type are near: half a unit of an 11-bit mantissa, or half a step of
 * the block's 127. */
static void test_types_agree(void **state) {
    (void)state;
    static const int types[] = {0, 1, 7};
    float rows[3][32];
    for (int i = 0; i < 3; i++) {
        struct tiny_model_options options = {.file_type = types[i]};
        struct um_model_file model;
        size_t size;
        void *bytes = tiny_model_build(&options, &size);
        assert_int_equal(um_model_file_from_memory(&model, bytes, size, "tiny", &reading, NULL),
                         UM_OK);
        um_tensor_to_float(&model.tensors[0], 64, 32, rows[i]);
        um_model_file_close(&model);
        free(bytes);
    }
    float largest = 0;
    for (int k = 0; k < 32; k++)
        largest = rows[0][k] > largest ? rows[0][k] : -rows[0][k] > largest ? -rows[0][k] : largest;
    assert_true(largest > 0.1f);
    for (int k = 0; k < 32; k++) {
        float f16 = rows[1][k] - rows[0][k], q8 = rows[2][k] - rows[0][k];
        assert_true((f16 < 0 ? -f16 : f16) <= largest * 0x1p-11f);
        assert_true((q8 < 0 ? -q8 : q8) <= largest / 127 * 0.51f); /* the scale itself is rounded */
    }
}

static void test_open(void **state) {
    (void)state;
    struct um_model_file model;
    size_t size;
    uint8_t *bytes = tiny_model_build(NULL, &size);
    const char *path = write_file(bytes, size);
    assert_int_equal(um_model_file_open(&model, path, &reading, NULL), UM_OK);
    check_config(&model.config);
    check_tensors(&model, bytes, size);
    um_model_file_drop_data(&model);
    assert_null(model.tensors[0].data);
    assert_string_equal(model.tensors[0].name, "token_embd.weight");
    assert_string_equal(model.class_names[1], "class 1");
    um_model_file_close(&model);
    unlink(path);
    free(bytes);
}

static void refuse_path(const char *path, um_status status, const char *fragment) {
    struct um_model_file model;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    assert_int_equal(um_model_file_open(&model, path, &reading, &log), status);
    assert_int_equal(capture.count, 1);
    if (!strstr(capture.text, fragment))
        fail_msg("\"%s\" does not contain \"%s\"", capture.text, fragment);
    um_model_file_close(&model);
}

static void test_no_file(void **state) {
    (void)state;
    refuse_path("/nonexistent/model.gguf", UM_ERROR_MODEL,
                "/nonexistent/model.gguf: expected a model file, found: no such file");
    refuse_path("", UM_ERROR_MODEL, "no such file");
    refuse_path("/", UM_ERROR_MODEL, "not a regular file");
    refuse_path("/dev/zero", UM_ERROR_MODEL, "not a regular file");
    const char *path = write_file("", 0);
    refuse_path(path, UM_ERROR_MODEL, "an empty file");
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0); /* opening it must not wait for a writer */
    refuse_path(path, UM_ERROR_MODEL, "not a regular file");
    unlink(path);
}

/* A long path is shortened from the front, so that the field is still there. */
static void test_long_name(void **state) {
    (void)state;
    struct um_model_file model;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    char name[3000];
    memset(name, 'd', sizeof name);
    memcpy(name + sizeof name - 9, "/x.gguf", 8);
    assert_int_equal(um_model_file_from_memory(&model, "GGUF\2\0\0\0", 8, name, &reading, &log),
                     UM_ERROR_MODEL);
    assert_non_null(strstr(capture.text, "/x.gguf: version: expected 3, found 2"));
    assert_memory_equal(capture.text, "...ddd", 6);
}

static void test_file_changes(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = tiny_model_build(NULL, &size);
    const struct {
        int at_call;
        off_t size;
    } cases[] = {
        {1, 0},
        {1, 100},
        {1, -1}, /* before the header is read */
        {2, 0},
        {2, 9000},
        {2, (off_t)size - 1}, /* between header and data */
        {2, -1},
        {2, (off_t)size + 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *path = write_file(bytes, size);
        memset(&change, 0, sizeof change);
        change.at_call = cases[i].at_call;
        change.size = cases[i].size;
        change.path = path;
        refuse_path(path, UM_ERROR_IO, "the file changed");
        change.path = NULL;
        unlink(path);
    }
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contents),     cmocka_unit_test(test_variants),
        cmocka_unit_test(test_types_agree),  cmocka_unit_test(test_open),
        cmocka_unit_test(test_no_file),      cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_file_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
