/* The thread pool. A job is announced by raising `job_number`; a thread first spins for it, because
 * the ops of a program follow each other within microseconds, then sleeps. */
#include "backend/cpu/threads.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"

enum { SPINS = 2000 }; /* some ten microseconds, about what waking a thread costs */

struct um_worker {
    struct um_pool *pool;
    pthread_t thread;
    uint32_t index;
};

struct um_pool {
    uint32_t size;
    pthread_mutex_t lock;
    pthread_cond_t wake, done;
    atomic_uint job_number; /* changed under the lock, read without it while spinning */
    atomic_uint running;    /* workers that have not finished the job */
    bool quit;
    uint32_t units;
    um_pool_fn fn;
    void *arg;
    struct um_worker *workers; /* size - 1 */
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void do_share(struct um_pool *pool, uint32_t index) {
    uint32_t begin = (uint32_t)((uint64_t)pool->units * index / pool->size);
    uint32_t end = (uint32_t)((uint64_t)pool->units * (index + 1) / pool->size);
    if (begin < end)
        pool->fn(pool->arg, begin, end, index);
}

static void *worker_main(void *user) {
    struct um_worker *worker = user;
    struct um_pool *pool = worker->pool;
    unsigned seen = 0;
    for (;;) {
        for (int i = 0; i < SPINS && atomic_load(&pool->job_number) == seen; i++)
            relax();
        pthread_mutex_lock(&pool->lock);
        while (atomic_load(&pool->job_number) == seen)
            pthread_cond_wait(&pool->wake, &pool->lock);
        seen = atomic_load(&pool->job_number);
        bool quit = pool->quit;
        pthread_mutex_unlock(&pool->lock);
        if (quit)
            return NULL;
        do_share(pool, worker->index);
        if (atomic_fetch_sub(&pool->running, 1) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->done);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void announce(struct um_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->job_number, 1);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void um_pool_run(struct um_pool *pool, uint32_t units, um_pool_fn fn, void *arg) {
    if (pool->size == 1 || units <= 1) {
        if (units)
            fn(arg, 0, units, 0);
        return;
    }
    pool->units = units;
    pool->fn = fn;
    pool->arg = arg;
    atomic_store(&pool->running, pool->size - 1);
    announce(pool);
    do_share(pool, 0);
    for (int i = 0; i < SPINS && atomic_load(&pool->running); i++)
        relax();
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->running))
        pthread_cond_wait(&pool->done, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

uint32_t um_pool_size(const struct um_pool *pool) {
    return pool->size;
}

/* Threads read pool->size only in a job, so it is set once all of them exist. */
static void start_workers(struct um_pool *pool, uint32_t count) {
    uint32_t started = 0;
    for (; started < count; started++) {
        struct um_worker *worker = &pool->workers[started];
        *worker = (struct um_worker){.pool = pool, .index = started + 1};
        if (pthread_create(&worker->thread, NULL, worker_main, worker))
            break;
    }
    pool->size = started + 1;
}

struct um_pool *um_pool_create(uint32_t threads) {
    assert(threads);
    struct um_pool *pool = um_alloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->workers = um_alloc(threads - 1, sizeof *pool->workers);
    if (!pool->workers)
        goto no_workers;
    if (pthread_mutex_init(&pool->lock, NULL))
        goto no_lock;
    if (pthread_cond_init(&pool->wake, NULL))
        goto no_wake;
    if (pthread_cond_init(&pool->done, NULL))
        goto no_done;
    start_workers(pool, threads - 1);
    return pool;
no_done:
    pthread_cond_destroy(&pool->wake);
no_wake:
    pthread_mutex_destroy(&pool->lock);
no_lock:
    um_free(pool->workers);
no_workers:
    um_free(pool);
    return NULL;
}

void um_pool_destroy(struct um_pool *pool) {
    if (!pool)
        return;
    pool->quit = true;
    announce(pool);
    for (uint32_t i = 0; i + 1 < pool->size; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    um_free(pool->workers);
    um_free(pool);
}
