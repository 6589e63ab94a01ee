/* The JSON reader: flat objects only, so it needs no recursion and no tree. */
#include "common/json.h"

#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { MEMBER_LIMIT = 128 };

static const char *skip_space(const char *at) {
    return at + strspn(at, " \t\r\n");
}

static int hex_digit(char c) {
    const char *digits = "0123456789abcdef";
    const char *found = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return found == NULL ? -1 : (int)(found - digits);
}

static bool read_hex(const char **at, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(**at);
        if (digit < 0) {
            return false;
        }
        *code = *code * 16 + (unsigned)digit;
        (*at)++;
    }
    return true;
}

/* After "\u": one code unit, or two that make a surrogate pair. NUL is refused. */
static bool read_unicode(const char **at, struct buffer *out) {
    unsigned code, low;
    if (!read_hex(at, &code) || code == 0 || (code >= 0xdc00 && code < 0xe000)) {
        return false;
    }
    if (code >= 0xd800 && code < 0xdc00) {
        if (strncmp(*at, "\\u", 2) != 0) {
            return false;
        }
        *at += 2;
        if (!read_hex(at, &low) || low < 0xdc00 || low >= 0xe000) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    char bytes[4];
    return buffer_append(out, bytes, utf8_write(bytes, code));
}

static bool read_escape(const char **at, struct buffer *out) {
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *found = **at == '\0' ? NULL : strchr(names, **at);
    if (**at == 'u') {
        (*at)++;
        return read_unicode(at, out);
    }
    if (found == NULL) {
        return false;
    }
    (*at)++;
    return buffer_append(out, &values[found - names], 1);
}

/* A string from its opening quote on; the result is NUL-terminated and belongs to the caller. */
char *json_read_string(const char **at) {
    struct buffer out = {0};
    bool ok = *(*at)++ == '"';
    while (ok && **at != '"') {
        unsigned char c = (unsigned char)**at;
        if (c < 0x20) {
            ok = false;
        } else if (c == '\\') {
            (*at)++;
            ok = read_escape(at, &out);
        } else {
            ok = buffer_append(&out, (*at)++, 1);
        }
    }
    if (!ok || !buffer_append(&out, "", 1)) {
        buffer_free(&out);
        return NULL;
    }
    (*at)++;
    return (char *)out.bytes;
}

/* A number, true, false or null, as written. */
char *json_read_word(const char **at) {
    size_t length = strspn(*at, "+-.0123456789abcdefghijklmnopqrstuvwxyzE");
    char *word = length > 0 ? malloc(length + 1) : NULL;
    if (word == NULL) {
        return NULL;
    }
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    bool named =
        strcmp(word, "true") == 0 || strcmp(word, "false") == 0 || strcmp(word, "null") == 0;
    char *end = word;
    if (!named && strspn(word, "-0123456789") > 0) {
        strtod(word, &end);
    }
    if (!named && (*end != '\0' || end == word)) {
        free(word);
        return NULL;
    }
    return word;
}

static bool read_member(struct json_object *object, const char **at) {
    struct json_member *member = &object->members[object->count];
    *member = (struct json_member){.key = json_read_string(at)};
    object->count++;
    if (member->key == NULL) {
        return false;
    }
    for (size_t i = 0; i + 1 < object->count; i++) {
        if (strcmp(object->members[i].key, member->key) == 0) {
            return false;
        }
    }
    *at = skip_space(*at);
    if (*(*at)++ != ':') {
        return false;
    }
    *at = skip_space(*at);
    member->quoted = **at == '"';
    member->value = member->quoted ? json_read_string(at) : json_read_word(at);
    if (member->value == NULL) {
        return false;
    }
    *at = skip_space(*at);
    return true;
}

static bool read_object(struct json_object *object, const char *at) {
    at = skip_space(at);
    if (*at++ != '{') {
        return false;
    }
    at = skip_space(at);
    bool more = *at != '}';
    while (more) {
        if (object->count == MEMBER_LIMIT || !read_member(object, &at)) {
            return false;
        }
        more = *at == ',';
        at = more ? skip_space(at + 1) : at;
    }
    return *at == '}' && *skip_space(at + 1) == '\0';
}

bool json_read(struct json_object *object, const char *text) {
    *object = (struct json_object){.members = calloc(MEMBER_LIMIT, sizeof *object->members)};
    bool ok = object->members != NULL && read_object(object, text);
    if (!ok) {
        json_free(object);
    }
    return ok;
}

void json_free(struct json_object *object) {
    for (size_t i = 0; i < object->count; i++) {
        free(object->members[i].key);
        free(object->members[i].value);
    }
    free(object->members);
    *object = (struct json_object){0};
}

const char *json_find(const struct json_object *object, const char *key, bool quoted) {
    for (size_t i = 0; i < object->count; i++) {
        if (strcmp(object->members[i].key, key) == 0 && object->members[i].quoted == quoted) {
            return object->members[i].value;
        }
    }
    return NULL;
}
