/* Positional reads on top of POSIX. */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Some systems refuse a single read of 2 GiB or more. */
enum { READ_BYTES = 1 << 30 };

/* strerror() may share a buffer with other threads; these few cases cover what opening can say. */
static const char *reason_of(int code) {
    switch (code) {
    case ENOENT:
    case ENOTDIR:
        return "no such file";
    case EACCES:
    case EPERM:
        return "permission denied";
    case ENAMETOOLONG:
        return "the name is too long";
    case EMFILE:
    case ENFILE:
        return "too many open files";
    case ELOOP:
        return "too many symbolic links";
    default:
        return "the system cannot open it";
    }
}

static const char *kind_of(mode_t mode) {
    return S_ISFIFO(mode)
               ? "not a regular file but a pipe, which is read from its start to its end only"
               : "not a regular file";
}

static bool fail(struct um_file_error *error, const char *reason, bool missing) {
    *error = (struct um_file_error){reason, missing};
    return false;
}

bool um_file_open(struct um_file *file, const char *path, struct um_file_error *error) {
    file->handle = -1;
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block here */
    if (handle < 0) {
        int code = errno;
        return fail(error, reason_of(code), code == ENOENT || code == ENOTDIR);
    }
    struct stat status = {0};
    if (fstat(handle, &status) || !S_ISREG(status.st_mode)) {
        close(handle);
        return fail(error, kind_of(status.st_mode), true);
    }
    file->handle = handle;
    return true;
}

bool um_file_size(const struct um_file *file, uint64_t *bytes) {
    struct stat status;
    if (fstat(file->handle, &status) || status.st_size < 0)
        return false;
    *bytes = (uint64_t)status.st_size;
    return true;
}

bool um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes) {
    unsigned char *out = data;
    uint64_t end;
    if (__builtin_add_overflow(offset, (uint64_t)bytes, &end) || end > INT64_MAX)
        return false;
    while (bytes) {
        size_t part = bytes < READ_BYTES ? bytes : READ_BYTES;
        ssize_t got = pread(file->handle, out, part, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        offset += (uint64_t)got;
        bytes -= (size_t)got;
    }
    return true;
}

void um_file_close(struct um_file *file) {
    if (file->handle >= 0)
        close(file->handle);
    file->handle = -1;
}
