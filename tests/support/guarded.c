/* Guard pages from the system's memory protection. */
#define _DEFAULT_SOURCE
#include "support/guarded.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct guarded guarded_take(size_t bytes, bool at_end) {
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t inside = (bytes + page - 1) / page * page + (bytes ? 0 : page);
    struct guarded m = {.bytes = bytes, .mapped = inside + 2 * page};
    m.mapping = mmap(NULL, m.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (m.mapping == MAP_FAILED)
        abort();
    char *first = (char *)m.mapping + page;
    if (mprotect(m.mapping, page, PROT_NONE) || mprotect(first + inside, page, PROT_NONE))
        abort();
    m.data = at_end ? first + inside - bytes : first;
    return m;
}

void guarded_free(struct guarded *memory) {
    munmap(memory->mapping, memory->mapped);
    *memory = (struct guarded){0};
}

static const char *message = "";

static void on_fault(int signal_number) {
    (void)signal_number;
    static const char text[] = " touches memory beyond its buffers\n";
    ssize_t written = write(STDERR_FILENO, message, strlen(message));
    written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(1);
}

void guarded_catch(const char *now) {
    message = now;
    signal(SIGSEGV, on_fault);
    signal(SIGBUS, on_fault);
}
