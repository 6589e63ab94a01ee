/* Type-ahead over class names. Pure functions. */
#ifndef VIEWER_SEARCH_H
#define VIEWER_SEARCH_H

#include <stddef.h>
#include <stdint.h>

/* How well `name` or `symbol` answers `query`: 0 = not at all, more = better (the symbol itself or
 * the whole name, a beginning, the beginning of a word, a part, all words of the query in any
 * order). ASCII letters match in either case; the rest of UTF-8 byte for byte. An empty query
 * matches everything alike. */
int search_rank(const char *query, const char *name, const char *symbol);

/* Writes the indices of matching classes, best first and then in order, at most `capacity`; returns
 * how many were written. */
size_t search_classes(const char *query, const char *const *names, const char *const *symbols,
                      size_t count, int32_t *found, size_t capacity);

#endif
