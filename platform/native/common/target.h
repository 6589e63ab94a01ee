/* Where the name of an output leads: links followed, the file that is there or the place of the one
 * that will be. */
#ifndef CLI_COMMON_TARGET_H
#define CLI_COMMON_TARGET_H

#include "system/system.h"

#include <stdbool.h>

enum target_kind {
    TARGET_STDOUT,  /* "-", or what stdout is open to by another name */
    TARGET_SPECIAL, /* a device, a pipe, a socket: bytes go through, nothing is replaced */
    TARGET_NEW,     /* no such file yet */
    TARGET_FILE,    /* a regular file */
};

struct target {
    enum target_kind kind;
    char path[SYSTEM_PATH]; /* that opens it; not of TARGET_STDOUT */
    const char *name; /* in `path`, behind the last separator; of TARGET_NEW and TARGET_FILE */
    struct system_status status; /* of the file; of the folder if it is TARGET_NEW */
    bool reached; /* TARGET_FILE: the name stands in its folder, so that it can be replaced */
};

/* False, with errno set, if nothing can be written there: a folder, a loop of links, a folder that
 * is missing, a name that is too long. */
bool target_find(struct target *target, const char *path);

/* Whether what is written there goes to stdout. */
bool target_is_stdout(const char *path);

/* The folder of a target of TARGET_NEW or TARGET_FILE. */
void target_folder(const struct target *target, char folder[SYSTEM_PATH]);

/* Whether a file that cannot be written can still be replaced: a right of its folder. It cannot
 * where something is mounted on it, or where a sticky folder keeps it for its owner. */
bool target_replaceable(const struct target *target);

#endif
