/* Giving pages back to Linux. */
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
