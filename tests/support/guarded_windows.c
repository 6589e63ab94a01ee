/* Guard pages from the system's memory protection. */
#include "support/guarded.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

struct guarded guarded_take(size_t bytes, bool at_end) {
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    const size_t page = info.dwPageSize;
    const size_t inside = (bytes + page - 1) / page * page + (bytes ? 0 : page);
    struct guarded m = {.bytes = bytes, .mapped = inside + 2 * page};
    m.mapping = VirtualAlloc(NULL, m.mapped, MEM_RESERVE, PAGE_NOACCESS);
    if (!m.mapping)
        abort();
    char *first = (char *)m.mapping + page;
    if (!VirtualAlloc(first, inside, MEM_COMMIT, PAGE_READWRITE))
        abort();
    m.data = at_end ? first + inside - bytes : first;
    return m;
}

void guarded_free(struct guarded *memory) {
    VirtualFree(memory->mapping, 0, MEM_RELEASE);
    *memory = (struct guarded){0};
}

static const char *message = "";

static void on_fault(int signal_number) {
    (void)signal_number;
    fprintf(stderr, "%s touches memory beyond its buffers\n", message);
    _exit(1);
}

void guarded_catch(const char *now) {
    message = now;
    signal(SIGSEGV, on_fault);
}
