/* Type-ahead over class names. */
#include "viewer/search.h"

#include <unmask/unmask.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `text` as names are compared; the caller's. NULL when memory has run out. */
static char *folded(const char *text) {
    size_t room = um_fold(text, NULL, 0) + 1;
    char *copy = malloc(room);
    if (copy != NULL) {
        um_fold(text, copy, room);
    }
    return copy;
}

static um_match rank(const char *query, const char *name, const char *symbol, size_t index) {
    char number[24];
    snprintf(number, sizeof number, "%zu", index);
    if (strcmp(query, number) == 0) {
        return UM_MATCH_EXACT;
    }
    char *plain_name = folded(name), *plain_symbol = folded(symbol);
    um_match match = UM_MATCH_NONE;
    if (plain_name != NULL && plain_symbol != NULL) {
        match = um_class_match(query, plain_name, plain_symbol);
    }
    free(plain_name);
    free(plain_symbol);
    return match;
}

size_t search_classes(const char *query, const char *const *names, const char *const *symbols,
                      size_t count, int32_t *found, size_t capacity) {
    char *plain = folded(query);
    um_match *ranks = malloc((count + 1) * sizeof *ranks);
    size_t written = 0;
    if (plain != NULL && ranks != NULL) {
        for (size_t i = 0; i < count; i++) {
            ranks[i] = rank(plain, names[i], symbols[i], i);
        }
        for (um_match match = UM_MATCH_EXACT; match > UM_MATCH_NONE; match--) {
            for (size_t i = 0; i < count && written < capacity; i++) {
                if (ranks[i] == match) {
                    found[written++] = (int32_t)i;
                }
            }
        }
    }
    free(plain);
    free(ranks);
    return written;
}
