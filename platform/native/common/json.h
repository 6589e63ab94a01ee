/* JSON: a writer for what the program prints, and a strict reader for flat objects (our metadata).
 * The writer takes any bytes as strings and writes valid UTF-8; a real that is no number is written
 * as null. */
#ifndef CLI_COMMON_JSON_H
#define CLI_COMMON_JSON_H

#include "common/buffer.h"

#include <stdint.h>

struct json {
    struct buffer *out;
    bool started; /* something stands before in the current object or array */
    bool pretty;  /* one line per member of the outermost object */
    int depth;
};

/* `key` names a member of an object; NULL inside arrays and for the outermost value. */
void json_open(struct json *json, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json *json, char bracket);                 /* '}' or ']' */
void json_text(struct json *json, const char *key, const char *value);
void json_whole(struct json *json, const char *key, uint64_t value);
/* A member of 64 bits, and beside it, as "<key>_text", its digits in a string: many readers keep
 * numbers as doubles, which end at 2^53. */
void json_exact(struct json *json, const char *key, uint64_t value);
void json_real(struct json *json, const char *key, double value); /* nine digits: measurements */
void json_float(struct json *json, const char *key, float value); /* shortest and exact: settings */
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
void json_raw(struct json *json, const char *key, const char *value); /* already JSON */

/* One string, or one number, true, false or null as written, at *at, which moves behind it. The
 * caller's (free); NULL if there is none. */
char *json_read_string(const char **at);
char *json_read_word(const char **at);

/* Calls `leaf` for every scalar of any JSON text with its path, for example
 * "devices.0.rows.2.unit". False if it is no JSON, is nested more than 16 deep, or memory has run
 * out. */
typedef void (*json_leaf_fn)(void *arg, const char *path, const char *value);
bool json_walk(const char *text, json_leaf_fn leaf, void *arg);

/* One member of a flat object. */
struct json_member {
    char *key,
        *value;  /* value: the string unescaped, or the number, true, false, null as written */
    bool quoted; /* the value was a string */
};

struct json_object {
    struct json_member *members; /* owned */
    size_t count;
};

/* Reads one object of strings, numbers, booleans and nulls (nothing nested, no key twice, nothing
 * after it, at most 128 members). False if it is anything else or memory has run out; the object is
 * then empty. */
bool json_read(struct json_object *object, const char *text);
void json_free(struct json_object *object);

/* The value of a member that is a string (quoted) or a number; NULL if there is none. */
const char *json_find(const struct json_object *object, const char *key, bool quoted);

#endif
