/* Undo and redo. */
#include "viewer/history.h"

#include <stdlib.h>
#include <string.h>

static bool pack(struct history_state *state, const struct mask *mask) {
    size_t size = (size_t)mask->width * mask->height, count = 0;
    for (size_t i = 1; i < size; i++) {
        count += mask->cells[i] != mask->cells[i - 1];
    }
    *state = (struct history_state){.runs = malloc((count + 2) * sizeof(uint32_t))};
    if (state->runs == NULL) {
        return false;
    }
    uint8_t value = 0;
    for (size_t i = 0; i < size; value = (uint8_t)(1 - value)) {
        size_t start = i;
        while (i < size && mask->cells[i] == value) {
            i++;
        }
        state->runs[state->count++] = (uint32_t)(i - start);
    }
    return true;
}

static void unpack(const struct history_state *state, struct mask *mask) {
    size_t at = 0, size = (size_t)mask->width * mask->height;
    uint64_t ones = 0;
    for (size_t i = 0; i < state->count && at + state->runs[i] <= size; i++) {
        memset(mask->cells + at, (int)(i & 1), state->runs[i]);
        ones += (i & 1) != 0 ? state->runs[i] : 0;
        at += state->runs[i];
    }
    mask->count = ones;
    mask->version++;
}

static bool equal(const struct history_state *a, const struct history_state *b) {
    return a->count == b->count && memcmp(a->runs, b->runs, a->count * sizeof *a->runs) == 0;
}

static void drop(struct history *history, size_t from) {
    while (history->count > from) {
        history->count--;
        free(history->states[history->count].runs);
    }
}

void history_start(struct history *history, const struct mask *mask) {
    drop(history, 0);
    history->current = 0;
    history->count = pack(&history->states[0], mask) ? 1 : 0;
}

bool history_add(struct history *history, const struct mask *mask) {
    struct history_state state;
    if (!pack(&state, mask)) {
        return false;
    }
    if (history->count > 0 && equal(&state, &history->states[history->current])) {
        free(state.runs);
        return true;
    }
    drop(history, history->count > 0 ? history->current + 1 : 0);
    if (history->count == HISTORY_LIMIT) {
        free(history->states[0].runs);
        memmove(history->states, history->states + 1, (HISTORY_LIMIT - 1) * sizeof state);
        history->count--;
    }
    history->states[history->count++] = state;
    history->current = history->count - 1;
    return true;
}

bool history_undo(struct history *history, struct mask *mask) {
    if (history->count == 0 || history->current == 0) {
        return false;
    }
    unpack(&history->states[--history->current], mask);
    return true;
}

bool history_redo(struct history *history, struct mask *mask) {
    if (history->current + 1 >= history->count) {
        return false;
    }
    unpack(&history->states[++history->current], mask);
    return true;
}

void history_free(struct history *history) {
    drop(history, 0);
}
