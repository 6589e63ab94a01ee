/* Edit distances over characters, not bytes. */
#include "model/near.h"

#include "base/utf8.h"

#include <string.h>

enum { COMPARED = 64, JOINER = 0x200d, NEIGHBOURS = 48, APART = 256 };

/* The start of a text as code points. */
struct letters {
    uint32_t count, at[COMPARED];
};

static void read_letters(struct letters *letters, const char *text) {
    size_t left = strlen(text);
    letters->count = 0;
    while (left && letters->count < COMPARED) {
        uint32_t code = 0;
        size_t step = um_utf8_read(text, left, &code);
        if (!step)
            return; /* um_fold() lets no such byte through */
        letters->at[letters->count++] = code;
        text += step;
        left -= step;
    }
}

static uint32_t smaller(uint32_t a, uint32_t b) {
    return a < b ? a : b;
}

/* Fewest insertions, deletions and replacements that turn `a` into `b`, or into the nearest part of
 * `b`. */
static uint32_t edits(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count,
                      bool into_part) {
    uint32_t row[COMPARED + 1];
    for (uint32_t i = 0; i <= a_count; i++)
        row[i] = i;
    uint32_t best = a_count;
    for (uint32_t j = 0; j < b_count; j++) {
        uint32_t diagonal = row[0];
        row[0] = into_part ? 0 : j + 1; /* a part may begin anywhere */
        for (uint32_t i = 1; i <= a_count; i++) {
            uint32_t change = diagonal + (a[i - 1] != b[j]);
            diagonal = row[i];
            row[i] = smaller(change, smaller(row[i], row[i - 1]) + 1);
        }
        best = smaller(best, row[a_count]);
    }
    return into_part ? best : row[a_count];
}

/* Moves *at to the start of the next word; its length, 0 at the end. */
static uint32_t next_word(const struct letters *text, uint32_t *at) {
    uint32_t length = 0;
    while (*at < text->count && text->at[*at] == ' ')
        ++*at;
    while (*at + length < text->count && text->at[*at + length] != ' ')
        length++;
    return length;
}

/* Every word of the text against the word of the name that it is nearest to. */
static uint32_t word_edits(const struct letters *text, const struct letters *name) {
    uint32_t sum = 0, length, other;
    for (uint32_t at = 0; (length = next_word(text, &at)) != 0; at += length) {
        uint32_t best = length;
        for (uint32_t i = 0; (other = next_word(name, &i)) != 0; i += other)
            best = smaller(best, edits(text->at + at, length, name->at + i, other, false));
        sum += best;
    }
    return sum;
}

uint32_t um_near_name(const char *text, const char *name) {
    struct letters a, b;
    read_letters(&a, text);
    read_letters(&b, name);
    uint32_t distance = smaller(edits(a.at, a.count, b.at, b.count, true), word_edits(&a, &b));
    return distance < a.count && distance <= a.count / 3 + 1 ? distance : UM_FAR;
}

bool um_near_is_picture(const char *text) {
    uint32_t code = 0;
    um_utf8_read(text, strlen(text), &code);
    return (code >= 0x2190 && code < 0x2c00) || (code >= 0x1f000 && code < 0x20000);
}

/* How many characters of `a` are in `b`, too, each of those at most once. */
static uint32_t shared(const struct letters *a, const struct letters *b) {
    bool taken[COMPARED] = {false};
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        for (uint32_t j = 0; j < b->count; j++) {
            if (!taken[j] && a->at[i] == b->at[j]) {
                taken[j] = true;
                count++;
                break;
            }
        }
    }
    return count;
}

static void drop_joiners(struct letters *letters) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < letters->count; i++)
        if (letters->at[i] != JOINER)
            letters->at[kept++] = letters->at[i];
    letters->count = kept;
}

uint32_t um_near_symbol(const char *text, const char *symbol) {
    struct letters a, b;
    read_letters(&a, text);
    read_letters(&b, symbol);
    drop_joiners(&a);
    drop_joiners(&b);
    if (!a.count || !b.count)
        return UM_FAR;
    uint32_t both = shared(&a, &b);
    uint32_t gap = a.at[0] < b.at[0] ? b.at[0] - a.at[0] : a.at[0] - b.at[0];
    if (!both)
        return gap <= NEIGHBOURS ? UM_NEIGHBOUR + b.count * APART + gap : UM_FAR;
    return (a.count + b.count - 2 * both) * APART + smaller(gap, APART - 1);
}
