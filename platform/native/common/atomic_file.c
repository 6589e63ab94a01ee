/* Whole files in and out. */
#include "common/atomic_file.h"

#include "common/buffer.h"
#include "common/interrupt.h"
#include "common/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* PATH_MAX covers what realpath() gives; the suffix is ".tmp" and the process id. */
enum { TEMPORARY_ROOM = PATH_MAX + 32 };

/* Where the bytes go: symbolic links are followed, so that the link stays and its file changes. */
static bool real_target(const char *path, char *target, bool *direct) {
    struct stat status;
    *direct = false;
    if (stat(path, &status) == 0) {
        *direct = !S_ISREG(status.st_mode);
        if (S_ISDIR(status.st_mode)) {
            errno = EISDIR;
            return false;
        }
        return realpath(path, target) != NULL;
    }
    if (strlen(path) >= PATH_MAX) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(target, path, strlen(path) + 1);
    return true;
}

static int open_temporary(const char *target, char *name) {
    size_t length = strlen(target);
    memcpy(name, target, length);
    snprintf(name + length, TEMPORARY_ROOM - length, ".tmp%ld", (long)getpid());
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
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

static int write_direct(const char *path, const void *bytes, size_t size) {
    int file = strcmp(path, "-") == 0 ? dup(STDOUT_FILENO) : open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return cannot_write(path);
    }
    bool written = write_all(file, bytes, size);
    int reason = errno;
    bool closed = close(file) == 0;
    if (!written) {
        errno = reason;
    }
    return written && closed ? 0 : cannot_write(strcmp(path, "-") == 0 ? "to stdout" : path);
}

int write_file(const char *path, const void *bytes, size_t size) {
    char target[PATH_MAX], temporary[TEMPORARY_ROOM];
    bool direct;
    if (strcmp(path, "-") == 0) {
        return write_direct(path, bytes, size);
    }
    if (!real_target(path, target, &direct)) {
        return cannot_write(path);
    }
    if (direct) {
        return write_direct(target, bytes, size);
    }
    int file = open_temporary(target, temporary);
    if (file < 0) {
        return cannot_write(path);
    }
    bool written = write_all(file, bytes, size) && fsync(file) == 0;
    int reason = errno;
    bool closed = close(file) == 0;
    if (written && closed && rename(temporary, target) == 0) {
        return 0;
    }
    errno = written ? errno : reason;
    int code = cannot_write(path);
    unlink(temporary);
    return code;
}

int probe_file(const char *path) {
    char target[PATH_MAX], temporary[TEMPORARY_ROOM];
    bool direct;
    if (strcmp(path, "-") == 0) {
        return 0;
    }
    if (!real_target(path, target, &direct)) {
        return cannot_write(path);
    }
    if (direct) {
        return access(target, W_OK) == 0 ? 0 : cannot_write(path);
    }
    int file = open_temporary(target, temporary);
    if (file < 0) {
        return cannot_write(path);
    }
    close(file);
    unlink(temporary);
    return 0;
}

/* Like fopen and fread they fail with EINTR when a signal comes, which ends the program. */
static int cannot_read(const char *path, int reason) {
    return interrupt_signal() != 0
               ? fail_status(UM_CANCELLED)
               : fail(UM_ERROR_IO, "cannot read %s: %s", path, strerror(reason));
}

bool same_file(const char *one, const char *other) {
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && S_ISREG(first.st_mode) &&
           first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

int read_file(const char *path, size_t limit, char **bytes, size_t *size) {
    bool piped = strcmp(path, "-") == 0;
    FILE *file = piped ? stdin : fopen(path, "rb");
    if (file == NULL) {
        return cannot_read(path, errno);
    }
    struct buffer content = {0};
    unsigned char chunk[16384];
    size_t got;
    while (content.size <= limit && (got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        buffer_append(&content, chunk, got);
    }
    int reason = ferror(file) ? errno : 0;
    if (!piped) {
        fclose(file);
    }
    buffer_append(&content, "", 1);
    if (reason != 0 || content.failed || content.size - 1 > limit) {
        int code = content.failed ? fail(UM_ERROR_MEMORY, "not enough memory to read %s", path)
                   : reason != 0
                       ? cannot_read(path, reason)
                       : fail(UM_ERROR_IO, "cannot read %s: larger than %zu bytes", path, limit);
        buffer_free(&content);
        return code;
    }
    *bytes = (char *)content.bytes;
    *size = content.size - 1;
    return 0;
}
