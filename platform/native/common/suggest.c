/* Edit distance, one row at a time. */
#include "common/suggest.h"

#include <string.h>

enum { WORD = 64 };

static size_t smallest(size_t a, size_t b, size_t c) {
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length) {
    size_t row[WORD + 1];
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            row[j] = smallest(above + 1, row[j - 1] + 1, change);
            diagonal = above;
        }
    }
    return row[b_length];
}

void suggest_start(struct suggestion *best, const char *wanted, size_t length) {
    *best = (struct suggestion){.wanted = wanted, .length = length};
    best->distance = length / 3 + 2;
}

void suggest_offer(struct suggestion *best, const char *word) {
    size_t length = strlen(word);
    if (best->length == 0 || best->length > WORD || length > WORD) {
        return;
    }
    size_t distance = edit_distance(best->wanted, best->length, word, length);
    if (distance < best->distance) {
        best->distance = distance;
        best->found = word;
    }
}
