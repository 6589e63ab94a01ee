/* Files that are no models are told what they are, by the loader, for every program alike. */
#include "graph/layout.h"
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct um_reading reading = {.layout = um_weight_layout};

#define TAR_NAME_BYTES 257

static void expect(const char *bytes, size_t size, const char *kind) {
    struct um_model_file file;
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    assert_int_equal(um_model_file_from_memory(&file, bytes, size, "m.gguf", &reading, &log),
                     UM_ERROR_MODEL);
    assert_int_equal(capture.count, 1);
    if (!strstr(capture.text, kind))
        fail_msg("\"%s\" does not contain \"%s\"", capture.text, kind);
    assert_ptr_equal(strstr(capture.text, "m.gguf: "), capture.text);
}

/* The text is longer than what tells the kind, as a file is. */
static void expect_start(const char *start, size_t size, const char *kind) {
    char bytes[512] = {0};
    memcpy(bytes, start, size);
    expect(bytes, sizeof bytes, kind);
}

static void pointers_and_pages(void **state) {
    (void)state;
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\n"
                                  "oid sha256:0123456789abcdef\nsize 9876543\n";
    static const char *const pages[] = {
        "<!DOCTYPE html><html><head><title>404</title></head></html>", "\n\r\n  <HTML lang=\"en\">",
        "\xef\xbb\xbf<!doctype HTML>", "<head>", "<!-- moved -->"};
    expect(pointer, sizeof pointer - 1, "expected a model, found a Git LFS pointer");
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        expect(pages[i], strlen(pages[i]), "found a web page: the download failed");
    expect_start("<?xml version=\"1.0\"?><Error>", 28, "an XML document");
    expect("{\"error\": \"not found\"}", 22, "JSON text");
}

static void other_formats(void **state) {
    (void)state;
    static const struct {
        const char *start;
        size_t size;
        const char *kind;
    } cases[] = {
        {"\x1f\x8b\x08\x00", 4, "packed with gzip: unpack it first"},
        {"\x28\xb5\x2f\xfd", 4, "packed with zstd"},
        {"\xfd"
         "7zXZ",
         6, "packed with xz"},
        {"BZh9", 4, "packed with bzip2"},
        {"7z\xbc\xaf\x27\x1c", 6, "a 7z archive"},
        {"PK\x03\x04", 4, "a zip archive, perhaps a checkpoint of PyTorch"},
        {"\x80\x02}q\x00", 5, "a Python pickle"},
        {"\x80\x04\x95\x10", 4, "a Python pickle"},
        {"\x20\0\0\0\0\0\0\0{\"a\"", 13, "a safetensors file: tools/convert.py"},
        {"\x89PNG\r\n\x1a\n", 8, "a PNG picture"},
        {"\xff\xd8\xff\xe0", 4, "a JPEG picture"},
        {"RIFF\x10\0\0\0WEBP", 12, "a WebP picture"},
        {"GIF89a", 6, "a GIF picture"},
        {"%PDF-1.7", 8, "a PDF document"},
        {"\x89HDF\r\n\x1a\n", 8, "an HDF5 file"},
        {"tjgg\x01\0\0\0", 8, "a GGML file, the format before GGUF"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_start(cases[i].start, cases[i].size, cases[i].kind);
    char tar[512] = "folder/model.gguf";
    memcpy(tar + TAR_NAME_BYTES, "ustar", 5);
    expect(tar, sizeof tar, "a tar archive");
}

static void what_cannot_be_named(void **state) {
    (void)state;
    expect("", 0, "an empty file");
    expect("GGU", 3, "magic: expected 4 more bytes");
    expect_start("Hello", 5, "expected \"GGUF\", found bytes 48 65 6c 6c");
    expect("\xff\0\0\0\0\0\0\0{\"", 10, "expected \"GGUF\""); /* longer than the file */
    expect("\x80\x07", 2, "magic");
}

/* Every beginning of every kind: nothing is read behind it (the sanitizer looks). */
static void short_files(void **state) {
    (void)state;
    static const char *const texts[] = {"version https://git-lfs.github.com/spec/v1",
                                        "<!doctype html",
                                        "  <html",
                                        "\xef\xbb\xbf<html",
                                        "\x20\1\1\1\1\1\1\1{\"",
                                        "\x89PNG\r\n\x1a\n",
                                        "PK\x03\x04",
                                        "GGUF"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        for (size_t size = 0; size <= strlen(texts[i]); size++) {
            char *exact = malloc(size ? size : 1);
            assert_non_null(exact);
            memcpy(exact, texts[i], size);
            expect(exact, size, "m.gguf: ");
            free(exact);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_and_pages),
        cmocka_unit_test(other_formats),
        cmocka_unit_test(what_cannot_be_named),
        cmocka_unit_test(short_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
