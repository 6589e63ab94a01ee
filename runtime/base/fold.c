/* um_fold(): names as they are compared. The table is made by tools/make_fold.py; the page has a
 * twin of this file, platform/web/page/ui/fold.js, and tests/data/names.tsv holds both to the same.
 *
 * Marks with a combining class are dropped, all of them, so no order of marks is left that NFC and
 * NFD could disagree about. */
#include "base/fold_table.h"
#include "base/utf8.h"

#include "unmask/unmask.h"

#include <stdbool.h>
#include <string.h>

enum {
    JOINER = 0x200d,
    PICTURES = 0x2190, /* a joiner matters from here on: between emoji, not between letters */
    UNKNOWN = 0xfffd,
    SYLLABLES = 0xac00,
    SYLLABLE_COUNT = 11172
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct writer {
    char *out;
    size_t room, length, written; /* length: of the whole; written: what had room */
    uint32_t last;
    bool space, joiner; /* seen since the last character, and written only before the next */
};

static void put(struct writer *w, uint32_t code) {
    char bytes[4];
    size_t count = um_utf8_write(code, bytes);
    if (w->written == w->length && w->length + count < w->room) {
        memcpy(w->out + w->length, bytes, count);
        w->written += count;
    }
    w->length += count;
}

static void emit(struct writer *w, uint32_t code) {
    if (code == ' ') {
        w->space = w->length > 0;
        w->joiner = false;
        return;
    }
    if (code == JOINER) {
        w->joiner = true;
        return;
    }
    if (w->space)
        put(w, ' ');
    else if (w->joiner && w->last >= PICTURES && code >= PICTURES)
        put(w, JOINER);
    w->space = w->joiner = false;
    w->last = code;
    put(w, code);
}

/* Korean syllables are taken apart by arithmetic (Unicode, section 3.12). */
static void emit_syllable(struct writer *w, uint32_t index) {
    emit(w, 0x1100 + index / (21 * 28));
    emit(w, 0x1161 + index / 28 % 21);
    if (index % 28)
        emit(w, 0x11a7 + index % 28);
}

static bool emit_several(struct writer *w, uint32_t code) {
    size_t low = 0, high = COUNT(um_fold_several);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (um_fold_several[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == COUNT(um_fold_several) || um_fold_several[low].code != code)
        return false;
    for (size_t i = 0; i < 3 && um_fold_several[low].to[i]; i++)
        emit(w, um_fold_several[low].to[i]);
    return true;
}

static void fold(struct writer *w, uint32_t code) {
    size_t low = 0, high = COUNT(um_fold_runs);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (um_fold_runs[middle].last < code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < COUNT(um_fold_runs) && um_fold_runs[low].first <= code) {
        const struct um_fold_run *run = &um_fold_runs[low];
        if (run->to)
            emit(w, run->to + (code - run->first) * run->step);
    } else if (code - SYLLABLES < SYLLABLE_COUNT) {
        emit_syllable(w, code - SYLLABLES);
    } else if (!emit_several(w, code)) {
        emit(w, code);
    }
}

static bool stays(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

size_t um_fold(const char *text, char *out, size_t capacity) {
    struct writer w = {.out = out, .room = capacity};
    size_t left = strlen(text);
    while (left) {
        uint32_t code = UNKNOWN;
        size_t step = um_utf8_read(text, left, &code);
        step += !step; /* a byte that is no character */
        if (stays(*text))
            emit(&w, code);
        else
            fold(&w, code);
        text += step;
        left -= step;
    }
    if (capacity)
        out[w.written] = '\0';
    return w.length;
}
