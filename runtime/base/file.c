/* Positional reads, and what can be said when they fail. */
#include "base/file.h"

#include "base/system/system.h"

#include <errno.h>

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

static const char *kind_text(enum um_file_kind kind) {
    return kind == UM_FILE_PIPE
               ? "not a regular file but a pipe, which is read from its start to its end only"
               : "not a regular file";
}

static bool fail(struct um_file_error *error, const char *reason, bool missing) {
    *error = (struct um_file_error){reason, missing};
    return false;
}

bool um_file_open(struct um_file *file, const char *path, struct um_file_error *error) {
    file->handle = -1;
    int handle = um_system_open(path);
    if (handle < 0) {
        int code = errno;
        return fail(error, reason_of(code), code == ENOENT || code == ENOTDIR);
    }
    enum um_file_kind kind = UM_FILE_OTHER;
    uint64_t bytes;
    if (!um_system_status(handle, &kind, &bytes) || kind != UM_FILE_REGULAR) {
        um_system_close(handle);
        return fail(error, kind_text(kind), true);
    }
    file->handle = handle;
    return true;
}

bool um_file_size(const struct um_file *file, uint64_t *bytes) {
    enum um_file_kind kind;
    return um_system_status(file->handle, &kind, bytes);
}

bool um_file_read(const struct um_file *file, uint64_t offset, void *data, size_t bytes) {
    unsigned char *out = data;
    uint64_t end;
    if (__builtin_add_overflow(offset, (uint64_t)bytes, &end) || end > INT64_MAX)
        return false;
    while (bytes) {
        int64_t got = um_system_read(file->handle, out, bytes, offset);
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
        um_system_close(file->handle);
    file->handle = -1;
}
