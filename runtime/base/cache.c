/* Files in the user's cache folder. */
#include "base/cache.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/system/system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { NAME_ROOM = 80, PART_ROOM = UM_CACHE_PATH + 64, ATTEMPTS = 64 };

bool um_cache_path(const char *name, bool make, char path[UM_CACHE_PATH]) {
    if (!um_system_cache_home(path, UM_CACHE_PATH - NAME_ROOM + 1) ||
        (make && !um_system_make_folder(path)))
        return false;
    size_t length = strlen(path);
    length += (size_t)snprintf(path + length, NAME_ROOM, "/unmask");
    if (make && !um_system_make_folder(path))
        return false;
    const int left = (int)(UM_CACHE_PATH - length);
    return snprintf(path + length, (size_t)left, "/%s", name) < left;
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

/* A file of its own to write: names that others left, or use now, are passed over, because numbers
 * of processes repeat, and in containers that share a folder they are equal. */
static int open_part(const char *path, char part[PART_ROOM]) {
    unsigned long process, moment;
    int handle = -1;
    um_system_unique(&process, &moment);
    for (unsigned i = 0; i < ATTEMPTS && handle < 0; i++) {
        snprintf(part, PART_ROOM, "%s.%lu-%lx.part", path, process, moment + i);
        handle = um_system_create(part);
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
        done = um_system_write(handle, parts[i].bytes, parts[i].size);
    done = done && um_system_sync(handle);
    done = um_system_close(handle) && done;
    done = done && um_system_replace(temporary, path);
    if (!done)
        um_system_remove(temporary);
    return done;
}

void um_cache_remove(const char *name) {
    char path[UM_CACHE_PATH];
    if (um_cache_path(name, false, path))
        um_system_remove(path);
}
