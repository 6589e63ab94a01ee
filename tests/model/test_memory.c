/* Memory: any single allocation may fail, hostile sizes allocate nothing, all of it comes back. */
#define _POSIX_C_SOURCE 200809L
#include "graph/layout.h"
#include "model/alloc_hook.h"
#include "model/image.h"
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

struct input {
    uint8_t *bytes;
    size_t size;
    const char *path; /* NULL = load from memory */
    uint8_t *block;   /* to be freed */
};

/* A model at an odd address, which the loader therefore has to copy. */
static struct input input_build(const struct tiny_model_options *options) {
    struct input input = {0};
    void *model = tiny_model_build(options, &input.size);
    input.block = malloc(input.size + 2);
    assert_non_null(input.block);
    input.bytes = input.block + ((uintptr_t)input.block % 2 ? 0 : 1);
    memcpy(input.bytes, model, input.size);
    free(model);
    return input;
}

static um_status load(const struct input *input, struct check_log *capture) {
    struct um_model_file model;
    struct um_log log = check_log_start(capture);
    um_status status = input->path ? um_model_file_open(&model, input->path, &reading, &log)
                                   : um_model_file_from_memory(&model, input->bytes, input->size,
                                                               "tiny", &reading, &log);
    um_model_file_close(&model);
    return status;
}

/* At least `fewest` allocations fail, each of them once. */
static void fail_each(const struct input *input, bool sticky, size_t fewest) {
    struct check_log capture;
    size_t failed = 0;
    for (size_t n = 1;; n++) {
        alloc_hook_reset();
        alloc_hook.fail_at = n;
        alloc_hook.sticky = sticky;
        um_status status = load(input, &capture);
        assert_int_equal(alloc_hook.live, 0);
        if (alloc_hook.calls < n) {
            assert_int_equal(status, UM_OK);
            break;
        }
        assert_int_equal(status, UM_ERROR_MEMORY);
        assert_int_equal(capture.count, 1);
        assert_non_null(strstr(capture.text, ": out of memory"));
        failed++;
    }
    assert_true(failed >= fewest);
}

static void test_memory_failures(void **state) {
    (void)state;
    struct input input = input_build(NULL);
    fail_each(&input, false, 3); /* the scratch list, the tables, the data */
    fail_each(&input, true, 3);
    free(input.block);
}

static void test_file_failures(void **state) {
    (void)state;
    char path[] = "/tmp/unmask-test-XXXXXX";
    struct input input = input_build(NULL);
    input.path = path;
    int handle = mkstemp(path);
    assert_true(handle >= 0);
    assert_int_equal(write(handle, input.bytes, (unsigned)input.size), (ssize_t)input.size);
    close(handle);
    fail_each(&input, false, 4); /* and the header */
    fail_each(&input, true, 4);
    unlink(path);
    free(input.block);
}

static void test_valid_stays_within(void **state) {
    (void)state;
    struct check_log capture;
    struct input input = input_build(NULL);
    alloc_hook_reset();
    assert_int_equal(load(&input, &capture), UM_OK);
    assert_int_equal(alloc_hook.live, 0);
    assert_true(alloc_hook.peak_bytes >= input.size / 2); /* the hook sees the data */
    assert_true(alloc_hook.peak_bytes <= input.size + (1 << 20));
    free(input.block);
}

/* The most classes a header can name costs pointers, not more. */
static void test_many_classes(void **state) {
    (void)state;
    struct tiny_model_options options = {.class_count = 25000};
    struct check_log capture;
    struct input input = input_build(&options);
    alloc_hook_reset();
    assert_int_equal(load(&input, &capture), UM_OK);
    assert_true(alloc_hook.peak_bytes <= input.size + (2 << 20));
    free(input.block);
}

static void refuse_without_memory(struct image *image, const char *what, const char *field) {
    alloc_hook_reset();
    image_refused(image, what, UM_ERROR_MODEL, field, "");
    assert_int_equal(alloc_hook.calls, 0);
}

static void test_hostile_sizes(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set(&image, 8, UINT64_MAX, 8);
    refuse_without_memory(&image, "2^64 tensors", "n_tensors");
    image = image_start(NULL);
    image_set(&image, 16, UINT64_MAX, 8);
    refuse_without_memory(&image, "2^64 keys", "n_kv");
    image = image_start(NULL);
    image_set(&image, image_value_at(&image, "general.name"), (uint64_t)1 << 40, 8);
    refuse_without_memory(&image, "string of 1 TiB", "general.name");
    image = image_start(NULL);
    image_set(&image, image_value_at(&image, "maskgit.class_names") + 4, (uint64_t)1 << 40, 8);
    refuse_without_memory(&image, "array of 2^40", "maskgit.class_names");
    image = image_start(NULL);
    image_set(&image, image_tensor_at(&image, "embd_norm.weight") + 4, 1u << 24, 8);
    refuse_without_memory(&image, "tensor of 64 MiB", "embd_norm.bias");
    image = image_start(NULL);
    image_set_u32(&image, "maskgit.class_count", 65536);
    refuse_without_memory(&image, "65536 classes without names", "maskgit.class_names");
    image = image_start(NULL);
    image.cut = image.data_bytes - 1;
    refuse_without_memory(&image, "data missing", "file size");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_failures),    cmocka_unit_test(test_file_failures),
        cmocka_unit_test(test_valid_stays_within), cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_hostile_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
