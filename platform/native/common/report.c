/* Messages on stderr. */
#include "common/report.h"

#include "common/clean.h"
#include "common/interrupt.h"
#include "common/utf8.h"
#include "system/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A sentence may name a file twice. */
enum { LINE = 2 * SYSTEM_PATH + 512, BAR = 24 };

static struct {
    bool quiet, terminal, drawn;
    unsigned verbose;
    char last_error[LINE];
    void (*say)(const char *sentence);
} state;

void report_setup(bool quiet, unsigned verbose) {
    state.quiet = quiet;
    state.verbose = verbose;
    state.terminal = system_is_terminal(SYSTEM_STDERR);
}

void report_redirect(void (*say)(const char *sentence)) {
    state.say = say;
}

/* One sentence, fit for a terminal; what does not fit is left out, whole letters of it. */
__attribute__((format(printf, 2, 0))) static void compose(char line[LINE], const char *format,
                                                          va_list list) {
    if (vsnprintf(line, LINE, format, list) >= LINE) {
        memcpy(line + LINE - 4, "\0\0\0", 4);
        utf8_trim(line);
        memcpy(line + strlen(line), "...", 4);
    }
    clean_text(line);
}

__attribute__((format(printf, 2, 0))) static void print_line(const char *prefix, const char *format,
                                                             va_list list) {
    char line[LINE];
    compose(line, format, list);
    progress_clear();
    fprintf(stderr, "%s%s\n", prefix, line);
}

int fail(int code, const char *format, ...) {
    va_list list;
    va_start(list, format);
    if (state.say != NULL) {
        char line[LINE];
        compose(line, format, list);
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

void put_line(const char *format, ...) {
    va_list list;
    struct buffer line = {0};
    va_start(list, format);
    bool ok = buffer_format_list(&line, format, list) && buffer_append(&line, "", 1);
    va_end(list);
    if (ok) {
        clean_text((char *)line.bytes);
        puts((const char *)line.bytes);
    }
    buffer_free(&line);
}

void put_path(const char *path) {
    if (system_is_screen(SYSTEM_STDOUT)) {
        put_line("%s", path);
    } else {
        puts(path);
    }
    fflush(stdout);
}

void put_lines(const char *label, const char *text) {
    do {
        size_t length = strcspn(text, "\r\n");
        put_line("%-*s%.*s", LABEL, label, (int)length, text);
        label = "";
        text += length;
        text += strncmp(text, "\r\n", 2) == 0 ? 2 : *text != '\0';
    } while (*text != '\0');
}

void report_log(void *user, um_log_level level, const char *text) {
    (void)user;
    if (level == UM_LOG_ERROR) {
        utf8_copy(state.last_error, sizeof state.last_error, text);
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
