/* The container's rules, one broken at a time; each case is a bug class that some reader had. */
#include "model/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct number_case {
    const char *what, *field, *fragment;
    size_t at;
    uint64_t value;
    int bytes;
};

static void refuse_numbers(const struct number_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct image image = image_start(NULL);
        image_set(&image, cases[i].at, cases[i].value, cases[i].bytes);
        image_refused(&image, cases[i].what, UM_ERROR_MODEL, cases[i].field, cases[i].fragment);
    }
}
#define REFUSE_NUMBERS(cases) refuse_numbers(cases, sizeof(cases) / sizeof *(cases))

static void test_valid(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_accepted(&image, "unchanged");
}

static void test_counts(void **state) {
    (void)state;
    const struct number_case cases[] = {
        {"magic", "magic", "found bytes 47 47 4d 4c", 0, 0x4c4d4747, 4},
        {"version 2", "version", "expected 3, found 2", 4, 2, 4},
        {"version 4", "version", "expected 3, found 4", 4, 4, 4},
        {"big-endian", "version", "big-endian", 4, 0x03000000, 4},
        {"no tensors", "n_tensors", "found 0", 8, 0, 8},
        {"too many tensors", "n_tensors", "found 1025", 8, 1025, 8},
        {"tensor count whose table wraps", "n_tensors", "found 18446744073709551615", 8, UINT64_MAX,
         8},
        {"tensor count negative as int64", "n_tensors", "found 9223372036854775808", 8,
         (uint64_t)1 << 63, 8},
        {"no keys", "n_kv", "found 0", 16, 0, 8},
        {"too many keys", "n_kv", "found 129", 16, 129, 8},
        {"key count whose table wraps", "n_kv", "found 4611686018427387904", 16, (uint64_t)1 << 62,
         8},
    };
    REFUSE_NUMBERS(cases);
}

static void test_counts_beyond_the_file(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set(&image, 8, image_get(&image, 8, 8) + 1, 8);
    image_refused(&image, "one tensor more than there is", UM_ERROR_MODEL, "tensor 99", "name");
    image = image_start(NULL);
    image_set(&image, 16, image_get(&image, 16, 8) + 1,
              8); /* reads a tensor info as a key of type u16 */
    image_refused(&image, "one key more than there is", UM_ERROR_MODEL, "tensor 0", "");
    image = image_start(NULL);
    image_set(&image, 16, image_get(&image, 16, 8) - 1, 8);
    image_refused(&image, "one key fewer than there is", UM_ERROR_MODEL, "maskgit.sha256.data",
                  "dimensions");
}

static void test_keys(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t first = image_key_at(&image, "general.architecture");
    size_t name = image_key_at(&image, "general.name");
    size_t type = image_type_at(&image, "general.name");
    image_free(&image);
    const struct number_case cases[] = {
        {"empty key", "key 0", "1 to 63 bytes, found 0", first, 0, 8},
        {"key too long", "key 0", "1 to 63 bytes, found 64", first, 64, 8},
        {"key length that wraps the position", "key 0", "found 18446744073709551600", first,
         UINT64_MAX - 15, 8},
        {"capital letter in a key", "key 3", "byte 0x47", name + 8, 'G', 1},
        {"slash in a key", "key 3", "byte 0x2f", name + 8, '/', 1},
        {"NUL in a key", "key 3", "byte 0x00", name + 8, 0, 1},
        {"value type out of range", "general.name", "0 to 12, found 13", type, 13, 4},
        {"value type as a negative index", "general.name", "found 4294967295", type, UINT32_MAX, 4},
    };
    REFUSE_NUMBERS(cases);
}

static void test_duplicate_key(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    const uint8_t text[] = {1, 0, 0, 0, 0, 0, 0, 0, 'x'};
    image_add_key(&image, "general.name", 8, text, sizeof text);
    image_refused(&image, "same key twice", UM_ERROR_MODEL, "general.name", "twice");
}

