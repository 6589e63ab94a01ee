/* SHA-256 against the examples of FIPS 180 and NIST's long message. */
#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void digest_of(const void *data, size_t bytes, size_t part, char hex[65]) {
    struct um_sha256 hash;
    um_sha256_init(&hash);
    for (size_t at = 0; at < bytes; at += part)
        um_sha256_update(&hash, (const char *)data + at, bytes - at < part ? bytes - at : part);
    um_sha256_hex(&hash, hex);
}

static void test_examples(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
         "m"
         "nopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char hex[65];
        digest_of(cases[i][0], strlen(cases[i][0]), 1 << 20, hex);
        assert_string_equal(hex, cases[i][1]);
    }
}

static void test_million(void **state) {
    (void)state;
    static char data[1000000];
    char hex[65];
    memset(data, 'a', sizeof data);
    digest_of(data, sizeof data, sizeof data, hex);
    assert_string_equal(hex, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Every length around the block size, in parts of every size, equals the digest in one go. */
static void test_parts(void **state) {
    (void)state;
    unsigned char data[200];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)(i * 37 + 11);
    for (size_t bytes = 0; bytes <= sizeof data; bytes++) {
        char whole[65], parts[65];
        digest_of(data, bytes, sizeof data, whole);
        for (size_t part = 1; part <= 130; part++) {
            digest_of(data, bytes, part, parts);
            assert_string_equal(parts, whole);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_million),
        cmocka_unit_test(test_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
