/* Threads, locks and conditions of the operating system. */
#ifndef UM_BASE_THREAD_H
#define UM_BASE_THREAD_H

#include <stdbool.h>

/* Room for whatever the system keeps; must not move once it is made. */
struct um_mutex {
    _Alignas(16) unsigned char room[64];
};
struct um_condition {
    _Alignas(16) unsigned char room[64];
};
struct um_thread {
    void (*fn)(void *arg);
    void *arg;
    _Alignas(16) unsigned char room[16];
};

/* False where the system has no more of them. */
bool um_mutex_make(struct um_mutex *mutex);
void um_mutex_end(struct um_mutex *mutex);
void um_mutex_lock(struct um_mutex *mutex);
void um_mutex_unlock(struct um_mutex *mutex);

bool um_condition_make(struct um_condition *condition);
void um_condition_end(struct um_condition *condition);
/* Gives the mutex up while it waits; may return without a cause. */
void um_condition_wait(struct um_condition *condition, struct um_mutex *mutex);
void um_condition_wake_one(struct um_condition *condition);
void um_condition_wake_all(struct um_condition *condition);

/* Runs fn(arg) on a thread that receives no signals: the program's handlers run on its own threads.
 * *thread must stay where it is until it is joined. False: it does not run. */
bool um_thread_start(struct um_thread *thread, void (*fn)(void *arg), void *arg);
void um_thread_join(struct um_thread *thread);

/* One lock for the whole process, there from the start. Not recursive. */
void um_process_lock(void);
void um_process_unlock(void);

#endif
