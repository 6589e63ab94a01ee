/* Everything that was made in this run, in the order in which it was. One drawing at a time is out
 * of it, in the hands of the window; its place stays. Pure data. */
#ifndef VIEWER_GALLERY_H
#define VIEWER_GALLERY_H

#include "viewer/take.h"

struct gallery {
    struct take *takes; /* owned; of the one that is out only the id */
    size_t count, capacity;
};

/* Bytes: beyond the first, the oldest drawings lose the steps of their reveal; beyond the second,
 * the oldest that are saved go. What is not saved always stays. */
struct gallery_limits {
    size_t reveals, pictures;
};

/* Makes a place at the end for a drawing that is out. False when memory has run out. */
bool gallery_open(struct gallery *gallery, uint64_t id);

/* True if there is a place for that drawing. */
bool gallery_knows(const struct gallery *gallery, uint64_t id);

/* Moves a drawing to its place, and leaves an empty one; one without a place is freed. */
void gallery_put(struct gallery *gallery, struct take *take);

/* Moves a drawing out of its place into `take`, which is empty. False if there is none. */
bool gallery_take(struct gallery *gallery, uint64_t id, struct take *take);

/* The drawing itself, which may be out and then empty; NULL if there is no place for it. */
struct take *gallery_find(struct gallery *gallery, uint64_t id);

/* What the drawings in their places take; of the one that is out, nothing. */
size_t gallery_bytes(const struct gallery *gallery);

/* Keeps to the limits. Returns the id of a drawing that is gone, or 0: call it until it is 0. */
uint64_t gallery_trim(struct gallery *gallery, const struct gallery_limits *limits);

void gallery_free(struct gallery *gallery);

#endif
