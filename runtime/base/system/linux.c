/* What is Linux's own: the affinity mask, the quota of control groups, /proc/cpuinfo, and advice
 * about pages. */
#define _GNU_SOURCE
#include "base/host.h"
#include "base/mem.h"
#include "base/system/quota.h"
#include "base/utf8.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t allowed_processors(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        int count = CPU_COUNT(&set);
        return count > 0 ? (uint32_t)count : 1;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN); /* more processors than cpu_set_t has bits */
    return online > 0 ? (uint32_t)online : 1;
}

/* More threads than the quota keeps busy only use it up sooner, and then all of them stand still.
 */
uint32_t um_host_processors(void) {
    uint32_t allowed = allowed_processors(), quota = um_quota_processors("");
    return quota && quota < allowed ? quota : allowed;
}

uint64_t um_host_memory(void) {
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
}

/* The text after the colon of the first line that starts with one of the keys, which depend on the
 * architecture. */
static const char *value_of(const char *line) {
    static const char *const keys[] = {"model name", "Model", "cpu model", "cpu\t"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *colon = strchr(line, ':');
        if (colon && strncmp(line, keys[i], strlen(keys[i])) == 0)
            return colon + 1 + strspn(colon + 1, " \t");
    }
    return NULL;
}

void um_host_cpu_name(char *name, size_t size) {
    snprintf(name, size, "CPU");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (!file)
        return;
    char line[512];
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        const char *value = value_of(line);
        if (value && *value) {
            snprintf(name, size, "%s", value);
            um_utf8_trim(name);
            break;
        }
    }
    fclose(file);
}

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
