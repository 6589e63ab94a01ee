/* Memory between two pages that must not be touched: a read or write past either end stops the
 * program at once. */
#ifndef UM_SUPPORT_GUARDED_H
#define UM_SUPPORT_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

struct guarded {
    void *data;    /* `bytes` zeros */
    size_t bytes;  /* a multiple of 4 */
    void *mapping; /* all of it, guard pages included */
    size_t mapped;
};

/* `at_end`: the last byte lies before the guard page, else the first one lies behind it. Stops the
 * program if memory runs out. */
struct guarded guarded_take(size_t bytes, bool at_end);
void guarded_free(struct guarded *memory);

/* From now on touching a guard page prints what `now` (a buffer that changes) says and exits with
 * status 1. */
void guarded_catch(const char *now);

#endif
