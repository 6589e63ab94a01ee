/* A strict reader of JSON. */
#include "fuzz/strict_json.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 64 };

/* Table 3-7: the bytes that may follow a first byte. 0: it may not stand first. */
static size_t sequence(const unsigned char *p, size_t left) {
    static const struct {
        unsigned char first, last, low, high, more;
    } rows[] = {
        {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2},
        {0xe1, 0xec, 0x80, 0xbf, 2}, {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2},
        {0xf0, 0xf0, 0x90, 0xbf, 3}, {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (p[0] < rows[i].first || p[0] > rows[i].last)
            continue;
        if (rows[i].more >= left)
            return 0;
        for (size_t k = 1; k <= rows[i].more; k++) {
            if (p[k] < (k == 1 ? rows[i].low : 0x80) || p[k] > (k == 1 ? rows[i].high : 0xbf))
                return 0;
        }
        return (size_t)rows[i].more + 1;
    }
    return 0;
}

bool strict_utf8(const char *bytes, size_t size) {
    for (size_t at = 0, step; at < size; at += step) {
        step = sequence((const unsigned char *)bytes + at, size - at);
        if (step == 0)
            return false;
    }
    return true;
}

/* The bytes of C0, DEL, C1, U+2028/9, and the marks of direction; line breaks are for layout. */
static bool harmless(const unsigned char *p, size_t size) {
    if (size == 1)
        return (p[0] >= 0x20 && p[0] != 0x7f) || p[0] == '\n';
    if (size == 2)
        return !(p[0] == 0xc2 && p[1] < 0xa0) && !(p[0] == 0xd8 && p[1] == 0x9c);
    if (size == 3 && p[0] == 0xe2 && p[1] == 0x80)
        return p[2] != 0x8e && p[2] != 0x8f && (p[2] < 0xa8 || p[2] > 0xae);
    return !(size == 3 && p[0] == 0xe2 && p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xaf);
}

struct reader {
    const char *at, *end;
    strict_string_fn string;
    void *arg;
};

static bool take(struct reader *r, char c) {
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

static void space(struct reader *r) {
    while (r->at < r->end && *r->at != '\0' && strchr(" \t\r\n", *r->at))
        r->at++;
}

static bool hex4(struct reader *r, uint32_t *value) {
    *value = 0;
    for (int i = 0; i < 4; i++) {
        static const char digits[] = "0123456789abcdef0123456789ABCDEF";
        const char *found = r->at < r->end && *r->at ? strchr(digits, *r->at) : NULL;
        if (!found)
            return false;
        *value = *value << 4 | (uint32_t)((found - digits) & 15);
        r->at++;
    }
    return true;
}

static size_t encode(char *out, uint32_t code) {
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size; i-- > 1; code >>= 6)
        out[i] = (char)(0x80 + code % 64);
    out[0] = (char)((size == 2 ? 0xc0 : size == 3 ? 0xe0 : 0xf0) + code);
    return size;
}

static bool escape(struct reader *r, char *out, size_t *length) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    uint32_t code, low;
    if (r->at == r->end || *r->at == '\0')
        return false;
    const char *found = strchr(from, *r->at);
    if (found) {
        r->at++;
        out[(*length)++] = to[found - from];
        return true;
    }
    if (!take(r, 'u') || !hex4(r, &code) || (code >= 0xdc00 && code <= 0xdfff))
        return false;
    if (code >= 0xd800 && code <= 0xdbff) {
        if (!take(r, '\\') || !take(r, 'u') || !hex4(r, &low) || low < 0xdc00 || low > 0xdfff)
            return false;
        code = 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00);
    }
    *length += encode(out + *length, code);
    return true;
}

static bool string(struct reader *r) {
    if (!take(r, '"'))
        return false;
    char *out = malloc((size_t)(r->end - r->at) + 4); /* an escape is longer than its letter */
    size_t length = 0;
    bool ok = out != NULL;
    while (ok && r->at < r->end && *r->at != '"') {
        if (*r->at == '\\') {
            r->at++;
            ok = escape(r, out, &length);
        } else {
            ok = (unsigned char)*r->at >= 0x20;
            out[length++] = *r->at++;
        }
    }
    ok = ok && take(r, '"');
    if (ok && r->string)
        r->string(r->arg, out, length);
    free(out);
    return ok;
}

static bool digits(struct reader *r) {
    const char *start = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
        r->at++;
    return r->at > start;
}

static bool number(struct reader *r) {
    take(r, '-');
    if (!take(r, '0') && !digits(r))
        return false;
    if (take(r, '.') && !digits(r))
        return false;
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+'))
            take(r, '-');
        return digits(r);
    }
    return true;
}

static bool word(struct reader *r) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(r->end - r->at) >= length && memcmp(r->at, words[i], length) == 0) {
            r->at += length;
            return true;
        }
    }
    return number(r);
}

static bool value(struct reader *r, int depth);

static bool members(struct reader *r, int depth, bool object) {
    char close = object ? '}' : ']';
    space(r);
    if (take(r, close))
        return true;
    do {
        space(r);
        if (object) {
            if (!string(r))
                return false;
            space(r);
            if (!take(r, ':'))
                return false;
        }
        if (!value(r, depth + 1))
            return false;
        space(r);
    } while (take(r, ','));
    return take(r, close);
}

static bool value(struct reader *r, int depth) {
    space(r);
    if (depth > DEPTH || r->at == r->end)
        return false;
    if (*r->at == '"')
        return string(r);
    if (take(r, '{'))
        return members(r, depth, true);
    return take(r, '[') ? members(r, depth, false) : word(r);
}

bool strict_json(const char *bytes, size_t size, strict_string_fn fn, void *arg) {
    struct reader r = {bytes, bytes + size, fn, arg};
    for (size_t at = 0, step; at < size; at += step) {
        step = sequence((const unsigned char *)bytes + at, size - at);
        if (step == 0 || !harmless((const unsigned char *)bytes + at, step))
            return false;
    }
    if (!value(&r, 0))
        return false;
    space(&r);
    return r.at == r.end;
}
