/* Small files kept from one run to the next, under $XDG_CACHE_HOME/unmask or ~/.cache/unmask, on
 * Windows under %LOCALAPPDATA%\unmask. Nothing depends on them: every failure is silent, and what
 * is read has to be checked by its reader. */
#ifndef UM_BASE_CACHE_H
#define UM_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

enum { UM_CACHE_PATH = 1024 };

/* The path of a file. With `make`, the folder is created, accessible to its owner only. False if
 * the environment names no absolute folder, or if it cannot be created. */
bool um_cache_path(const char *name, bool make, char path[UM_CACHE_PATH]);

/* Reads a whole file of at most `limit` bytes. *bytes has an additional NUL at its end and belongs
 * to the caller (um_free). False and NULL if there is none, or it is longer. */
bool um_cache_read(const char *name, size_t limit, char **bytes, size_t *size);

/* A part of a file to be written. */
struct um_cache_part {
    const void *bytes;
    size_t size;
};

/* Replaces a file by the concatenated parts, atomically: readers see the old file or the new one.
 * Creates the folder. */
bool um_cache_write(const char *name, const struct um_cache_part *parts, size_t count);

/* Removes a file. */
void um_cache_remove(const char *name);

#endif
