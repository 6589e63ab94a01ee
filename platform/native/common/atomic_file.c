/* Whole files in and out. */
#include "common/atomic_file.h"

#include "common/report.h"
#include "common/target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { SUFFIX = 48, ATTEMPTS = 100 };

/* A file beside the target, under a name of its own that has room in any folder. Names that are
 * taken, by a run that was killed or by one of another container, are passed over. */
static int open_temporary(const struct target *target, mode_t mode, char name[PATH_MAX + SUFFIX]) {
    static atomic_uint calls;
    struct timespec now = {0};
    int file = -1;
    clock_gettime(CLOCK_REALTIME, &now);
    unsigned salt =
        (unsigned)now.tv_nsec ^ (unsigned)now.tv_sec ^ atomic_fetch_add(&calls, 1) << 20;
    for (unsigned i = 0; i < ATTEMPTS && file < 0; i++) {
        snprintf(name, PATH_MAX + SUFFIX, "%.*s.unmask-%ld-%08x.tmp",
                 (int)(target->name - target->path), target->path, (long)getpid(), salt + i);
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (file < 0 && errno != EEXIST) {
            return -1;
        }
    }
    return file;
}

static bool write_all(int file, const unsigned char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static int cannot_write(const char *path) {
    return fail(UM_ERROR_IO, "cannot write %s: %s", path, strerror(errno));
}

/* Closes it; false, with errno set, if it was false before or closing fails. */
static bool close_after(int file, bool done) {
    int reason = errno;
    bool closed = close(file) == 0;
    if (!done) {
        errno = reason;
    }
    return done && closed;
}

static bool write_through(const struct target *target, const void *bytes, size_t size) {
    int file = target->kind == TARGET_STDOUT ? dup(STDOUT_FILENO)
                                             : open(target->path, O_WRONLY | O_CLOEXEC);
    return file >= 0 && close_after(file, write_all(file, bytes, size));
}

/* The old bytes go only once there is room for all the new ones. */
static bool write_in_place(const struct target *target, const void *bytes, size_t size) {
    int file = open(target->path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    off_t old = target->status.st_size;
    int reason = (off_t)size > old ? posix_fallocate(file, 0, (off_t)size) : 0;
    if (reason == ENOSPC || reason == EFBIG || reason == EDQUOT) {
        errno = ftruncate(file, old) == 0 ? reason : errno;
        return close_after(file, false);
    }
    return close_after(file, write_all(file, bytes, size) && ftruncate(file, (off_t)size) == 0 &&
                                 fsync(file) == 0);
}

/* Owner, group and mode of the file that is about to be replaced. False if they cannot be kept. */
static bool take_after(int file, const struct stat *old) {
    struct stat now;
    if (fstat(file, &now) != 0) {
        return false;
    }
    bool owned = (now.st_uid == old->st_uid && now.st_gid == old->st_gid) ||
                 fchown(file, old->st_uid, old->st_gid) == 0;
    bool moded = now.st_mode == old->st_mode || fchmod(file, old->st_mode & 07777) == 0;
    return owned && moded;
}

/* Writes beside the target and renames. *again: nothing has changed, and it may be tried in place.
 */
static bool replace(const struct target *target, const void *bytes, size_t size, bool *again) {
    char name[PATH_MAX + SUFFIX];
    bool old = target->kind == TARGET_FILE;
    int file = open_temporary(target, old ? 0600 : 0666, name);
    *again = old && file < 0;
    if (file < 0) {
        return false;
    }
    bool kept = !old || take_after(file, &target->status) || access(target->path, W_OK) != 0;
    bool written = close_after(file, kept && write_all(file, bytes, size) && fsync(file) == 0);
    bool done = written && rename(name, target->path) == 0;
    if (!done) {
        int reason = errno;
        unlink(name);
        errno = reason;
    }
    *again = old && !done && (!kept || written);
    return done;
}

/* A file with several names keeps them all. */
static bool write_target(const struct target *target, const void *bytes, size_t size) {
    bool whole = target->kind == TARGET_NEW || (target->reached && target->status.st_nlink == 1);
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
    char name[PATH_MAX + SUFFIX];
    int file = open_temporary(target, 0666, name);
    if (file < 0) {
        return false;
    }
    close(file);
    return unlink(name) == 0;
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
    if (target.kind == TARGET_STDOUT || target.kind == TARGET_NEW ||
        access(target.path, W_OK) == 0) {
        return 0;
    }
    int reason = errno;
    if (reason == EACCES && target.kind == TARGET_FILE && target_replaceable(&target)) {
        return 0;
    }
    errno = reason;
    return cannot_write(path);
}
