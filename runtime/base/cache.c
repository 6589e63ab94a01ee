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
#include <time.h>
#include <unistd.h>

enum { NAME_ROOM = 80, PART_ROOM = UM_CACHE_PATH + 64, ATTEMPTS = 64 };

static bool make_folder(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool um_cache_path(const char *name, bool make, char path[UM_CACHE_PATH]) {
    const char *base = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = -1;
    if (base && base[0] == '/') /* relative ones are to be ignored */
        n = snprintf(path, UM_CACHE_PATH, "%s", base);
    else if (home && home[0] == '/')
        n = snprintf(path, UM_CACHE_PATH, "%s/.cache", home);
    if (n < 0 || n > UM_CACHE_PATH - NAME_ROOM || (make && !make_folder(path)))
        return false;
    n += snprintf(path + n, NAME_ROOM, "/unmask");
    if (make && !make_folder(path))
        return false;
    const int left = UM_CACHE_PATH - n;
    return snprintf(path + n, (size_t)left, "/%s", name) < left;
}

bool um_cache_read(const char *name, size_t limit, char **bytes, size_t *size) {
    char path[UM_CACHE_PATH];
    struct um_file file;
    struct um_file_error error;
    uint64_t length = 0;
    *bytes = NULL;
    if (!um_cache_path(name, false, path) || !um_file_open(&file, path, &error))
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
    return true;
}

/* A file of its own to write: names that others left, or use now, are passed over, because numbers
 * of processes repeat, and in containers that share a folder they are equal. */
static int open_part(const char *path, char part[PART_ROOM]) {
    struct timespec now = {0};
    int handle = -1;
    clock_gettime(CLOCK_REALTIME, &now);
    for (unsigned i = 0; i < ATTEMPTS && handle < 0; i++) {
        snprintf(part, PART_ROOM, "%s.%ld-%lx.part", path, (long)getpid(), now.tv_nsec + i);
        handle = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (handle < 0 && errno != EEXIST)
            return -1;
    }
    return handle;
}

bool um_cache_write(const char *name, const struct um_cache_part *parts, size_t count) {
    char path[UM_CACHE_PATH], temporary[PART_ROOM];
    if (!um_cache_path(name, true, path))
        return false;
    int handle = open_part(path, temporary);
    if (handle < 0)
        return false;
    bool done = true;
    for (size_t i = 0; i < count && done; i++)
        done = write_all(handle, parts[i].bytes, parts[i].size);
    done = done && fsync(handle) == 0;
    done = close(handle) == 0 && done;
    done = done && rename(temporary, path) == 0;
    if (!done)
        unlink(temporary);
    return done;
}

void um_cache_remove(const char *name) {
    char path[UM_CACHE_PATH];
    if (um_cache_path(name, false, path))
        unlink(path);
}