static void test_strings(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t length = image_value_at(&image, "general.license"), text = length + 8;
    image_free(&image);
    const struct number_case cases[] = {
        {"string too long", "general.license", "65536 bytes, found 65537", length, 65537, 8},
        {"string length that wraps", "general.license", "found 18446744073709551615", length,
         UINT64_MAX, 8},
        {"string beyond the file", "general.license", "UTF-8", length, 65536, 8},
        {"NUL in a string", "general.license", "byte 0x00 at 2", text + 2, 0, 1},
        {"lone continuation byte", "general.license", "byte 0x80 at 0", text, 0x80, 1},
        {"byte that UTF-8 never has", "general.license", "byte 0xff at 0", text, 0xff, 1},
        {"overlong slash", "general.license", "byte 0xc0 at 0", text, 0xafc0, 2},
        {"overlong three bytes", "general.license", "byte 0xe0 at 0", text, 0x8080e0, 3},
        {"surrogate", "general.license", "byte 0xed at 0", text, 0x80a0ed, 3},
        {"above U+10FFFF", "general.license", "byte 0xf4 at 0", text, 0x808090f4, 4},
        {"sequence cut by the string's end", "general.license", "byte 0xc3 at 6", text + 6, 0xc3,
         1},
    };
    REFUSE_NUMBERS(cases);
}

static void test_arrays(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t element = image_value_at(&image, "maskgit.tokenizer.channel_multipliers");
    size_t names = image_value_at(&image, "maskgit.class_names");
    size_t null_class = image_value_at(&image, "maskgit.null_class");
    image_free(&image);
    static const char multipliers[] = "maskgit.tokenizer.channel_multipliers";
    const struct number_case cases[] = {
        {"array of arrays", multipliers, "found element type 9", element, 9, 4},
        {"array of an unknown type", multipliers, "found element type 13", element, 13, 4},
        {"array too long", multipliers, "65536 array elements, found 65537", element + 4, 65537, 8},
        {"array whose bytes wrap to 0", multipliers, "found 4611686018427387904", element + 4,
         (uint64_t)1 << 62, 8},
        {"array beyond the file", "maskgit.class_names", "", names + 4, 65536, 8},
        {"bool of 2", "maskgit.null_class", "found 2", null_class, 2, 1},
        {"bool of 255", "maskgit.null_class", "found 255", null_class, 255, 1},
    };
    REFUSE_NUMBERS(cases);
}

static void test_alignment(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t type = image_type_at(&image, "general.alignment");
    image_free(&image);
    const struct number_case cases[] = {
        {"alignment 0", "general.alignment", "expected 256, found 0", type + 4, 0, 4},
        {"alignment 32", "general.alignment", "expected 256, found 32", type + 4, 32, 4},
        {"alignment 512", "general.alignment", "expected 256, found 512", type + 4, 512, 4},
        {"alignment 2^30", "general.alignment", "found 1073741824", type + 4, 1u << 30, 4},
        {"alignment of another type", "general.alignment", "a u32, found type 5", type, 5, 4},
    };
    REFUSE_NUMBERS(cases);
}

static void test_foreign_file(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image_set_string(&image, "general.architecture", "llama");
    image_set_u32(&image, "general.alignment", 32); /* the architecture is what a user must hear */
    image_refused(&image, "another architecture", UM_ERROR_MODEL, "general.architecture",
                  "expected \"maskgit\", found \"llama\"");
    image = image_start(NULL);
    image_set_string(&image, "general.architecture", "\x1b[31mred");
    image_refused(&image, "terminal escapes", UM_ERROR_MODEL, "general.architecture",
                  "found \"?[31mred\"");
    image = image_start(NULL);
    image_set_u32(&image, "general.architecture", 1);
    image_refused(&image, "architecture of another type", UM_ERROR_MODEL, "general.architecture",
                  "a string, found type 4");
}

