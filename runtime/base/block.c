#include "base/block.h"

#include "base/mem.h"

void *um_block_take(struct um_block *block, size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) ||
        __builtin_add_overflow(bytes, UM_ALIGNMENT - 1, &bytes) || bytes > SIZE_MAX - block->used) {
        block->too_large = true;
        return NULL;
    }
    void *array = block->memory ? block->memory + block->used : NULL;
    block->used += bytes / UM_ALIGNMENT * UM_ALIGNMENT;
    return array;
}

bool um_block_allocate(struct um_block *block) {
    if (!block->too_large)
        block->memory = um_alloc(block->used, 1);
    block->used = 0;
    return block->memory != NULL;
}
