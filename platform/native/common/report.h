/* What the program says on stderr: one line per error, notes, and a progress line on terminals. */
#ifndef CLI_COMMON_REPORT_H
#define CLI_COMMON_REPORT_H

#include <stdbool.h>
#include <unmask/unmask.h>

/* Exit codes are the numbers of um_status; a signal adds 128 + its number. */
enum { EXIT_USAGE = UM_ERROR_ARGUMENT };

/* quiet: only errors and the seed. verbose: 1 adds the library's information, 2 its debugging. */
void report_setup(bool quiet, unsigned verbose);

/* From now on fail() hands its sentence to `say` instead of printing it; NULL ends that. For
 * programs with a window, before any thread calls fail(). */
void report_redirect(void (*say)(const char *sentence));

/* Prints "unmask: <sentence>" on stderr and returns `code`, so that failing is one line. The
 * sentence is cleaned (clean.h), so a hostile file name cannot make two lines of it, and cut after
 * whole letters if it is endless. */
__attribute__((format(printf, 2, 3))) int fail(int code, const char *format, ...);

/* The same with the sentence that the library logged for `status`. UM_CANCELLED becomes the
 * signal's message and exit code. UM_OK returns 0 and prints nothing. */
int fail_status(um_status status);

/* The sentence of the library's latest error, "" if there was none. */
const char *report_last_error(void);

/* A line on stderr, dropped when quiet. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* A line on stderr even when quiet: the seed. */
__attribute__((format(printf, 1, 2))) void note_always(const char *format, ...);

/* A line on stdout, cleaned in the same way: for all that says what a file, a driver or the command
 * line holds. */
__attribute__((format(printf, 1, 2))) void put_line(const char *format, ...);

/* The name of a file that was written, at once: cleaned on a terminal, else exactly, because
 * programs open what they read here. */
void put_path(const char *path);

/* Text of several lines behind a label, one below the other, so that none of them can be taken for
 * a label. */
enum { LABEL = 20 };
void put_lines(const char *label, const char *text);

/* The log callback to give to the library: keeps errors for fail_status(), prints warnings. */
void report_log(void *user, um_log_level level, const char *text);

/* Draws `done` of `total` in place. Silent when quiet, when stderr is no terminal or a dumb one. */
void progress(const char *what, unsigned done, unsigned total);
void progress_clear(void);

#endif
