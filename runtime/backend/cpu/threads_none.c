/* The pool where there are no threads: one member, the caller. */
#include "backend/cpu/threads.h"

#include <assert.h>

#include "base/mem.h"

struct um_pool {
    uint32_t size;
};

struct um_pool *um_pool_create(uint32_t threads) {
    assert(threads);
    (void)threads;
    struct um_pool *pool = um_alloc(1, sizeof *pool);
    if (pool)
        pool->size = 1;
    return pool;
}

void um_pool_destroy(struct um_pool *pool) {
    um_free(pool);
}

uint32_t um_pool_size(const struct um_pool *pool) {
    return pool->size;
}

void um_pool_run(struct um_pool *pool, uint32_t units, um_pool_fn fn, void *arg) {
    (void)pool;
    if (units)
        fn(arg, 0, units, 0);
}
