/* Finding a class by what a person types, and what to offer when that fails. Names and text are
 * compared as um_fold() writes them. */
#include "base/mem.h"
#include "base/utf8.h"
#include "model/model_file.h"
#include "model/near.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OFFERS = 6, SHOWN_BYTES = 60, FOLD_GROWTH = 3 };

#define EXPECTED "expected an index, a name, a symbol or a part of a name"

static bool is_number(const char *text) {
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* "-1" is no way to write 1, though hyphens do not count in names. */
static bool starts_with_minus(const char *text) {
    text += strspn(text, " ");
    return *text == '-' || strncmp(text, "\xe2\x88\x92", 3) == 0;
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

/* One search: the text, and room in which to fold one class after the other. */
struct search {
    const struct um_model_file *file;
    const struct um_log *log;
    const char *text; /* as it was typed */
    char *folded, *name, *symbol;
};

static void fold_class(const struct search *s, uint32_t index) {
    um_fold(s->file->class_names[index], s->name, SIZE_MAX);
    um_fold(s->file->class_symbols[index], s->symbol, SIZE_MAX);
}

/* Cut where a character ends; what would disturb a terminal is shown as "?". */
static int show(char *out, size_t capacity, const char *before, const char *text) {
    int length = um_utf8_fit(text, SHOWN_BYTES);
    int written = snprintf(out, capacity, "%s%.*s", before, length, text);
    for (char *c = out; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return written;
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

/* "a, b, c", each with its symbol before it where those are asked for. */
static const char *list_offers(const struct um_model_file *file, const struct offers *offers,
                               bool symbols, char *out, size_t capacity) {
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; i < offers->count && length + 2 * SHOWN_BYTES + 8 < capacity; i++) {
        const char *between = i ? ", " : "";
        if (symbols) {
            length += (size_t)show(out + length, capacity - length, between,
                                   file->class_symbols[offers->index[i]]);
            between = " ";
        }
        length += (size_t)show(out + length, capacity - length, between,
                               file->class_names[offers->index[i]]);
    }
    return out;
}

/* Only those that are about as near as the nearest. */
static void keep_near(struct offers *offers, bool symbols) {
    uint32_t most = offers->distance[0] + 1;
    if (symbols)
        most = offers->distance[0] < UM_NEIGHBOUR ? UM_NEIGHBOUR - 1 : UM_FAR;
    while (offers->count && offers->distance[offers->count - 1] > most)
        offers->count--;
}

static um_status not_found(const struct search *s) {
    struct offers offers = {0};
    char shown[SHOWN_BYTES + 8], list[OFFERS * (2 * SHOWN_BYTES + 8)];
    bool symbols = um_near_is_picture(s->folded);
    for (uint32_t i = 0; i < s->file->config.class_count; i++) {
        fold_class(s, i);
        uint32_t distance =
            symbols ? um_near_symbol(s->folded, s->symbol) : um_near_name(s->folded, s->name);
        if (distance != UM_FAR)
            offer(&offers, s->file, i, distance);
    }
    keep_near(&offers, symbols);
    show(shown, sizeof shown, "", s->text);
    if (!offers.count)
        return um_fail(s->log, UM_ERROR_ARGUMENT,
                       "class \"%s\": " EXPECTED ", found none of the model's %" PRIu32 " classes",
                       shown, s->file->config.class_count);
    return um_fail(s->log, UM_ERROR_ARGUMENT,
                   "class \"%s\": " EXPECTED ", found none; the nearest %s are %s", shown,
                   symbols ? "symbols" : "names",
                   list_offers(s->file, &offers, symbols, list, sizeof list));
}

static um_status ambiguous(const struct search *s, um_match least, uint32_t matches) {
    struct offers offers = {0};
    char shown[SHOWN_BYTES + 8], list[OFFERS * (2 * SHOWN_BYTES + 8)];
    for (uint32_t i = 0; i < s->file->config.class_count; i++) {
        fold_class(s, i);
        if (um_class_match(s->folded, s->name, s->symbol) >= least)
            offer(&offers, s->file, i, 0);
    }
    show(shown, sizeof shown, "", s->text);
    return um_fail(s->log, UM_ERROR_ARGUMENT,
                   "class \"%s\": expected a part of one name, found it in %" PRIu32 ": %s%s",
                   shown, matches, list_offers(s->file, &offers, false, list, sizeof list),
                   matches > OFFERS ? ", ..." : "");
}

/* The name or the symbol itself, else the one name that has the text as a part, else the one that
 * has all its words. */
static um_status find_match(const struct search *s, int32_t *class_index) {
    uint32_t count[UM_MATCH_EXACT + 1] = {0}, first[UM_MATCH_EXACT + 1] = {0};
    for (uint32_t i = 0; i < s->file->config.class_count; i++) {
        fold_class(s, i);
        um_match match = um_class_match(s->folded, s->name, s->symbol);
        if (match > UM_MATCH_PART && match < UM_MATCH_SPACED)
            match = UM_MATCH_PART; /* where in the name the part stands does not decide */
        if (!count[match]++)
            first[match] = i;
    }
    static const um_match levels[] = {UM_MATCH_EXACT, UM_MATCH_SPACED, UM_MATCH_PART,
                                      UM_MATCH_WORDS};
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
        um_match level = levels[i];
        if (!count[level])
            continue;
        if (count[level] > 1 && level < UM_MATCH_SPACED)
            return ambiguous(s, level, count[level]);
        *class_index = (int32_t)first[level];
        return UM_OK;
    }
    return not_found(s);
}

static um_status find_folded(struct search *s, int32_t *class_index) {
    um_fold(s->text, s->folded, SIZE_MAX);
    if (!*s->folded) {
        char shown[SHOWN_BYTES + 8];
        show(shown, sizeof shown, "", s->text);
        return um_fail(s->log, UM_ERROR_ARGUMENT, "class \"%s\": " EXPECTED ", found nothing",
                       shown);
    }
    if (!is_number(s->folded))
        return find_match(s, class_index);
    return starts_with_minus(s->text) ? not_found(s)
                                      : find_index(s->file, s->folded, class_index, s->log);
}

/* Names that differ only in what does not count are still told apart by their spelling. */
static bool find_spelled(const struct um_model_file *file, const char *text, int32_t *class_index) {
    for (uint32_t i = 0; *text && i < file->config.class_count; i++) {
        if (strcmp(file->class_names[i], text) == 0 || strcmp(file->class_symbols[i], text) == 0) {
            *class_index = (int32_t)i;
            return true;
        }
    }
    return false;
}

static size_t longest(const char *const *texts, uint32_t count) {
    size_t most = 0;
    for (uint32_t i = 0; i < count; i++) {
        size_t length = strlen(texts[i]);
        most = length > most ? length : most;
    }
    return most;
}

um_status um_model_file_find_class(const struct um_model_file *file, const char *text,
                                   int32_t *class_index, const struct um_log *log) {
    if (!text)
        text = "";
    if (is_number(text))
        return find_index(file, text, class_index, log);
    if (find_spelled(file, text, class_index))
        return UM_OK;
    uint32_t classes = file->config.class_count;
    size_t room = FOLD_GROWTH * strlen(text) + 1;
    size_t name_room = FOLD_GROWTH * longest(file->class_names, classes) + 1;
    size_t symbol_room = FOLD_GROWTH * longest(file->class_symbols, classes) + 1;
    char *memory = um_alloc_unset(room + name_room + symbol_room, 1);
    if (!memory)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out while looking for a class.");
    struct search search = {.file = file,
                            .log = log,
                            .text = text,
                            .folded = memory,
                            .name = memory + room,
                            .symbol = memory + room + name_room};
    um_status status = find_folded(&search, class_index);
    um_free(memory);
    return status;
}
