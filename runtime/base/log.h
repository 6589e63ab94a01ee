/* Messages to the caller's log callback. Every file of the runtime reports through here. */
#ifndef UM_BASE_LOG_H
#define UM_BASE_LOG_H

#include "unmask/unmask.h"

enum { UM_MESSAGE_BYTES = 4096 + 1024 }; /* a path of any length, and what is wrong with it */

struct um_log {
    um_log_fn fn; /* NULL = silent */
    void *user;
    char *last; /* (UM_MESSAGE_BYTES): keeps the latest error; NULL = the thread keeps it */
};

#if defined(__GNUC__)
#define UM_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define UM_PRINTF(f, a)
#endif

/* Formats one sentence (at most 5 KiB; longer text is cut after a whole character) and passes it to
 * the callback. `log` may be NULL. At UM_LOG_ERROR the sentence is also kept. */
UM_PRINTF(3, 4)
void um_log_write(const struct um_log *log, um_log_level level, const char *format, ...);

/* Logs at UM_LOG_ERROR and returns `status`, so that failing is one line: return um_fail(...). */
UM_PRINTF(3, 4)
um_status um_fail(const struct um_log *log, um_status status, const char *format, ...);

/* The thread keeps `text` as if it had been logged: of a log that ends. */
void um_keep_error(const char *text);

/* The latest sentence that this thread kept; "" at first. */
const char *um_thread_error(void);

#endif
