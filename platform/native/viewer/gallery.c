/* Places of drawings. */
#include "viewer/gallery.h"

#include <stdlib.h>
#include <string.h>

struct take *gallery_find(struct gallery *gallery, uint64_t id) {
    for (size_t i = gallery->count; i-- > 0;) {
        if (gallery->takes[i].id == id) {
            return &gallery->takes[i];
        }
    }
    return NULL;
}

bool gallery_knows(const struct gallery *gallery, uint64_t id) {
    for (size_t i = gallery->count; i-- > 0;) {
        if (gallery->takes[i].id == id) {
            return true;
        }
    }
    return false;
}

bool gallery_open(struct gallery *gallery, uint64_t id) {
    if (gallery->count == gallery->capacity) {
        size_t capacity = gallery->capacity * 2 + 16;
        struct take *takes = realloc(gallery->takes, capacity * sizeof *takes);
        if (takes == NULL) {
            return false;
        }
        gallery->takes = takes;
        gallery->capacity = capacity;
    }
    gallery->takes[gallery->count++] = (struct take){.id = id};
    return true;
}

void gallery_put(struct gallery *gallery, struct take *take) {
    struct take *place = gallery_find(gallery, take->id);
    if (place == NULL) {
        take_clear(take);
    } else {
        *place = *take;
        *take = (struct take){0};
    }
}

bool gallery_take(struct gallery *gallery, uint64_t id, struct take *take) {
    struct take *place = gallery_find(gallery, id);
    if (place == NULL || place->count == 0) {
        return false;
    }
    *take = *place;
    *place = (struct take){.id = id};
    return true;
}

size_t gallery_bytes(const struct gallery *gallery) {
    size_t bytes = 0;
    for (size_t i = 0; i < gallery->count; i++) {
        bytes += take_size(&gallery->takes[i]);
    }
    return bytes;
}

uint64_t gallery_trim(struct gallery *gallery, const struct gallery_limits *limits) {
    size_t bytes = gallery_bytes(gallery);
    for (size_t i = 0; i < gallery->count && bytes > limits->reveals; i++) {
        bytes -= take_size(&gallery->takes[i]);
        take_thin(&gallery->takes[i]);
        bytes += take_size(&gallery->takes[i]);
    }
    for (size_t i = 0; i < gallery->count && bytes > limits->pictures; i++) {
        struct take *take = &gallery->takes[i];
        if (take->count > 0 && take_is_saved(take)) {
            uint64_t id = take->id;
            take_clear(take);
            memmove(take, take + 1, (--gallery->count - i) * sizeof *take);
            return id;
        }
    }
    return 0;
}

void gallery_free(struct gallery *gallery) {
    for (size_t i = 0; i < gallery->count; i++) {
        take_clear(&gallery->takes[i]);
    }
    free(gallery->takes);
    *gallery = (struct gallery){0};
}
