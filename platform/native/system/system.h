/* What the programs ask of the operating system. One file per system has all of it: posix.c or
 * windows.c. Names of files and words of the environment are UTF-8; failures set errno. */
#ifndef CLI_SYSTEM_SYSTEM_H
#define CLI_SYSTEM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYSTEM_PATH = 4096 }; /* bytes of a path, the NUL included */

enum { SYSTEM_STDIN, SYSTEM_STDOUT, SYSTEM_STDERR };

enum system_kind {
    SYSTEM_FILE,
    SYSTEM_FOLDER,
    SYSTEM_CHARACTER, /* a device like /dev/null or NUL, a terminal */
    SYSTEM_OTHER,     /* a pipe, a socket, a disk */
};

struct system_status {
    enum system_kind kind;
    uint64_t device, number; /* equal for all names of one file */
    uint64_t bytes, names;
    uint32_t owner, group, mode; /* where the system has such */
};

/* ---------------------------------------------------------------- the program */

/* Once, at the start: *argv in UTF-8, bytes through stdin and stdout as they are, a console that
 * shows UTF-8. What it sets is put back when the program ends. */
void system_start(int *argc, char ***argv);

/* The first SIGINT, SIGTERM or SIGHUP (or what the system has in their place) calls `handler`, on
 * any thread; a second one ends the program. Those that are ignored stay so. */
void system_interrupts(void (*handler)(int number));

/* True for a terminal; and for one that knows escape sequences. */
bool system_is_screen(int file);
bool system_is_terminal(int file);

/* A variable of the environment; NULL if there is none. Of the caller until the next call. */
const char *system_environment(const char *name);

/* "Linux 6.1 x86_64". */
void system_name(char *text, size_t size);

double system_seconds(void); /* a clock that never goes back */
uint32_t system_random(void);
uint64_t system_peak_memory(void); /* bytes; 0 if unknown */

/* ---------------------------------------------------------------- folders */

/* The last part of a path, behind its last separator. */
const char *system_name_in(const char *path);

bool system_make_folder(const char *path);
bool system_remove_folder(const char *path); /* if it is empty */

/* Calls `each` with the names in a folder until it returns a code that is not 0, and returns that.
 * 0 if there is no such folder. */
int system_list(const char *folder, int (*each)(void *user, const char *name), void *user);

/* ---------------------------------------------------------------- files */

/* Links are followed. */
bool system_status(const char *path, struct system_status *status);
bool system_status_of(int file, struct system_status *status);

/* Replaces the path by where its last part leads as long as that is a link, also if nothing is
 * there yet. False: a loop, or too long. */
bool system_follow(char path[SYSTEM_PATH]);

bool system_readable(const char *path);
bool system_writable(const char *path);

/* Whether the folder's rights allow a file that cannot be written to be replaced. */
bool system_replaceable(const char *path, const struct system_status *status);

/* Handles, -1 on failure. Opening to read does not wait for a pipe's writer. A created file was not
 * there before, and with `owner_only` nobody else may open it. */
int system_open(const char *path);
int system_open_to_write(const char *path);
int system_create(const char *path, bool owner_only);
int system_duplicate_stdout(void);
bool system_close(int file);

/* The owner, group and mode of the file that is about to be replaced. False if they cannot be kept.
 */
bool system_take_after(int file, const struct system_status *old);

/* Bytes read, 0 at the end, -1 with EAGAIN if there is nothing yet, or another errno. */
int64_t system_read(int file, void *bytes, size_t size);

/* Waits for something to read, or the end: 1, or 0 after so many milliseconds, -1 on failure. */
int system_wait(int file, int milliseconds);

bool system_write(int file, const void *bytes, size_t size); /* all */
bool system_sync(int file);

/* Room for `bytes` in all, before any is written; false only where it is known that there is none.
 */
bool system_reserve(int file, uint64_t bytes);
bool system_cut(int file, uint64_t bytes);

bool system_rename(const char *from, const char *to); /* replaces in one step */
bool system_remove(const char *path);

unsigned long system_process(void);

#endif