static void test_tensor_infos(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t name = image_key_at(&image, "embd_norm.weight"); /* tensor 2, (32) F32 at 7424 */
    size_t dims = image_tensor_at(&image, "embd_norm.weight"), dim = dims + 4;
    size_t type = dim + 8, offset = type + 4;
    size_t conv_type = image_tensor_at(&image, "enc.conv_in.weight") + 4 + 4 * 8;
    image_free(&image);
    static const char field[] = "embd_norm.weight";
    const struct number_case cases[] = {
        {"empty name", "tensor 2", "1 to 63 bytes, found 0", name, 0, 8},
        {"name too long", "tensor 2", "1 to 63 bytes, found 64", name, 64, 8},
        {"name length that wraps", "tensor 2", "found 18446744073709551615", name, UINT64_MAX, 8},
        {"quote in a name", "tensor 2", "byte 0x22 at 0", name + 8, '"', 1},
        {"no dimensions", field, "1 to 4 dimensions, found 0", dims, 0, 4},
        {"five dimensions", field, "found 5", dims, 5, 4},
        {"dimensions negative as int", field, "found 4294967295", dims, UINT32_MAX, 4},
        {"dimension 0", field, "found 0", dim, 0, 8},
        {"dimension above 2^24", field, "found 16777217", dim, (1u << 24) + 1, 8},
        {"dimension that wraps to a small size", field, "found 4398046511105", dim,
         ((uint64_t)1 << 42) + 1, 8},
        {"dimension negative as int64", field, "found 18446744073709551615", dim, UINT64_MAX, 8},
        {"type of a K-quant", field, "found 12", type, 12, 4},
        {"type as an index far away", field, "found 4294967295", type, UINT32_MAX, 4},
        {"Q8_0 with an innermost size of 3", "enc.conv_in.weight", "divisible by 32", conv_type, 8,
         4},
        {"misaligned offset", field, "expected offset 7424, found 7425", offset, 7425, 8},
        {"overlap", field, "expected offset 7424, found 0", offset, 0, 8},
        {"gap", field, "expected offset 7424, found 7680", offset, 7680, 8},
        {"offset beyond the file", field, "found 18446744073709551360", offset, UINT64_MAX - 255,
         8},
        {"declared larger than the data", "embd_norm.bias", "expected offset 67116288", dim,
         1u << 24, 8},
    };
    REFUSE_NUMBERS(cases);
}

/* Gives token_embd.weight four dimensions of these sizes. */
static void set_dims(struct image *image, const char *name, const uint32_t sizes[4]) {
    size_t at = image_tensor_at(image, name);
    size_t old = (size_t)image_get(image, at, 4) * 8;
    uint8_t dims[32] = {0};
    for (int i = 0; i < 4; i++)
        for (int b = 0; b < 4; b++)
            dims[8 * i + b] = (uint8_t)(sizes[i] >> (8 * b));
    image_set(image, at, 4, 4);
    image_splice(image, at + 4, old, dims, sizeof dims);
}

static void test_size_overflow(void **state) {
    (void)state;
    const uint32_t wrap_to_zero[] = {1u << 16, 1u << 16, 1u << 16, 1u << 16};
    const uint32_t largest[] = {1u << 24, 1u << 24, 1u << 24, 1u << 24};
    const uint32_t bytes_only[] = {1u << 24, 1u << 24, 1u << 13, 1}; /* 2^61 floats = 2^63 bytes */
    struct image image = image_start(NULL);
    set_dims(&image, "token_embd.weight", wrap_to_zero);
    image_refused(&image, "product of 2^64", UM_ERROR_MODEL, "token_embd.weight", "larger product");
    image = image_start(NULL);
    set_dims(&image, "token_embd.weight", largest);
    image_refused(&image, "product of 2^96", UM_ERROR_MODEL, "token_embd.weight", "larger product");
    image = image_start(NULL);
    set_dims(&image, "token_embd.weight", bytes_only);
    image_refused(&image, "2^63 bytes", UM_ERROR_MODEL, "token_embd.weight", "larger product");
}

