/* Type-ahead over class names. Pure functions. */
#ifndef VIEWER_SEARCH_H
#define VIEWER_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* Writes the indices of classes that answer `query`, best first as um_class_match() ranks them, the
 * class with that index among the best, then in order; at most `capacity`. Returns how many were
 * written: none when memory has run out. An empty query lists all. */
size_t search_classes(const char *query, const char *const *names, const char *const *symbols,
                      size_t count, int32_t *found, size_t capacity);

#endif
