/* Messages on stderr. */
#include "common/report.h"

#include "common/interrupt.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 2048, BAR = 24 };

static struct {
    bool quiet, terminal, drawn;
    unsigned verbose;
    char last_error[LINE];
    void (*say)(const char *sentence);
} state;

void report_setup(bool quiet, unsigned verbose) {
    const char *term = getenv("TERM");
    state.quiet = quiet;
    state.verbose = verbose;
    state.terminal = isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

void report_redirect(void (*say)(const char *sentence)) {
    state.say = say;
}

static void print_line(const char *prefix, const char *format, va_list list) {
    char line[LINE];
    vsnprintf(line, sizeof line, format, list);
    for (char *c = line; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    progress_clear();
    fprintf(stderr, "%s%s\n", prefix, line);
}

int fail(int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (state.say != NULL) {
        char line[LINE];
        vsnprintf(line, sizeof line, format, list);
        state.say(line);
    } else {
        print_line("unmask: ", format, list);
    }
    va_end(list);
    return code;
}

int fail_status(um_status status) {
    if (status == UM_OK) {
        return 0;
    }
    if (status == UM_CANCELLED && interrupt_signal() != 0) {
        return fail(128 + interrupt_signal(), "interrupted");
    }
    const char *text = state.last_error[0] != '\0' ? state.last_error : um_status_text(status);
    return fail((int)status, "%s", text);
}

const char *report_last_error(void) {
    return state.last_error;
}

void note(const char *format, ...) {
    if (state.quiet) {
        return;
    }
    va_list list;
    va_start(list, format);
    print_line("", format, list);
    va_end(list);
}

void note_always(const char *format, ...) {
    va_list list;
    va_start(list, format);
    print_line("", format, list);
    va_end(list);
}

void report_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level == UM_LOG_ERROR) {
        snprintf(state.last_error, sizeof state.last_error, "%s", text);
    } else if (level == UM_LOG_WARN) {
        note("warning: %s", text);
    } else if (state.verbose >= (level == UM_LOG_INFO ? 1U : 2U)) {
        note("%s", text);
    }
}

void progress(const char *what, unsigned done, unsigned total) {
    if (state.quiet || !state.terminal || total == 0) {
        return;
    }
    char bar[BAR + 1];
    unsigned filled = (unsigned)((unsigned long long)done * BAR / total);
    memset(bar, '.', BAR);
    memset(bar, '#', filled);
    bar[BAR] = '\0';
    fprintf(stderr, "\r%s [%s] %u/%u\033[K", what, bar, done, total);
    fflush(stderr);
    state.drawn = true;
}

void progress_clear(void) {
    if (state.drawn) {
        fputs("\r\033[K", stderr);
        state.drawn = false;
    }
}
