/* Undo and redo over all that one sees: which picture, how much of it is to be drawn anew, and how
 * far it is to be extended. A list of such scenes; masks are packed as runs. */
#ifndef VIEWER_HISTORY_H
#define VIEWER_HISTORY_H

#include "viewer/mask.h"

enum { HISTORY_LIMIT = 200 }; /* scenes kept; the oldest goes first */

/* What is shown, besides its mask. */
struct scene {
    uint64_t take;  /* id of the drawing */
    uint32_t image; /* of its pictures */
    bool sheet;     /* all of them are shown */
    bool drawn;     /* the mask is the one that the picture was repainted with */
    uint32_t extend[4];
};

struct history_state {
    struct scene scene;
    uint32_t width, height; /* of the mask */
    uint32_t *runs;         /* lengths of runs of 0, 1, 0, ...; owned */
    size_t count;
};

struct history {
    struct history_state states[HISTORY_LIMIT];
    size_t count;   /* states kept */
    size_t current; /* the one that is shown */
};

/* Remembers what is shown after a change; what had been undone is forgotten. Nothing happens if it
 * equals the current state. False when memory has run out: the state is not remembered. */
bool history_add(struct history *history, const struct scene *scene, const struct mask *mask);

/* Go back or forth by one state, or to the current one again. False if there is none, or when
 * memory has run out: then nothing has changed. */
bool history_undo(struct history *history, struct scene *scene, struct mask *mask);
bool history_redo(struct history *history, struct scene *scene, struct mask *mask);
bool history_again(const struct history *history, struct scene *scene, struct mask *mask);

/* Back to the latest state before that shows another drawing. */
bool history_back(struct history *history, struct scene *scene, struct mask *mask);
bool history_can_go_back(const struct history *history);

/* The latest state that shows `take`, without going there. False if there is none. */
bool history_find(const struct history *history, uint64_t take, struct scene *scene,
                  struct mask *mask);

/* Removes every state of a drawing that is gone. It is not the one that is shown. */
void history_forget(struct history *history, uint64_t take);

void history_free(struct history *history);

#endif
