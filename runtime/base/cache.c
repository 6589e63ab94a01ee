/* Files in the user's cache folder. */
#define _POSIX_C_SOURCE   200809L
#define _FILE_OFFSET_BITS 64
#include "base/cache.h"

#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

/* The folder: "" where the environment names no absolute one. */
static bool folder(char path[PATH_BYTES], bool make) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (base && base[0] == '/')
        n = snprintf(path, PATH_BYTES, "%s", base);
    else if (home && home[0] == '/')
        n = snprintf(path, PATH_BYTES, "%s/.cache", home);
    if (n < 0 || n > PATH_BYTES - 80)
        return false;
    if (make)
        mkdir(path, 0700);
    snprintf(path + n, (size_t)(PATH_BYTES - n), "/unmask");
    return !make || mkdir(path, 0700) == 0 || errno == EEXIST;
}

static bool path_of(char path[PATH_BYTES], const char *name, const char *suffix, bool make) {
    char base[PATH_BYTES];
    if (!folder(base, make))
        return false;
    int n = snprintf(path, PATH_BYTES, "%s/%s%s", base, name, suffix);
    return n > 0 && n < PATH_BYTES;
}

bool um_cache_read(const char *name, size_t limit, char **bytes, size_t *size) {
    char path[PATH_BYTES];
    struct um_file file;
    struct um_file_error error;
    uint64_t length = 0;
    *bytes = NULL;
    if (!path_of(path, name, "", false) || !um_file_open(&file, path, &error))
        return false;
    if (um_file_size(&file, &length) && length <= limit)
        *bytes = um_alloc((size_t)length + 1, 1);
    if (*bytes && !um_file_read(&file, 0, *bytes, (size_t)length)) {
        um_free(*bytes);
        *bytes = NULL;
    }
    um_file_close(&file);
    *size = (size_t)length;
    return *bytes != NULL;
}

static bool write_all(int handle, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t written = write(handle, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return fsync(handle) == 0;
}

bool um_cache_write(const char *name, const void *bytes, size_t size) {
    char path[PATH_BYTES], temporary[PATH_BYTES], suffix[64];
    /* Processes differ by number, threads by where their stacks are. */
    snprintf(suffix, sizeof suffix, ".%ld-%p.part", (long)getpid(), (void *)suffix);
    if (!path_of(path, name, "", true) || !path_of(temporary, name, suffix, false))
        return false;
    unlink(temporary); /* of a process that had this number and crashed */
    int handle = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (handle < 0)
        return false;
    bool done = write_all(handle, bytes, size);
    done = close(handle) == 0 && done;
    done = done && rename(temporary, path) == 0;
    if (!done)
        unlink(temporary);
    return done;
}

void um_cache_remove(const char *name) {
    char path[PATH_BYTES];
    if (path_of(path, name, "", false))
        unlink(path);
}
