/* Whole files in and out. */
#include "common/atomic_file.h"

#include "common/report.h"
#include "common/target.h"
#include "system/system.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUFFIX = 48, ATTEMPTS = 100 };

/* A file beside the target, under a name of its own that has room in any folder. Names that are
 * taken, by a run that was killed or by one of another container, are passed over. */
static int open_temporary(const struct target *target, bool owner_only,
                          char name[SYSTEM_PATH + SUFFIX]) {
    static atomic_uint calls;
    int file = -1;
    unsigned salt = system_random() ^ atomic_fetch_add(&calls, 1) << 20;
    for (unsigned i = 0; i < ATTEMPTS && file < 0; i++) {
        snprintf(name, SYSTEM_PATH + SUFFIX, "%.*s.unmask-%lu-%08x.tmp",
                 (int)(target->name - target->path), target->path, system_process(), salt + i);
        file = system_create(name, owner_only);
        if (file < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return file;
}

static int cannot_write(const char *path) {
    return fail(UM_ERROR_IO, "cannot write %s: %s", path, strerror(errno));
}

/* Closes it; false, with errno set, if it was false before or closing fails. */
static bool close_after(int file, bool done) {
    int reason = errno;
    bool closed = system_close(file);
    if (!done) {
        errno = reason;
    }
    return done && closed;
}

static bool write_through(const struct target *target, const void *bytes, size_t size) {
    int file = target->kind == TARGET_STDOUT ? system_duplicate_stdout()
                                             : system_open_to_write(target->path);
    return file >= 0 && close_after(file, system_write(file, bytes, size));
}

/* The old bytes go only once there is room for all the new ones. */
static bool write_in_place(const struct target *target, const void *bytes, size_t size) {
    int file = system_open_to_write(target->path);
    if (file < 0) {
        return false;
    }
    uint64_t old = target->status.bytes;
    if (size > old && !system_reserve(file, size)) {
        int reason = errno;
        errno = system_cut(file, old) ? reason : errno;
        return close_after(file, false);
    }
    return close_after(file, system_write(file, bytes, size) && system_cut(file, size) &&
                                 system_sync(file));
}

/* Writes beside the target and renames. *again: nothing has changed, and it may be tried in place.
 */
static bool replace(const struct target *target, const void *bytes, size_t size, bool *again) {
    char name[SYSTEM_PATH + SUFFIX];
    bool old = target->kind == TARGET_FILE;
    int file = open_temporary(target, old, name);
    *again = old && file < 0;
    if (file < 0) {
        return false;
    }
    bool kept = !old || system_take_after(file, &target->status) || !system_writable(target->path);
    bool written = close_after(file, kept && system_write(file, bytes, size) && system_sync(file));
    bool done = written && system_rename(name, target->path);
    if (!done) {
        int reason = errno;
        system_remove(name);
        errno = reason;
    }
    *again = old && !done && (!kept || written);
    return done;
}

/* A file with several names keeps them all. */
static bool write_target(const struct target *target, const void *bytes, size_t size) {
    bool whole = target->kind == TARGET_NEW || (target->reached && target->status.names == 1);
    bool again = true;
    if (whole && replace(target, bytes, size, &again)) {
        return true;
    }
    return again && write_in_place(target, bytes, size);
}

int write_file(const char *path, const void *bytes, size_t size) {
    struct target target;
    bool written =
        target_find(&target, path) && (target.kind == TARGET_STDOUT || target.kind == TARGET_SPECIAL
                                           ? write_through(&target, bytes, size)
                                           : write_target(&target, bytes, size));
    return written ? 0 : cannot_write(strcmp(path, "-") == 0 ? "to stdout" : path);
}

static bool probe_place(const struct target *target) {
    char name[SYSTEM_PATH + SUFFIX];
    int file = open_temporary(target, false, name);
    if (file < 0) {
        return false;
    }
    system_close(file);
    return system_remove(name);
}

int probe_file(const char *path) {
    struct target target;
    if (strcmp(path, "-") == 0) {
        return 0;
    }
    return target_find(&target, path) && (target.kind != TARGET_NEW || probe_place(&target))
               ? probe_replace(path)
               : cannot_write(path);
}

int probe_replace(const char *path) {
    struct target target;
    if (!target_find(&target, path)) {
        return cannot_write(path);
    }
    if (target.kind == TARGET_STDOUT || target.kind == TARGET_NEW || system_writable(target.path)) {
        return 0;
    }
    int reason = errno;
    if (reason == EACCES && target.kind == TARGET_FILE && target_replaceable(&target)) {
        return 0;
    }
    errno = reason;
    return cannot_write(path);
}
