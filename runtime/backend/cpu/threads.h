/* A few threads that share one loop at a time and sleep in between. */
#ifndef UM_BACKEND_CPU_THREADS_H
#define UM_BACKEND_CPU_THREADS_H

#include <stdint.h>

struct um_pool;

/* Does units begin .. end - 1. `worker` < um_pool_size() tells whose scratch memory to use. */
typedef void (*um_pool_fn)(void *arg, uint32_t begin, uint32_t end, uint32_t worker);

/* A pool of at most `threads` (>= 1), the calling thread included; fewer where the system refuses
 * to make more. NULL when memory has run out. */
struct um_pool *um_pool_create(uint32_t threads);

/* Accepts NULL. */
void um_pool_destroy(struct um_pool *pool);

uint32_t um_pool_size(const struct um_pool *pool);

/* Deals `units` to the threads in runs of neighbours and returns when all are done. Which thread
 * does what differs from call to call: units must not depend on each other. One caller at a time.
 */
void um_pool_run(struct um_pool *pool, uint32_t units, um_pool_fn fn, void *arg);

#endif
