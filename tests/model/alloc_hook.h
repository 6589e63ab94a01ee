/* Counts the runtime's allocations and makes chosen ones fail. The test program is linked with
 * -Wl,--wrap=um_alloc,--wrap=um_alloc_unset,--wrap=um_free. */
#ifndef UM_TESTS_MODEL_ALLOC_HOOK_H
#define UM_TESTS_MODEL_ALLOC_HOOK_H

#include <stdbool.h>
#include <stddef.h>

struct alloc_hook {
    size_t calls;      /* of both allocators since the reset */
    size_t live;       /* blocks not freed yet */
    size_t bytes;      /* asked for and not freed yet */
    size_t peak_bytes; /* the most at any one time */
    size_t fail_at;    /* the call that fails, counted from 1; 0 = none */
    bool sticky;       /* and all calls after it */
};

extern struct alloc_hook alloc_hook;

/* Zeroes the counters; no block may be live. */
void alloc_hook_reset(void);

#endif
