/* Finding a class by what a person types, and what to offer when that fails. */
#include "model/model_file.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OFFERS = 6, COMPARED_BYTES = 64 };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool equal_names(const char *a, const char *b) {
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool has_part(const char *name, const char *part) {
    size_t length = strlen(part);
    for (size_t left = strlen(name); left >= length; left--, name++) {
        size_t i = 0;
        while (i < length && lower(name[i]) == lower(part[i]))
            i++;
        if (i == length)
            return true;
    }
    return false;
}

/* Past any U+FE0F: keyboards and data sets disagree on whether an emoji ends with that selector. */
static const char *skip_selector(const char *text) {
    while (strncmp(text, "\xef\xb8\x8f", 3) == 0)
        text += 3;
    return text;
}

static bool equal_symbols(const char *a, const char *b) {
    for (;;) {
        a = skip_selector(a);
        b = skip_selector(b);
        if (*a != *b || !*a)
            return *a == *b;
        a++;
        b++;
    }
}

static bool is_number(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

static um_status find_index(const struct um_model_file *file, const char *text,
                            int32_t *class_index, const struct um_log *log) {
    uint32_t count = file->config.class_count, value = 0;
    for (const char *c = text; *c && value < count; c++)
        value = value * 10 + (uint32_t)(*c - '0'); /* count <= 65536: no overflow */
    if (value >= count)
        return um_fail(log, UM_ERROR_ARGUMENT, "class %.40s: expected an index of 0 to %" PRIu32,
                       text, count - 1);
    *class_index = (int32_t)value;
    return UM_OK;
}

/* Fewest insertions, deletions and replacements that turn `text` into some part of `name`. */
static uint32_t part_distance(const char *text, const char *name) {
    uint32_t row[COMPARED_BYTES + 1];
    uint32_t length = 0;
    for (row[0] = 0; length < COMPARED_BYTES && text[length]; length++)
        row[length + 1] = length + 1;
    uint32_t best = length;
    for (size_t j = 0; j < COMPARED_BYTES && name[j]; j++) {
        uint32_t diagonal = row[0]; /* stays 0: the part may begin anywhere */
        for (uint32_t i = 1; i <= length; i++) {
            uint32_t cost = diagonal + (lower(text[i - 1]) != lower(name[j]));
            diagonal = row[i];
            if (row[i] + 1 < cost)
                cost = row[i] + 1;
            if (row[i - 1] + 1 < cost)
                cost = row[i - 1] + 1;
            row[i] = cost;
        }
        if (row[length] < best)
            best = row[length];
    }
    return best;
}

struct offers {
    uint32_t count, index[OFFERS], distance[OFFERS];
};

/* Keeps the nearest, in order; of equally near ones the shorter name, then the lower index. */
static void offer(struct offers *offers, const struct um_model_file *file, uint32_t index,
                  uint32_t distance) {
    size_t length = strlen(file->class_names[index]);
    uint32_t at = offers->count;
    while (at > 0) {
        uint32_t d = offers->distance[at - 1];
        if (d < distance ||
            (d == distance && strlen(file->class_names[offers->index[at - 1]]) <= length))
            break;
        at--;
    }
    if (at == OFFERS)
        return;
    if (offers->count < OFFERS)
        offers->count++;
    for (uint32_t i = offers->count - 1; i > at; i--) {
        offers->index[i] = offers->index[i - 1];
        offers->distance[i] = offers->distance[i - 1];
    }
    offers->index[at] = index;
    offers->distance[at] = distance;
}

/* "a, b, c"; control characters of the file do not reach a terminal. */
static const char *list_names(const struct um_model_file *file, const struct offers *offers,
                              char *out, size_t capacity) {
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < offers->count && length < capacity; i++)
        length += (size_t)snprintf(out + length, capacity - length, "%s%.*s", i ? ", " : "",
                                   um_text_fit(file->class_names[offers->index[i]], 60),
                                   file->class_names[offers->index[i]]);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return out;
}

static um_status not_found(const struct um_model_file *file, const char *text,
                           const struct um_log *log) {
    struct offers offers = {0};
    char names[OFFERS * 64];
    for (uint32_t i = 0; i < file->config.class_count; i++)
        offer(&offers, file, i, part_distance(text, file->class_names[i]));
    if (offers.distance[0] >= strlen(text)) /* not a letter in common: an emoji, say */
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "class \"%.*s\": expected an index, a name, a symbol or a part of a name, "
                       "found none of the model's %" PRIu32 " classes",
                       um_text_fit(text, 100), text, file->config.class_count);
    return um_fail(log, UM_ERROR_ARGUMENT,
                   "class \"%.*s\": expected an index, a name or a part of one, found none; the "
                   "nearest names are %s",
                   um_text_fit(text, 100), text, list_names(file, &offers, names, sizeof names));
}

/* The one name that contains `text`; otherwise says which ones do, or which are near. */
static um_status find_part(const struct um_model_file *file, const char *text, int32_t *class_index,
                           const struct um_log *log) {
    struct offers offers = {0};
    uint32_t matches = 0;
    for (uint32_t i = 0; i < file->config.class_count; i++) {
        if (!has_part(file->class_names[i], text))
            continue;
        offer(&offers, file, i, 0);
        matches++;
    }
    if (matches == 0)
        return not_found(file, text, log);
    if (matches == 1) {
        *class_index = (int32_t)offers.index[0];
        return UM_OK;
    }
    char names[OFFERS * 64];
    return um_fail(log, UM_ERROR_ARGUMENT,
                   "class \"%.*s\": expected a part of one name, found it in %" PRIu32 ": %s%s",
                   um_text_fit(text, 100), text, matches,
                   list_names(file, &offers, names, sizeof names), matches > OFFERS ? ", ..." : "");
}

um_status um_model_file_find_class(const struct um_model_file *file, const char *text,
                                   int32_t *class_index, const struct um_log *log) {
    if (!text || !*text)
        return um_fail(log, UM_ERROR_ARGUMENT,
                       "class \"\": expected an index, a name or a part of one, found nothing");
    if (is_number(text))
        return find_index(file, text, class_index, log);
    for (uint32_t i = 0; i < file->config.class_count; i++) {
        if (equal_names(file->class_names[i], text)) {
            *class_index = (int32_t)i;
            return UM_OK;
        }
    }
    for (uint32_t i = 0; i < file->config.class_count; i++) {
        const char *symbol = file->class_symbols[i];
        if (*symbol && equal_symbols(symbol, text)) {
            *class_index = (int32_t)i;
            return UM_OK;
        }
    }
    return find_part(file, text, class_index, log);
}
