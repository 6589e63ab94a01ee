/* Memory: any single allocation may fail, hostile sizes allocate nothing, all of it comes back. */
#include "model/alloc_hook.h"
#include "model/image.h"
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static um_status load(const uint8_t *bytes, size_t size, struct check_log *capture) {
    struct um_model_file model;
    struct um_log log = check_log_start(capture);
    um_status status = um_model_file_from_memory(&model, bytes, size, "tiny", &log);
    um_model_file_close(&model);
    return status;
}

static void fail_each(bool sticky) {
    struct check_log capture;
    size_t size, failed = 0;
    uint8_t *bytes = tiny_model_build(NULL, &size);
    for (size_t n = 1;; n++) {
        alloc_hook_reset();
        alloc_hook.fail_at = n;
        alloc_hook.sticky = sticky;
        um_status status = load(bytes, size, &capture);
        assert_int_equal(alloc_hook.live, 0);
        if (alloc_hook.calls < n) {
            assert_int_equal(status, UM_OK);
            break;
        }
        assert_int_equal(status, UM_ERROR_MEMORY);
        assert_int_equal(capture.count, 1);
        assert_non_null(strstr(capture.text, "tiny: out of memory"));
        failed++;
    }
    assert_true(failed >= 3); /* the scratch list, the tables, the data */
    free(bytes);
}

static void test_single_failures(void **state) {
    (void)state;
    fail_each(false);
}

static void test_sticky_failures(void **state) {
    (void)state;
    fail_each(true);
}

static void test_valid_stays_within(void **state) {
    (void)state;
    struct check_log capture;
    size_t size;
    uint8_t *bytes = tiny_model_build(NULL, &size);
    alloc_hook_reset();
    assert_int_equal(load(bytes, size, &capture), UM_OK);
    assert_int_equal(alloc_hook.live, 0);
    assert_true(alloc_hook.peak_bytes >= size / 2); /* the hook sees the data */
    assert_true(alloc_hook.peak_bytes <= size + (1 << 20));
    free(bytes);
}

/* The most classes a header can name costs pointers, not more. */
static void test_many_classes(void **state) {
    (void)state;
    struct tiny_model_options options = {.class_count = 25000};
    struct check_log capture;
    size_t size;
    uint8_t *bytes = tiny_model_build(&options, &size);
    alloc_hook_reset();
    assert_int_equal(load(bytes, size, &capture), UM_OK);
    assert_true(alloc_hook.peak_bytes <= size + (2 << 20));
    free(bytes);
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
        cmocka_unit_test(test_single_failures),    cmocka_unit_test(test_sticky_failures),
        cmocka_unit_test(test_valid_stays_within), cmocka_unit_test(test_many_classes),
        cmocka_unit_test(test_hostile_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
