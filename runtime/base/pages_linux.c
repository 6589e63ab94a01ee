/* Giving pages back to Linux, and asking it for large ones. */
#define _DEFAULT_SOURCE
#include "base/mem.h"

#include <sys/mman.h>
#include <unistd.h>

void um_discard(void *memory, size_t bytes) {
    const long size = sysconf(_SC_PAGESIZE);
    if (size <= 0)
        return;
    const uintptr_t page = (uintptr_t)size, start = (uintptr_t)memory;
    const uintptr_t first = (start + page - 1) / page * page, after = (start + bytes) / page * page;
    if (first < after)
        (void)madvise((void *)first, after - first,
                      MADV_DONTNEED); /* a hint: failing is harmless */
}

/* Only whole large pages within the block: a partial one would take memory beyond it. */
void um_prefer_large_pages(void *memory, size_t bytes) {
    const uintptr_t page = 2u << 20, start = (uintptr_t)memory;
    const uintptr_t first = (start + page - 1) / page * page, after = (start + bytes) / page * page;
    if (first < after)
        (void)madvise((void *)first, after - first, MADV_HUGEPAGE); /* a hint, too */
}
