/* Type-ahead over class names. */
#include "viewer/search.h"

#include <stdbool.h>
#include <string.h>

enum { WORDS = 1, PART, WORD_START, START, EXACT };

static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool starts(const char *text, const char *query, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (lower(text[i]) != lower(query[i]) || text[i] == '\0') {
            return false;
        }
    }
    return true;
}

static bool is_space(char c) {
    return c == ' ' || c == '-' || c == '_' || c == ':' || c == ',';
}

static int rank_part(const char *query, size_t length, const char *name) {
    int best = 0;
    for (size_t i = 0; name[i] != '\0'; i++) {
        if (!starts(name + i, query, length)) {
            continue;
        }
        int rank = i == 0 ? (name[length] == '\0' ? EXACT : START)
                          : (is_space(name[i - 1]) ? WORD_START : PART);
        best = rank > best ? rank : best;
    }
    return best;
}

int search_rank(const char *query, const char *name, const char *symbol) {
    while (*query == ' ') {
        query++;
    }
    size_t length = strlen(query);
    while (length > 0 && query[length - 1] == ' ') {
        length--;
    }
    if (length == 0) {
        return WORDS;
    }
    if (symbol[0] != '\0' && strlen(symbol) == length && memcmp(symbol, query, length) == 0) {
        return EXACT;
    }
    int rank = rank_part(query, length, name);
    if (rank > 0 || memchr(query, ' ', length) == NULL) {
        return rank;
    }
    for (size_t i = 0; i < length;) {
        size_t end = i;
        while (end < length && query[end] != ' ') {
            end++;
        }
        if (end > i && rank_part(query + i, end - i, name) == 0) {
            return 0;
        }
        i = end + 1;
    }
    return WORDS;
}

size_t search_classes(const char *query, const char *const *names, const char *const *symbols,
                      size_t count, int32_t *found, size_t capacity) {
    size_t written = 0;
    for (int rank = EXACT; rank >= WORDS; rank--) {
        for (size_t i = 0; i < count && written < capacity; i++) {
            if (search_rank(query, names[i], symbols[i]) == rank) {
                found[written++] = (int32_t)i;
            }
        }
    }
    return written;
}
