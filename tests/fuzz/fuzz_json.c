/* libFuzzer: whatever strings, names of files and metadata go in, the JSON that comes out is read
 * by a strict reader, and says what went in. An input is one control byte and strings that NUL
 * ends. */
#include "fuzz/strict_json.h"

#include "cmd_info.h"
#include "common/clean.h"
#include "common/json.h"
#include "common/png_text.h"
#include "common/report.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_INPUT = 1 << 12, MAX_STRINGS = 512 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct given {
    char *text; /* owned, with a NUL at its end */
    size_t size, at;
};

static const char *next(struct given *in) {
    const char *string = in->text + in->at;
    size_t length = strlen(string);
    in->at = in->at + length < in->size ? in->at + length + 1 : in->size;
    return string;
}

static uint64_t next_bits(struct given *in) {
    uint64_t bits = 0;
    for (int i = 0; i < 8 && in->at < in->size; i++)
        bits = bits << 8 | (unsigned char)in->text[in->at++];
    return bits;
}

static double next_real(struct given *in) {
    uint64_t bits = next_bits(in);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void require(bool holds) {
    if (!holds)
        abort();
}

/* ---------------------------------------------------------------- the writer */

/* The strings that were written, in their order. */
struct expected {
    const char *strings[MAX_STRINGS];
    size_t count, seen;
};

/* Letter by letter; a byte that begins none must have become U+FFFD. */
static void compare(void *arg, const char *text, size_t length) {
    struct expected *expected = arg;
    require(expected->seen < expected->count);
    const char *source = expected->strings[expected->seen++];
    while (*source) {
        size_t step = 1, left = strlen(source);
        while (step < 4 && step <= left && !strict_utf8(source, step))
            step++;
        bool letter = step <= left && strict_utf8(source, step);
        const char *shown = letter ? source : "\xef\xbf\xbd";
        size_t bytes = letter ? step : 3;
        require(bytes <= length && memcmp(text, shown, bytes) == 0);
        text += bytes;
        length -= bytes;
        source += letter ? step : 1;
    }
    require(length == 0);
}

static const char *expect(struct expected *expected, const char *string) {
    if (string && expected->count < MAX_STRINGS)
        expected->strings[expected->count++] = string;
    return string;
}

static void put_value(struct json *json, struct given *in, struct expected *expected,
                      unsigned char what, const char *key) {
    switch (what % 6) {
    case 0:
        json_whole(json, key, next_bits(in));
        break;
    case 1:
        json_real(json, key, next_real(in));
        break;
    case 2:
        json_bool(json, key, what & 8);
        break;
    case 3:
        json_null(json, key);
        break;
    default:
        json_text(json, key, expect(expected, next(in)));
        break;
    }
}

static void write_anything(struct given *in) {
    static struct expected expected;
    struct buffer out = {0};
    char open[16];
    int depth = 0;
    expected.count = expected.seen = 0;
    struct json json = {.out = &out, .pretty = in->size & 1};
    json_open(&json, NULL, '{');
    open[depth++] = '}';
    while (in->at < in->size && expected.count + 2 < MAX_STRINGS) {
        unsigned char what = (unsigned char)in->text[in->at++];
        bool closing = what % 11 == 0 && depth > 1, opening = what % 11 == 1 && depth < 16;
        if (closing) {
            json_close(&json, open[--depth]);
            continue;
        }
        const char *key = open[depth - 1] == '}' ? expect(&expected, next(in)) : NULL;
        if (opening) {
            json_open(&json, key, what & 16 ? '{' : '[');
            open[depth++] = what & 16 ? '}' : ']';
        } else {
            put_value(&json, in, &expected, what >> 4 ^ what, key);
        }
    }
    while (depth > 0)
        json_close(&json, open[--depth]);
    require(strict_json((const char *)out.bytes, out.size, compare, &expected));
    require(expected.seen == expected.count);
    buffer_free(&out);
}

/* ---------------------------------------------------------------- metadata */

static void fill(char *room, size_t size, const char *text) {
    size_t length = strlen(text) < size ? strlen(text) : size - 1; /* within a letter, too */
    memcpy(room, text, length);
    room[length] = '\0';
}

static void fill_meta(struct meta *meta, struct given *in) {
    *meta = (struct meta){.seed = next_bits(in), .sampling.temperature = (float)next_real(in)};
    fill(meta->kind, sizeof meta->kind, next(in));
    fill(meta->class_name, sizeof meta->class_name, next(in));
    fill(meta->classes, sizeof meta->classes, next(in));
    fill(meta->schedule, sizeof meta->schedule, next(in));
    fill(meta->step_table, sizeof meta->step_table, next(in));
    fill(meta->model, sizeof meta->model, next(in));
    fill(meta->device, sizeof meta->device, next(in));
    fill(meta->model_sha256, sizeof meta->model_sha256, next(in));
}

static void check_picture(struct given *in, const struct meta *meta) {
    struct buffer out = {0};
    struct picture_file content = {.width = (uint32_t)in->size, .height = 1};
    const char *path = next(in), *parameters = next(in);
    content.parameters = *parameters ? png_text_utf8(parameters, in->size & 2) : NULL;
    info_picture_json(&out, path, &content, meta);
    require(strict_json((const char *)out.bytes, out.size, NULL, NULL));
    buffer_free(&out);
    free(content.parameters);
}

/* What the reader takes, damaged or not, is written as JSON and read as the same again. */
static void read_again(struct meta *meta, struct meta *again, const char *json, struct given *in) {
    struct buffer first = {0}, second = {0};
    if (meta_read(meta, json, "fuzz") != 0)
        return;
    check_picture(in, meta);
    meta_json(&first, meta);
    require(strict_json((const char *)first.bytes, first.size, NULL, NULL));
    require(buffer_append(&first, "", 1));
    if (meta_read(again, (const char *)first.bytes, "fuzz") == 0) { /* U+FFFD may need more room */
        meta_json(&second, again);
        require(second.size + 1 == first.size &&
                memcmp(first.bytes, second.bytes, second.size) == 0);
    }
    buffer_free(&first);
    buffer_free(&second);
}

static void write_metadata(struct given *in) {
    static struct meta meta, again;
    struct buffer out = {0};
    fill_meta(&meta, in);
    meta_json(&out, &meta);
    require(strict_json((const char *)out.bytes, out.size, NULL, NULL));
    require(buffer_append(&out, "", 1));
    check_picture(in, &meta);
    while (in->at + 3 <= in->size) { /* damage */
        size_t where =
            ((unsigned char)in->text[in->at] * 256U + (unsigned char)in->text[in->at + 1]);
        out.bytes[where % (out.size - 1)] = (unsigned char)in->text[in->at + 2];
        in->at += 3;
    }
    read_again(&meta, &again, (const char *)out.bytes, in);
    buffer_free(&out);
}

/* ---------------------------------------------------------------- texts of PNG files */

static void same_text(void *arg, const char *text, size_t length) {
    const char *expected = arg;
    require(strlen(expected) == length && memcmp(text, expected, length) == 0);
}

static void convert_text(struct given *in, bool international) {
    const char *raw = next(in);
    struct buffer out = {0};
    struct json json = {.out = &out};
    char *text = png_text_utf8(raw, international);
    require(text && strict_utf8(text, strlen(text)));
    require(!strict_utf8(raw, strlen(raw)) || strcmp(raw, text) == 0);
    json_text(&json, NULL, text);
    require(strict_json((const char *)out.bytes, out.size, same_text, text));
    clean_text(text);
    for (const char *c = text; *c; c++)
        require((unsigned char)*c >= ' ' && *c != 0x7f);
    buffer_free(&out);
    free(text);
}

static void say_nothing(const char *sentence) {
    (void)sentence;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1 || size > MAX_INPUT)
        return 0;
    report_redirect(say_nothing);
    struct given in = {.text = malloc(size), .size = size - 1};
    require(in.text != NULL);
    memcpy(in.text, data + 1, size - 1);
    in.text[size - 1] = '\0';
    if (data[0] % 16 == 0) /* the slowest by far */
        write_metadata(&in);
    else if (data[0] % 8 < 5)
        write_anything(&in);
    else
        convert_text(&in, data[0] % 8 == 5);
    free(in.text);
    return 0;
}
