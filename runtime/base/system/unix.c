/* Other systems with POSIX, which take pages back in ways we do not know. */
#include "base/host.h"
#include "base/mem.h"

#include <stdio.h>
#include <unistd.h>

uint32_t um_host_processors(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (uint32_t)online : 1;
}

uint64_t um_host_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

void um_host_cpu_name(char *name, size_t size) {
    snprintf(name, size, "CPU");
}

void um_discard(void *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}

void um_prefer_large_pages(void *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}
