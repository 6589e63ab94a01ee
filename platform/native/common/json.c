/* The JSON writer. */
#include "common/json.h"

#include "common/clean.h"
#include "common/number.h"
#include "common/utf8.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* How many bytes stand for themselves. */
static size_t plain_length(const char *text) {
    size_t length = 0;
    while (text[length] >= ' ' && text[length] <= '~' && text[length] != '"' &&
           text[length] != '\\') {
        length++;
    }
    return length;
}

/* Appends what stands for the letter, or the byte that is none; returns its length. All that a
 * terminal would obey has four hexadecimal digits. */
static size_t put_letter(struct buffer *out, const char *text) {
    uint32_t letter;
    size_t size = utf8_read(text, &letter);
    if (size == 0) {
        buffer_text(out, "\xef\xbf\xbd"); /* U+FFFD */
        return 1;
    }
    if (letter == '"' || letter == '\\') {
        buffer_format(out, "\\%c", *text);
    } else if (letter == '\n') {
        buffer_text(out, "\\n");
    } else if (!clean_letter(letter)) {
        buffer_format(out, "\\u%04x", (unsigned)letter);
    } else {
        buffer_append(out, text, size);
    }
    return size;
}

/* Whatever the bytes are, the result is JSON in UTF-8. */
static void put_string(struct buffer *out, const char *text) {
    buffer_text(out, "\"");
    while (*text != '\0') {
        size_t plain = plain_length(text);
        buffer_append(out, text, plain);
        text += plain;
        text += *text != '\0' ? put_letter(out, text) : 0;
    }
    buffer_text(out, "\"");
}

static void begin(struct json *json, const char *key) {
    if (json->started) {
        buffer_text(json->out, json->pretty && json->depth == 1 ? "," : ", ");
    }
    if (json->pretty && json->depth == 1) {
        buffer_text(json->out, "\n  ");
    }
    if (key != NULL) {
        put_string(json->out, key);
        buffer_text(json->out, ": ");
    }
    json->started = true;
}

void json_open(struct json *json, const char *key, char bracket) {
    begin(json, key);
    buffer_append(json->out, &bracket, 1);
    json->started = false;
    json->depth++;
}

void json_close(struct json *json, char bracket) {
    json->depth--;
    if (json->pretty && json->depth == 0) {
        buffer_text(json->out, "\n");
    }
    buffer_append(json->out, &bracket, 1);
    json->started = true;
}

void json_text(struct json *json, const char *key, const char *value) {
    begin(json, key);
    put_string(json->out, value);
}

void json_whole(struct json *json, const char *key, uint64_t value) {
    begin(json, key);
    buffer_format(json->out, "%llu", (unsigned long long)value);
}

void json_exact(struct json *json, const char *key, uint64_t value) {
    char text[24], second[64];
    snprintf(text, sizeof text, "%llu", (unsigned long long)value);
    snprintf(second, sizeof second, "%s_text", key);
    json_whole(json, key, value);
    json_text(json, second, text);
}

void json_real(struct json *json, const char *key, double value) {
    if (!isfinite(value)) {
        json_null(json, key);
        return;
    }
    begin(json, key);
    buffer_format(json->out, "%.9g", value);
}

void json_float(struct json *json, const char *key, float value) {
    char text[NUMBER_TEXT];
    json_raw(json, key, isfinite(value) ? number_text(text, value) : "null");
}

void json_bool(struct json *json, const char *key, bool value) {
    begin(json, key);
    buffer_text(json->out, value ? "true" : "false");
}

void json_null(struct json *json, const char *key) {
    json_raw(json, key, "null");
}

void json_raw(struct json *json, const char *key, const char *value) {
    begin(json, key);
    buffer_text(json->out, value);
}
