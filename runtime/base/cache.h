/* Small files kept from one run to the next, under $XDG_CACHE_HOME/unmask or ~/.cache/unmask, on
 * Windows under %LOCALAPPDATA%\unmask. Nothing depends on them: every failure is silent, and what
 * is read has to be checked by its reader. */
#ifndef UM_BASE_CACHE_H
#define UM_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

enum { UM_CACHE_PATH = 1024 };

/* The place of a file. make: the folder is made, for its owner alone. False if the environment
 * names no absolute folder, or it cannot be made. */
bool um_cache_path(const char *name, bool make, char path[UM_CACHE_PATH]);

/* Reads a whole file of at most `limit` bytes. *bytes gets a NUL behind the last one and belongs to
 * the caller (um_free). False and NULL if there is none, or it is longer. */
bool um_cache_read(const char *name, size_t limit, char **bytes, size_t *size);

/* Bytes of a file that is written. */
struct um_cache_part {
    const void *bytes;
    size_t size;
};

/* Replaces a file as a whole by the parts, one after another: readers see the old or the new one.
 * Makes the folder. */
bool um_cache_write(const char *name, const struct um_cache_part *parts, size_t count);

/* Removes a file. */
void um_cache_remove(const char *name);

#endif
