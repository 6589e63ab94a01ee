/* "Did you mean": the nearest of several words. */
#ifndef CLI_COMMON_SUGGEST_H
#define CLI_COMMON_SUGGEST_H

#include <stddef.h>

struct suggestion {
    const char *wanted;
    size_t length;     /* of wanted */
    const char *found; /* the nearest so far, NULL if none is near */
    size_t distance;   /* of found: insertions, deletions and replacements */
};

/* `wanted` need not be NUL-terminated. Words at most a third of its length away are near. */
void suggest_start(struct suggestion *best, const char *wanted, size_t length);
void suggest_offer(struct suggestion *best, const char *word);

#endif
