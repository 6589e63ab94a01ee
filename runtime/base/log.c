/* Formats log messages on the stack; allocates nothing, so it also works when memory has run out.
 */
#include "base/log.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_BYTES = 4096 + 1024 }; /* a path of any length, and what is wrong with it */

UM_PRINTF(3, 0)
static void write_message(const struct um_log *log, um_log_level level, const char *format,
                          va_list args) {
    if (!log || !log->fn)
        return;
    char text[MESSAGE_BYTES];
    vsnprintf(text, sizeof text, format, args);
    um_utf8_trim(text);
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
