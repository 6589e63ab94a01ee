/* Systems that take pages back in ways we do not know. */
#include "base/mem.h"

void um_discard(void *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}

void um_prefer_large_pages(void *memory, size_t bytes) {
    (void)memory;
    (void)bytes;
}
