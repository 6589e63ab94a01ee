/* Allocation with checked sizes. All memory of the runtime comes from here; um_free takes it back.
 */
#ifndef UM_BASE_MEM_H
#define UM_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UM_ALIGNMENT = 64 }; /* one cache line, and the widest vector register */

/* Zeroed memory for `count` items of `size` bytes, aligned to UM_ALIGNMENT. NULL on overflow or
 * when memory has run out; a count of 0 gives a pointer that may only be freed. */
void *um_alloc(size_t count, size_t size);

/* As um_alloc, but the contents are undefined: for large blocks that are written before they are
 * read; they use memory only as they are written. */
void *um_alloc_unset(size_t count, size_t size);

/* Tells the system that the contents are no longer needed: the memory of whole pages is released at
 * once, and reading it gives undefined values. The block itself must still be freed. */
void um_discard(void *memory, size_t bytes);

/* Asks for larger pages within the block, which make reading in long strides faster. Uses no more
 * memory than without. */
void um_prefer_large_pages(void *memory, size_t bytes);

/* Accepts NULL. */
void um_free(void *memory);

/* Copy of a string; NULL when memory has run out. */
char *um_strdup(const char *text);

/* *out = a * b and a + b; false on overflow, and then *out is untouched. */
bool um_mul_u64(uint64_t a, uint64_t b, uint64_t *out);
bool um_add_u64(uint64_t a, uint64_t b, uint64_t *out);

#endif
