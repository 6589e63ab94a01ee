/* The JSON writer. */
#include "common/json.h"

#include "common/number.h"

#include <math.h>
#include <string.h>

static void put_string(struct buffer *out, const char *text) {
    buffer_text(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\') {
            buffer_format(out, "\\%c", c);
        } else if (c == '\n') {
            buffer_text(out, "\\n");
        } else if (c < 0x20) {
            buffer_format(out, "\\u%04x", c);
        } else {
            buffer_append(out, text, 1);
        }
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
