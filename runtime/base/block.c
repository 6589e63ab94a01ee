#include "base/block.h"

#include "base/mem.h"

#if UM_BLOCK_GUARD
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes) ((void)(memory), (void)(bytes))
#endif

void *um_block_take(struct um_block *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, UM_ALIGNMENT - 1 + UM_BLOCK_GUARD, &bytes) ||
        bytes > SIZE_MAX - block->used) {
        block->too_large = true;
        return NULL;
    }
    char *array = block->memory ? block->memory + block->used : NULL;
    const size_t rounded = bytes / UM_ALIGNMENT * UM_ALIGNMENT;
    if (array)
        ASAN_POISON_MEMORY_REGION(array + count * size, rounded - count * size);
    block->used += rounded;
    return array;
}

bool um_block_allocate(struct um_block *block) {
    if (!block->too_large)
        block->memory = um_alloc(block->used, 1);
    block->used = 0;
    return block->memory != NULL;
}
