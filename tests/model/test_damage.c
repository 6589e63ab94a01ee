/* Every one-bit flip and every truncation of a header is refused with a message that names a field,
 * and within the memory limit; for a tiny model. Of the bundled one, one in a few. */
#include "base/file.h"
#include "graph/layout.h"
#include "model/alloc_hook.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/tiny_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

enum {
    LIMIT = 64 << 20, /* on top of the file's own size */
    ALL = 1,
    /* Of a header that is mostly names: coprime to 8, so each bit of a byte has its turn. */
    SOME = 7,
};

/* "NAME: FIELD: expected ..., found ..." with a FIELD that is not empty; of what is no model at all
 * without one. */
static bool names_field(const char *text) {
    static const char start[] = "file: ", foreign[] = "expected a model, found ";
    if (strncmp(text, start, sizeof start - 1) != 0)
        return false;
    const char *field = text + sizeof start - 1;
    if (strncmp(field, foreign, sizeof foreign - 1) == 0)
        return true;
    const char *end = strstr(field, ": expected ");
    return end && end > field && strstr(end, ", found ");
}

static void refuse(const uint8_t *bytes, size_t size, const char *what, size_t at) {
    struct um_model_file model;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    alloc_hook_reset();
    um_status status = um_model_file_from_memory(&model, bytes, size, "file", &reading, &log);
    um_model_file_close(&model);
    if (status != UM_ERROR_MODEL)
        fail_msg("%s %zu: status %d: %s", what, at, (int)status, capture.text);
    if (capture.count != 1 || !names_field(capture.text))
        fail_msg("%s %zu: %u messages, the last: %s", what, at, capture.count, capture.text);
    if (alloc_hook.peak_bytes > size + LIMIT || alloc_hook.live)
        fail_msg("%s %zu: %zu bytes allocated, %zu blocks left", what, at, alloc_hook.peak_bytes,
                 alloc_hook.live);
}

/* Where the data section starts: the file's end less what its tensors take. */
static size_t header_bytes(const uint8_t *bytes, size_t size) {
    struct um_model_file model;
    assert_int_equal(um_model_file_from_memory(&model, bytes, size, "file", &reading, NULL), UM_OK);
    const struct um_tensor *first = model.tensors, *last = first + model.tensor_count - 1;
    size_t data =
        (size_t)((const uint8_t *)last->data - (const uint8_t *)first->data) + last->bytes;
    um_model_file_close(&model);
    return size - data;
}

static void refuse_flips(uint8_t *bytes, size_t size, size_t step) {
    size_t bits = header_bytes(bytes, size) * 8;
    for (size_t bit = 0; bit < bits; bit += step) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        refuse(bytes, size, "bit", bit);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    print_message("%zu flipped bits refused\n", (bits + step - 1) / step);
}

/* Each length in a block of exactly that size, so that AddressSanitizer sees the first byte read
 * beyond it. */
static void refuse_truncations(const uint8_t *bytes, size_t size, size_t step) {
    size_t header = header_bytes(bytes, size);
    for (size_t length = 0; length <= header; length += step) {
        uint8_t *cut = malloc(length ? length : 1);
        assert_non_null(cut);
        memcpy(cut, bytes, length);
        refuse(cut, length, "length", length);
        free(cut);
    }
    print_message("%zu truncations refused\n", header / step + 1);
}

static void *tiny(int file_type, size_t *size) {
    struct tiny_model_options options = {.file_type = file_type};
    return tiny_model_build(&options, size);
}

/* With the least of everything, because its bits are many. */
static void *tiny_variant(const char *name, size_t *size) {
    struct tiny_model_options options = {.grid = 1, .layers = 1, .levels = 1};
    assert_true(tiny_model_variant(&options, name));
    return tiny_model_build(&options, size);
}

static void test_variants(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = tiny_variant("halton", &size);
    refuse_flips(bytes, size, ALL);
    free(bytes);
    bytes = tiny_variant("v1", &size);
    refuse_truncations(bytes, size, ALL);
    free(bytes);
}

static void test_tiny_flips(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = tiny(7, &size);
    refuse_flips(bytes, size, ALL);
    free(bytes);
}

static void test_tiny_truncations(void **state) {
    (void)state;
    size_t size;
    uint8_t *bytes = tiny(1, &size);
    refuse_truncations(bytes, size, ALL);
    free(bytes);
}

static uint8_t *bundled(size_t *size) {
    struct um_file file;
    struct um_file_error error;
    uint64_t bytes = 0;
    if (!um_file_open(&file, UM_ASSETS "/emoji-64.gguf", &error))
        fail_msg("assets/emoji-64.gguf cannot be opened");
    uint8_t *data = um_file_size(&file, &bytes) ? malloc((size_t)bytes) : NULL;
    bool read = data && um_file_read(&file, 0, data, (size_t)bytes);
    um_file_close(&file);
    assert_true(read);
    *size = (size_t)bytes;
    return data;
}

static void test_bundled_flips(void **state) {
    (void)state;
    size_t size = 0;
    uint8_t *bytes = bundled(&size);
    refuse_flips(bytes, size, SOME);
    free(bytes);
}

static void test_bundled_truncations(void **state) {
    (void)state;
    size_t size = 0;
    uint8_t *bytes = bundled(&size);
    refuse_truncations(bytes, size, SOME);
    free(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tiny_flips),
        cmocka_unit_test(test_tiny_truncations),
        cmocka_unit_test(test_variants),
        cmocka_unit_test(test_bundled_flips),
        cmocka_unit_test(test_bundled_truncations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
