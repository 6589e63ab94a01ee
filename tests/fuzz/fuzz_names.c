/* libFuzzer: any bytes as the name of a class. What is folded again stays the same; a text that is
 * found is found again by what it is folded to; a failed lookup says why. The classes are some of
 * those of tests/data/names.tsv: the fewer, the more texts are tried. */
#include "base/utf8.h"
#include "model/model_file.h"
#include "support/check.h"
#include "support/names.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_INPUT = 1 << 12, EVERY = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct names names;

static void read_classes(void) {
    if (!names_read(&names, UM_TEST_DATA "/names.tsv"))
        abort();
    size_t kept = 0;
    for (size_t i = 0; i < names.class_count; i += EVERY, kept++) {
        names.class_names[kept] = names.class_names[i];
        names.class_symbols[kept] = names.class_symbols[i];
    }
    names.class_count = kept;
}

static struct um_model_file classes(void) {
    if (!names.memory)
        read_classes();
    struct um_model_file file = {.class_names = names.class_names,
                                 .class_symbols = names.class_symbols};
    file.config.class_count = (uint32_t)names.class_count;
    return file;
}

/* A string in a block of its own size, so that AddressSanitizer guards its end. */
static char *string_of(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (!text)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

static char *folded(const char *text) {
    size_t length = um_fold(text, NULL, 0);
    char *out = malloc(length + 1);
    if (!out || um_fold(text, out, length + 1) != length || strlen(out) != length ||
        length > 3 * strlen(text))
        abort();
    return out;
}

/* Folding gives characters, no lone bytes. */
static void check_characters(const char *text) {
    size_t left = strlen(text);
    while (left) {
        uint32_t code;
        size_t step = um_utf8_read(text, left, &code);
        if (!step)
            abort();
        text += step;
        left -= step;
    }
}

/* The class, or -1. */
static int32_t look_up(const struct um_model_file *file, const char *text) {
    struct check_log capture;
    struct um_log log = check_log_start(&capture);
    int32_t found = -1;
    um_status status = um_model_file_find_class(file, text, &found, &log);
    bool good = status == UM_OK
                    ? found >= 0 && (uint32_t)found < file->config.class_count && capture.count == 0
                    : status == UM_ERROR_ARGUMENT && found == -1 && capture.count == 1;
    if (!good || strlen(capture.text) + 1 >= sizeof capture.text)
        abort();
    return found;
}

/* The name that the first half is, against the other as a query. */
static void check_match(const char *name, const char *query) {
    um_match match = um_class_match(query, name, "");
    if (match > UM_MATCH_EXACT || (strcmp(query, name) == 0 && *query && match != UM_MATCH_EXACT))
        abort();
    if (*query && match == UM_MATCH_NONE && strstr(name, query))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MAX_INPUT)
        return 0;
    struct um_model_file file = classes();
    char *text = string_of(data, size), *half = string_of(data + size / 2, size - size / 2);
    char *once = folded(text), *twice = folded(once), *query = folded(half);
    check_characters(once);
    if (strcmp(once, twice) != 0)
        abort();
    int32_t found = look_up(&file, text);
    if (found >= 0 && look_up(&file, once) != found)
        abort();
    check_match(once, query);
    check_match(once, once);
    free(text);
    free(half);
    free(once);
    free(twice);
    free(query);
    return 0;
}