/* Each tensor is legal, but the fourth one ends at 2^64. */
static void test_sum_overflow(void **state) {
    (void)state;
    static const char *const names[] = {"token_embd.weight", "position_embd.weight",
                                        "embd_norm.weight", "embd_norm.bias"};
    const uint32_t sizes[] = {1u << 24, 1u << 24, 1u << 12, 1}; /* 2^62 bytes */
    struct image image = image_start(NULL);
    for (uint64_t i = 0; i < 4; i++) {
        set_dims(&image, names[i], sizes);
        image_set(&image, image_tensor_at(&image, names[i]) + 4 + 32 + 4, i << 62, 8);
    }
    image_refused(&image, "sizes that add up to 2^64", UM_ERROR_MODEL, "embd_norm.bias",
                  "larger sum");
}

static void test_header_limit(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    uint8_t *value = malloc(8 + 65536);
    assert_non_null(value);
    memset(value, 'x', 8 + 65536);
    memcpy(value, "\0\0\1\0\0\0\0\0", 8); /* 65536 */
    char key[] = "general.aa";
    for (int i = 0; i < 16; i++) {
        key[9] = (char)('a' + i);
        image_add_key(&image, key, 8, value, 8 + 65536);
    }
    free(value);
    /* The sixteenth string still begins within the first MiB and ends after it. */
    image_refused(&image, "header above 1 MiB", UM_ERROR_MODEL, "general.ap",
                  "header of at most 1048576 bytes");
}

static void test_ends(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image.padding = 1;
    image_refused(&image, "header padding", UM_ERROR_MODEL, "header padding", "found 0x01");
    image = image_start(NULL);
    image.extra = 1;
    image_refused(&image, "one byte after the last tensor", UM_ERROR_MODEL, "file size", "");
    image = image_start(NULL);
    image.extra = 4096;
    image_refused(&image, "another file appended", UM_ERROR_MODEL, "file size", "");
    image = image_start(NULL);
    image.cut = 1;
    image_refused(&image, "last byte missing", UM_ERROR_MODEL, "file size", "");
    image = image_start(NULL);
    image.cut = image.data_bytes;
    image_refused(&image, "no data section", UM_ERROR_MODEL, "file size", "");
}

static void test_data_padding(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    size_t offset = image_tensor_at(&image, "embd_norm.weight") + 4 + 8 + 4;
    image.data[image_get(&image, offset, 8) + 32 * 4] = 7;
    image_refused(&image, "bytes hidden between tensors", UM_ERROR_MODEL, "embd_norm.weight",
                  "found 0x07");
}

static void test_digests(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image.keep_data_digest = true;
    image.data[5] ^= 1;
    image_refused(&image, "flipped weight bit", UM_ERROR_CHECK, "maskgit.sha256.data",
                  "weights are damaged");
    image = image_start(NULL);
    image.keep_header_digest = true;
    image.head[image_value_at(&image, "general.name") + 8] ^= 1;
    image_refused(&image, "flipped letter", UM_ERROR_MODEL, "maskgit.sha256.header",
                  "header is damaged");
    static const char *const keys[] = {"maskgit.sha256.header", "maskgit.sha256.data"};
    static const char *const bad[] = {
        "", "0123", "ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789",
        "000000000000000000000000000000000000000000000000000000000000000g",
        "00000000000000000000000000000000000000000000000000000000000000000"};
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            image = image_start(NULL);
            image_set_string(&image, keys[k], bad[i]);
            image.keep_header_digest = k == 0;
            image.keep_data_digest = k == 1;
            image_refused(&image, bad[i], UM_ERROR_MODEL, keys[k], "64 lowercase hex digits");
        }
        image = image_start(NULL);
        image_set_u32(&image, keys[k], 1);
        image_refused(&image, "digest of another type", UM_ERROR_MODEL, keys[k], "");
    }
}

static void test_almost_empty(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    image.cut = (image.head_bytes + 255) / 256 * 256 + image.data_bytes - 1;
    image_refused(&image, "almost empty file", UM_ERROR_MODEL, "magic",
                  "4 more bytes, found the end of the file after 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_counts_beyond_the_file),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_duplicate_key),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_arrays),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_foreign_file),
        cmocka_unit_test(test_tensor_infos),
        cmocka_unit_test(test_size_overflow),
        cmocka_unit_test(test_sum_overflow),
        cmocka_unit_test(test_header_limit),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_data_padding),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_almost_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
