/* Aligned allocation on top of the system. */
#include "base/mem.h"

#include "base/system/system.h"

#include <string.h>

bool um_mul_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product))
        return false;
    *out = product;
    return true;
}

bool um_add_u64(uint64_t a, uint64_t b, uint64_t *out) {
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum))
        return false;
    *out = sum;
    return true;
}

/* The size in *rounded is a multiple of the alignment, as the system wants it. */
static void *allocate(size_t count, size_t size, size_t *rounded) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    if (bytes > SIZE_MAX - UM_ALIGNMENT)
        return NULL;
    *rounded = (bytes + UM_ALIGNMENT - 1) / UM_ALIGNMENT * UM_ALIGNMENT;
    return um_system_allocate(UM_ALIGNMENT, *rounded ? *rounded : UM_ALIGNMENT);
}

void *um_alloc(size_t count, size_t size) {
    size_t rounded;
    void *memory = allocate(count, size, &rounded);
    if (memory)
        memset(memory, 0, rounded);
    return memory;
}

void *um_alloc_unset(size_t count, size_t size) {
    size_t rounded;
    void *memory = allocate(count, size, &rounded);
    if (memory)
        um_prefer_large_pages(memory, rounded);
    return memory;
}

void um_free(void *memory) {
    um_system_free(memory);
}

char *um_strdup(const char *text) {
    size_t bytes = strlen(text) + 1;
    char *copy = um_alloc(bytes, 1);
    if (copy)
        memcpy(copy, text, bytes);
    return copy;
}
