/* Undo and redo of a mask: a list of its states, each packed as runs. */
#ifndef VIEWER_HISTORY_H
#define VIEWER_HISTORY_H

#include "viewer/mask.h"

enum { HISTORY_LIMIT = 200 }; /* states kept; the oldest goes first */

struct history_state {
    uint32_t *runs; /* lengths of runs of 0, 1, 0, ...; owned */
    size_t count;
};

struct history {
    struct history_state states[HISTORY_LIMIT];
    size_t count;   /* states kept */
    size_t current; /* the one that the mask shows */
};

/* Forgets everything and remembers `mask` as the only state. */
void history_start(struct history *history, const struct mask *mask);

/* Remembers the mask after a change; what had been undone is forgotten. Nothing happens if the mask
 * equals the current state. False when memory has run out: the state is not remembered. */
bool history_add(struct history *history, const struct mask *mask);

/* Go back or forth by one state. False if there is none. */
bool history_undo(struct history *history, struct mask *mask);
bool history_redo(struct history *history, struct mask *mask);

void history_free(struct history *history);

#endif
