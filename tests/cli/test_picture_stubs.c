/* Builds without libjpeg and libwebp: their stubs, linked here in place of the decoders. */
#include "input/picture_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void refused(const char *bytes, size_t size, const char *says) {
    struct picture_file file;
    char reason[160];
    assert_true(picture_file_recognised((const unsigned char *)bytes, size));
    for (int pixels = 0; pixels < 2; pixels++) {
        assert_false(picture_file_decode(&file, (const unsigned char *)bytes, size, pixels, reason,
                                         sizeof reason));
        assert_string_equal(reason, says);
        assert_null(file.rgba);
    }
}

static void known_but_not_read(void **state) {
    (void)state;
    refused("\xff\xd8\xff\xe0\0\x10JFIF", 10,
            "it is a JPEG picture, and this program was built without libjpeg");
    refused("RIFF\x10\0\0\0WEBPVP8 ", 16,
            "it is a WebP picture, and this program was built without libwebp");
}

static void the_others_are_named(void **state) {
    struct picture_file file;
    char reason[160];
    (void)state;
    assert_string_equal(picture_file_formats(), "PNG");
    assert_false(picture_file_decode(&file, (const unsigned char *)"GIF89a", 6, true, reason,
                                     sizeof reason));
    assert_string_equal(reason, "it is no picture of a kind that can be read (PNG)");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(known_but_not_read),
                                       cmocka_unit_test(the_others_are_named)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
