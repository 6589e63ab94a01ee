/* The wrappers that the linker puts around um_alloc, um_alloc_unset and um_free. */
#include "model/alloc_hook.h"

#include <stdlib.h>
#include <string.h>

void *__real_um_alloc(size_t count, size_t size);
void *__real_um_alloc_unset(size_t count, size_t size);
void __real_um_free(void *memory);
void *__wrap_um_alloc(size_t count, size_t size);
void *__wrap_um_alloc_unset(size_t count, size_t size);
void __wrap_um_free(void *memory);

enum { MAX_LIVE = 64 };

struct alloc_hook alloc_hook;
static struct {
    void *memory;
    size_t bytes;
} blocks[MAX_LIVE];

void alloc_hook_reset(void) {
    if (alloc_hook.live)
        abort();
    memset(&alloc_hook, 0, sizeof alloc_hook);
}

static void *hooked(void *(*real)(size_t, size_t), size_t count, size_t size) {
    struct alloc_hook *h = &alloc_hook;
    h->calls++;
    if (h->fail_at && (h->calls == h->fail_at || (h->sticky && h->calls > h->fail_at)))
        return NULL;
    void *memory = real(count, size);
    if (!memory)
        return NULL;
    if (h->live == MAX_LIVE)
        abort();
    blocks[h->live].memory = memory;
    blocks[h->live++].bytes = count * size;
    h->bytes += count * size;
    if (h->bytes > h->peak_bytes)
        h->peak_bytes = h->bytes;
    return memory;
}

void *__wrap_um_alloc(size_t count, size_t size) {
    return hooked(__real_um_alloc, count, size);
}

void *__wrap_um_alloc_unset(size_t count, size_t size) {
    return hooked(__real_um_alloc_unset, count, size);
}

void __wrap_um_free(void *memory) {
    struct alloc_hook *h = &alloc_hook;
    __real_um_free(memory);
    if (!memory)
        return;
    size_t i = 0;
    while (i < h->live && blocks[i].memory != memory)
        i++;
    if (i == h->live)
        abort(); /* not from um_alloc, or freed twice */
    h->bytes -= blocks[i].bytes;
    blocks[i] = blocks[--h->live];
}
