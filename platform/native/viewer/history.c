/* Undo and redo: scenes with their masks as runs. */
#include "viewer/history.h"

#include <stdlib.h>
#include <string.h>

/* Room for two more runs. */
static bool grow(struct history_state *state, size_t *room) {
    if (state->count + 2 <= *room) {
        return true;
    }
    size_t wanted = *room * 2 + 64;
    uint32_t *runs = realloc(state->runs, wanted * sizeof *runs);
    if (runs == NULL) {
        return false;
    }
    state->runs = runs;
    *room = wanted;
    return true;
}

/* Runs of zeros and ones in turn, beginning with zeros. A photo has millions of cells, and memchr()
 * is quick. */
static bool pack(struct history_state *state, const struct mask *mask) {
    size_t size = (size_t)mask->width * mask->height, room = 0, at = 0;
    *state = (struct history_state){.width = mask->width, .height = mask->height};
    do {
        if (!grow(state, &room)) {
            free(state->runs);
            return false;
        }
        int other = 1 - (int)(state->count & 1);
        const uint8_t *end = size > at ? memchr(mask->cells + at, other, size - at) : NULL;
        size_t next = end != NULL ? (size_t)(end - mask->cells) : size;
        state->runs[state->count++] = (uint32_t)(next - at);
        at = next;
    } while (at < size);
    uint32_t *fitting = realloc(state->runs, state->count * sizeof *fitting);
    state->runs = fitting != NULL ? fitting : state->runs;
    return true;
}

static bool unpack(const struct history_state *state, struct scene *scene, struct mask *mask) {
    size_t at = 0, size = (size_t)state->width * state->height;
    if (mask->width != state->width || mask->height != state->height) {
        struct mask made = {.version = mask->version};
        if (!mask_make(&made, state->width, state->height)) {
            return false;
        }
        mask_free(mask);
        *mask = made;
    }
    uint64_t ones = 0;
    for (size_t i = 0; i < state->count && at + state->runs[i] <= size; i++) {
        memset(mask->cells + at, (int)(i & 1), state->runs[i]);
        ones += (i & 1) != 0 ? state->runs[i] : 0;
        at += state->runs[i];
    }
    mask->count = ones;
    mask_changed(mask);
    *scene = state->scene;
    return true;
}

static bool equal(const struct history_state *a, const struct history_state *b) {
    const struct scene *x = &a->scene, *y = &b->scene;
    return x->take == y->take && x->image == y->image && x->sheet == y->sheet &&
           memcmp(x->extend, y->extend, sizeof x->extend) == 0 && a->width == b->width &&
           a->height == b->height && a->count == b->count &&
           memcmp(a->runs, b->runs, a->count * sizeof *a->runs) == 0;
}

static void drop(struct history *history, size_t from) {
    while (history->count > from) {
        history->count--;
        free(history->states[history->count].runs);
    }
}

bool history_add(struct history *history, const struct scene *scene, const struct mask *mask) {
    struct history_state state;
    if (!pack(&state, mask)) {
        return false;
    }
    state.scene = *scene;
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

static bool go(struct history *history, size_t to, struct scene *scene, struct mask *mask) {
    if (!unpack(&history->states[to], scene, mask)) {
        return false;
    }
    history->current = to;
    return true;
}

bool history_undo(struct history *history, struct scene *scene, struct mask *mask) {
    return history->count > 0 && history->current > 0 &&
           go(history, history->current - 1, scene, mask);
}

bool history_redo(struct history *history, struct scene *scene, struct mask *mask) {
    return history->current + 1 < history->count && go(history, history->current + 1, scene, mask);
}

bool history_again(const struct history *history, struct scene *scene, struct mask *mask) {
    return history->count > 0 && unpack(&history->states[history->current], scene, mask);
}

/* The latest state before the current one with another drawing; the current one if there is none.
 */
static size_t other_before(const struct history *history) {
    size_t at = history->current;
    while (at > 0) {
        at--;
        if (history->states[at].scene.take != history->states[history->current].scene.take) {
            return at;
        }
    }
    return history->current;
}

bool history_back(struct history *history, struct scene *scene, struct mask *mask) {
    return history_can_go_back(history) && go(history, other_before(history), scene, mask);
}

bool history_can_go_back(const struct history *history) {
    return history->count > 0 && other_before(history) != history->current;
}

bool history_find(const struct history *history, uint64_t take, struct scene *scene,
                  struct mask *mask) {
    for (size_t i = history->count; i-- > 0;) {
        if (history->states[i].scene.take == take) {
            return unpack(&history->states[i], scene, mask);
        }
    }
    return false;
}

void history_forget(struct history *history, uint64_t take) {
    size_t kept = 0, current = 0;
    for (size_t i = 0; i < history->count; i++) {
        if (history->states[i].scene.take == take) {
            free(history->states[i].runs);
            continue;
        }
        current = i <= history->current ? kept : current;
        history->states[kept++] = history->states[i];
    }
    history->count = kept;
    history->current = current;
}

void history_free(struct history *history) {
    drop(history, 0);
}
