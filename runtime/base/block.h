/* Several arrays in one block of memory, so that one call allocates and one frees them all. One
 * function takes the arrays, and is run twice: first to measure, then with the block. */
#ifndef UM_BASE_BLOCK_H
#define UM_BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes behind each array. AddressSanitizer sees an overrun into the next array only if something
 * lies between them. */
#if defined(__SANITIZE_ADDRESS__)
#define UM_BLOCK_GUARD 64
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UM_BLOCK_GUARD 64
#endif
#endif
#ifndef UM_BLOCK_GUARD
#define UM_BLOCK_GUARD 0
#endif

struct um_block {
    char *memory; /* NULL = only measured; to be freed by um_free() */
    size_t used;
    bool too_large; /* for an address */
};

/* The next array, aligned to UM_ALIGNMENT; NULL while measuring. */
void *um_block_take(struct um_block *block, size_t count, size_t size);

/* After measuring: zeroed memory, from which the same arrays can be taken. False when memory has
 * run out. */
bool um_block_allocate(struct um_block *block);

#endif
