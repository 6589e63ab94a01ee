/* The thread pool. Each thread has a range of a job's units, the same part of every job, so that
 * what it wrote in one job is in its own cache in the next. It takes runs from its range until
 * nothing is left there, then from those of others, so a thread that the system gives no time to
 * holds nobody up: a worker that wakes too late for a job skips it. Runs shrink towards the end of
 * a range (guided self-scheduling, Polychronopoulos and Kuck 1987), so that nobody waits long for
 * the last one. Results cannot depend on who does what, since every unit writes its own output.
 *
 * A job is announced by raising `job_number`; a worker first spins for it, because the ops of a
 * program follow each other within microseconds, then sleeps. */
#include "backend/cpu/threads.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/mem.h"
#include "base/thread.h"

/* Rounds of spinning for a job: some ten microseconds, about what waking a thread costs. For the
 * last run of a job the caller spins longer, because it is at work on the same program and its wait
 * is a part of every op. WebAssembly has no pause, so a round is far shorter there, and browsers
 * wake threads later. */
#if defined(__wasm__)
enum { SPINS = 60000, LAST_SPINS = 60000 };
#else
enum { SPINS = 2000, LAST_SPINS = 20000 };
#endif

enum {
    OWN_SHARE = 3, /* a run is this part of what is left in a range: long, to share packed data */
    OTHERS_SHARE = 6, /* the same in another thread's range */
    LINE_BYTES = 64
};

/* Units of one job that one thread begins with. */
struct range {
    _Alignas(LINE_BYTES) atomic_uint next; /* first unit that nobody has taken */
    uint32_t end;
};

struct um_worker {
    struct um_pool *pool;
    struct um_thread thread;
    uint32_t index;
};

struct um_pool {
    uint32_t size;
    struct um_mutex lock;
    struct um_condition wake, done;
    struct um_worker *workers; /* size - 1 */
    struct range *ranges;      /* size */

    /* Written under the lock; the atomic ones are read without it while spinning. */
    atomic_uint job_number;
    atomic_uint active; /* workers inside the job */
    bool open, quit;    /* open: workers may still join the job */

    um_pool_fn fn;
    void *arg;
};

static void relax(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

/* Takes the next run of a range: *begin .. the result - 1; none if they are equal. */
static uint32_t take_run(struct range *range, uint32_t share, uint32_t *begin) {
    uint32_t first = atomic_load(&range->next), after;
    do {
        const uint32_t left = range->end - first;
        after = first + (left + share - 1) / share;
    } while (!atomic_compare_exchange_weak(&range->next, &first, after));
    *begin = first;
    return after;
}

static void take_runs(struct um_pool *pool, uint32_t index) {
    for (uint32_t i = 0; i < pool->size; i++) {
        struct range *range = &pool->ranges[(index + i) % pool->size];
        uint32_t begin, end;
        while ((end = take_run(range, i ? OTHERS_SHARE : OWN_SHARE, &begin)) != begin)
            pool->fn(pool->arg, begin, end, index);
    }
}

/* Waits for a job after number `seen` and joins it unless it is over. False: time to quit. */
static bool next_job(struct um_pool *pool, unsigned *seen, bool *joined) {
    for (int i = 0; i < SPINS && atomic_load(&pool->job_number) == *seen; i++)
        relax();
    um_mutex_lock(&pool->lock);
    while (atomic_load(&pool->job_number) == *seen)
        um_condition_wait(&pool->wake, &pool->lock);
    *seen = atomic_load(&pool->job_number);
    *joined = pool->open;
    if (pool->open)
        atomic_fetch_add(&pool->active, 1);
    bool quit = pool->quit;
    um_mutex_unlock(&pool->lock);
    return !quit;
}

static void worker_main(void *user) {
    struct um_worker *worker = user;
    struct um_pool *pool = worker->pool;
    unsigned seen = 0;
    bool joined;
    while (next_job(pool, &seen, &joined)) {
        if (!joined)
            continue;
        take_runs(pool, worker->index);
        um_mutex_lock(&pool->lock);
        if (atomic_fetch_sub(&pool->active, 1) == 1)
            um_condition_wake_one(&pool->done);
        um_mutex_unlock(&pool->lock);
    }
}

static void open_job(struct um_pool *pool, uint32_t units, um_pool_fn fn, void *arg) {
    um_mutex_lock(&pool->lock);
    for (uint32_t i = 0; i < pool->size; i++) {
        atomic_store(&pool->ranges[i].next, (uint32_t)((uint64_t)units * i / pool->size));
        pool->ranges[i].end = (uint32_t)((uint64_t)units * (i + 1) / pool->size);
    }
    pool->fn = fn;
    pool->arg = arg;
    pool->open = true;
    atomic_fetch_add(&pool->job_number, 1);
    um_condition_wake_all(&pool->wake);
    um_mutex_unlock(&pool->lock);
}

static void close_job(struct um_pool *pool) {
    um_mutex_lock(&pool->lock);
    pool->open = false;
    um_mutex_unlock(&pool->lock);
    for (int i = 0; i < LAST_SPINS && atomic_load(&pool->active); i++)
        relax();
    um_mutex_lock(&pool->lock);
    while (atomic_load(&pool->active))
        um_condition_wait(&pool->done, &pool->lock);
    um_mutex_unlock(&pool->lock);
}

void um_pool_run(struct um_pool *pool, uint32_t units, um_pool_fn fn, void *arg) {
    if (pool->size == 1 || units <= 1) {
        if (units)
            fn(arg, 0, units, 0);
        return;
    }
    open_job(pool, units, fn, arg);
    take_runs(pool, 0);
    close_job(pool);
}

uint32_t um_pool_size(const struct um_pool *pool) {
    return pool->size;
}

/* Workers do not read `size`, so it can be set when it is known. */
static void start_workers(struct um_pool *pool, uint32_t count) {
    uint32_t started = 0;
    for (; started < count; started++) {
        struct um_worker *worker = &pool->workers[started];
        *worker = (struct um_worker){.pool = pool, .index = started + 1};
        if (!um_thread_start(&worker->thread, worker_main, worker))
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
    pool->ranges = um_alloc(threads, sizeof *pool->ranges);
    if (!pool->workers || !pool->ranges)
        goto no_workers;
    if (!um_mutex_make(&pool->lock))
        goto no_lock;
    if (!um_condition_make(&pool->wake))
        goto no_wake;
    if (!um_condition_make(&pool->done))
        goto no_done;
    start_workers(pool, threads - 1);
    return pool;
no_done:
    um_condition_end(&pool->wake);
no_wake:
    um_mutex_end(&pool->lock);
no_lock:
no_workers:
    um_free(pool->ranges);
    um_free(pool->workers);
    um_free(pool);
    return NULL;
}

void um_pool_destroy(struct um_pool *pool) {
    if (!pool)
        return;
    um_mutex_lock(&pool->lock);
    pool->quit = true;
    atomic_fetch_add(&pool->job_number, 1);
    um_condition_wake_all(&pool->wake);
    um_mutex_unlock(&pool->lock);
    for (uint32_t i = 0; i + 1 < pool->size; i++)
        um_thread_join(&pool->workers[i].thread);
    um_condition_end(&pool->done);
    um_condition_end(&pool->wake);
    um_mutex_end(&pool->lock);
    um_free(pool->ranges);
    um_free(pool->workers);
    um_free(pool);
}
