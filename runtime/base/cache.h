/* Small files kept from one run to the next, under $XDG_CACHE_HOME/unmask or ~/.cache/unmask.
 * Nothing depends on them: every failure is silent, and what is read has to be checked by its
 * reader. */
#ifndef UM_BASE_CACHE_H
#define UM_BASE_CACHE_H

#include <stdbool.h>
#include <stddef.h>

/* Reads a whole file of at most `limit` bytes. *bytes gets a NUL behind the last one and belongs to
 * the caller (um_free). False and NULL if there is none, or it is longer. */
bool um_cache_read(const char *name, size_t limit, char **bytes, size_t *size);

/* Replaces a file as a whole: readers see the old or the new one. Makes the folder, for its owner
 * alone. */
bool um_cache_write(const char *name, const void *bytes, size_t size);

/* Removes a file. */
void um_cache_remove(const char *name);

#endif
