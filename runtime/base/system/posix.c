/* Files, threads, the clock and memory of POSIX. */
#define _DEFAULT_SOURCE   /* flock */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64
#include "base/clock.h"
#include "base/system/system.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Some systems refuse a single read of 2 GiB or more. */
enum { READ_BYTES = 1 << 30 };

double um_clock_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void *um_system_allocate(size_t alignment, size_t bytes) {
    return aligned_alloc(alignment, bytes);
}

void um_system_free(void *memory) {
    free(memory);
}

/* ---------------------------------------------------------------- files */

int um_system_open(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block here */
}

int um_system_create(const char *path) {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

bool um_system_status(int handle, enum um_file_kind *kind, uint64_t *bytes) {
    struct stat status;
    if (fstat(handle, &status) || status.st_size < 0)
        return false;
    *kind = S_ISREG(status.st_mode)    ? UM_FILE_REGULAR
            : S_ISFIFO(status.st_mode) ? UM_FILE_PIPE
                                       : UM_FILE_OTHER;
    *bytes = (uint64_t)status.st_size;
    return true;
}

int64_t um_system_read(int handle, void *data, size_t bytes, uint64_t offset) {
    const size_t part = bytes < READ_BYTES ? bytes : READ_BYTES;
    ssize_t got;
    do
        got = pread(handle, data, part, (off_t)offset);
    while (got < 0 && errno == EINTR);
    return got;
}

bool um_system_write(int handle, const void *data, size_t bytes) {
    for (const char *from = data; bytes > 0;) {
        ssize_t written = write(handle, from, bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        from += written;
        bytes -= (size_t)written;
    }
    return true;
}

bool um_system_sync(int handle) {
    return fsync(handle) == 0;
}

bool um_system_close(int handle) {
    return close(handle) == 0;
}

bool um_system_replace(const char *from, const char *to) {
    return rename(from, to) == 0;
}

bool um_system_remove(const char *path) {
    return unlink(path) == 0;
}

bool um_system_make_folder(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

int um_system_lock(const char *path, bool create) {
    const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (create ? O_CREAT : 0);
    int lock = open(path, flags, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
        close(lock);
        lock = -1;
    }
    return lock;
}

bool um_system_cache_home(char *path, size_t room) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length = -1;
    if (base && base[0] == '/') /* relative ones are to be ignored */
        length = snprintf(path, room, "%s", base);
    else if (home && home[0] == '/')
        length = snprintf(path, room, "%s/.cache", home);
    return length >= 0 && (size_t)length < room;
}

bool um_system_readable(const char *path) {
    return access(path, R_OK) == 0;
}

bool um_system_environment(const char *name, char value[UM_SYSTEM_PATH]) {
    const char *found = getenv(name);
    if (!found)
        return false;
    snprintf(value, UM_SYSTEM_PATH, "%s", found);
    return true;
}

/* The XDG specification says that relative values are to be ignored. */
static void data_home(char folder[UM_SYSTEM_PATH]) {
    const char *home = getenv("XDG_DATA_HOME");
    folder[0] = '\0';
    if (home != NULL && home[0] == '/') {
        snprintf(folder, UM_SYSTEM_PATH, "%s/unmask/models", home);
        return;
    }
    home = getenv("HOME");
    if (home != NULL && home[0] == '/') {
        snprintf(folder, UM_SYSTEM_PATH, "%s/.local/share/unmask/models", home);
    }
}

/* Part `index` of a list with colons in between; false behind the last. */
static bool data_part(size_t index, char folder[UM_SYSTEM_PATH]) {
    const char *list = getenv("XDG_DATA_DIRS");
    list = list != NULL && list[0] != '\0' ? list : "/usr/local/share:/usr/share";
    for (; index > 0 && *list != '\0'; index--) {
        list += strcspn(list, ":");
        list += *list == ':';
    }
    folder[0] = '\0';
    if (list[0] == '/') {
        snprintf(folder, UM_SYSTEM_PATH, "%.*s/unmask/models", (int)strcspn(list, ":"), list);
    }
    return *list != '\0';
}

static void beside_program(const char *where, char folder[UM_SYSTEM_PATH]) {
    char program[UM_SYSTEM_PATH];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(program, '/');
    folder[0] = '\0';
    if (slash != NULL) {
        *slash = '\0';
        snprintf(folder, UM_SYSTEM_PATH, "%s%s", program, where);
    }
}

bool um_system_data_folder(size_t index, char folder[UM_SYSTEM_PATH]) {
    static const char *const places[] = {"/../share/unmask/models", "/../../../../assets"};
    size_t parts = 0;
    if (index == 0) {
        data_home(folder);
        return true;
    }
    while (data_part(parts, folder)) {
        if (++parts == index) {
            return true;
        }
    }
    index -= parts + 1;
    if (index >= sizeof places / sizeof places[0]) {
        return false;
    }
    beside_program(places[index], folder);
    return true;
}

void um_system_unique(unsigned long *process, unsigned long *moment) {
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    *process = (unsigned long)getpid();
    *moment = (unsigned long)now.tv_nsec;
}

/* ---------------------------------------------------------------- threads */

_Static_assert(sizeof(pthread_mutex_t) <= sizeof(struct um_mutex), "room for a mutex");
_Static_assert(sizeof(pthread_cond_t) <= sizeof(struct um_condition), "room for a condition");
_Static_assert(sizeof(pthread_t) <= sizeof((struct um_thread){0}.room), "room for a thread");

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t *mutex_of(struct um_mutex *mutex) {
    return (pthread_mutex_t *)mutex->room;
}

static pthread_cond_t *condition_of(struct um_condition *condition) {
    return (pthread_cond_t *)condition->room;
}

bool um_mutex_make(struct um_mutex *mutex) {
    return pthread_mutex_init(mutex_of(mutex), NULL) == 0;
}

void um_mutex_end(struct um_mutex *mutex) {
    pthread_mutex_destroy(mutex_of(mutex));
}

void um_mutex_lock(struct um_mutex *mutex) {
    pthread_mutex_lock(mutex_of(mutex));
}

void um_mutex_unlock(struct um_mutex *mutex) {
    pthread_mutex_unlock(mutex_of(mutex));
}

bool um_condition_make(struct um_condition *condition) {
    return pthread_cond_init(condition_of(condition), NULL) == 0;
}

void um_condition_end(struct um_condition *condition) {
    pthread_cond_destroy(condition_of(condition));
}

void um_condition_wait(struct um_condition *condition, struct um_mutex *mutex) {
    pthread_cond_wait(condition_of(condition), mutex_of(mutex));
}

void um_condition_wake_one(struct um_condition *condition) {
    pthread_cond_signal(condition_of(condition));
}

void um_condition_wake_all(struct um_condition *condition) {
    pthread_cond_broadcast(condition_of(condition));
}

static void *thread_main(void *user) {
    struct um_thread *thread = user;
    thread->fn(thread->arg);
    return NULL;
}

/* A thread inherits the mask of the one that makes it. */
bool um_thread_start(struct um_thread *thread, void (*fn)(void *arg), void *arg) {
    sigset_t all, before;
    sigfillset(&all);
    thread->fn = fn;
    thread->arg = arg;
    const bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    const bool started = pthread_create((pthread_t *)thread->room, NULL, thread_main, thread) == 0;
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void um_thread_join(struct um_thread *thread) {
    pthread_join(*(pthread_t *)thread->room, NULL);
}

void um_process_lock(void) {
    pthread_mutex_lock(&process_lock);
}

void um_process_unlock(void) {
    pthread_mutex_unlock(&process_lock);
}
