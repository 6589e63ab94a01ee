/* Formats log messages on the stack; allocates nothing, so it also works when memory has run out.
 */
#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of calls that have no context to keep it in. */
static _Thread_local char thread_error[UM_MESSAGE_BYTES];

const char *um_thread_error(void) {
    return thread_error;
}

void um_keep_error(const char *text) {
    snprintf(thread_error, sizeof thread_error, "%s", text);
}

UM_PRINTF(3, 0)
static void write_message(const struct um_log *log, um_log_level level, const char *format,
                          va_list args) {
    const bool keep = level == UM_LOG_ERROR, tell = log && log->fn;
    if (!keep && !tell)
        return;
    char text[UM_MESSAGE_BYTES]; // what is kept may be among the arguments
    vsnprintf(text, sizeof text, format, args);
    um_utf8_trim(text);
    if (keep)
        memcpy(log && log->last ? log->last : thread_error, text, strlen(text) + 1);
    if (tell)
        log->fn(log->user, level, text);
}

void um_log_write(const struct um_log *log, um_log_level level, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_message(log, level, format, args);
    va_end(args);
}

um_status um_fail(const struct um_log *log, um_status status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    write_message(log, UM_LOG_ERROR, format, args);
    va_end(args);
    return status;
}
