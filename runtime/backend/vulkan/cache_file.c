/* Cache files on POSIX systems. */
#define _POSIX_C_SOURCE 200809L
#include "backend/vulkan/cache_file.h"

#include "base/file.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Both ends are this machine, so numbers are in its own byte order. */
struct header {
    char magic[8];
    uint32_t version;
    struct um_vk_cache_key key;
    uint64_t bytes;
    char sha256[64]; /* of the data, hex */
};

static const char MAGIC[8] = {'u', 'm', 'p', 'i', 'p', 'e', 's', '\n'};

static void hash(const void *data, size_t bytes, char hex[65]) {
    struct um_sha256 sha;
    um_sha256_init(&sha);
    um_sha256_update(&sha, data, bytes);
    um_sha256_hex(&sha, hex);
}

static struct header header_of(const struct um_vk_cache_key *key, size_t bytes,
                               const char hex[65]) {
    struct header header;
    memset(&header, 0, sizeof header); /* padding, too: headers are compared and written whole */
    memcpy(header.magic, MAGIC, sizeof header.magic);
    header.version = 1;
    header.key = *key;
    header.bytes = bytes;
    memcpy(header.sha256, hex, sizeof header.sha256);
    return header;
}

static bool make_folder(const char *path) {
    return mkdir(path, 0700) == 0 || errno == EEXIST;
}

bool um_vk_cache_path(const struct um_vk_cache_key *key, char path[UM_VK_CACHE_PATH]) {
    enum { ROOM = UM_VK_CACHE_PATH - 80 }; /* for what is appended */
    const char *folder = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int length;
    if (folder && folder[0] == '/') /* relative ones are to be ignored */
        length = snprintf(path, ROOM, "%s", folder);
    else if (home && home[0] == '/')
        length = snprintf(path, ROOM, "%s/.cache", home);
    else
        return false;
    if (length < 0 || length >= ROOM || !make_folder(path))
        return false;
    length += snprintf(path + length, 16, "/unmask");
    if (!make_folder(path))
        return false;
    length += snprintf(path + length, 16, "/pipelines-");
    for (int i = 0; i < 16; i++)
        length += snprintf(path + length, 3, "%02x", key->device_uuid[i]);
    snprintf(path + length, 8, ".bin");
    return true;
}

static void *read_checked(const struct um_file *file, const struct um_vk_cache_key *key,
                          size_t *bytes, char hex[65]) {
    struct header found, expected;
    uint64_t size;
    if (!um_file_size(file, &size) || size < sizeof found ||
        size - sizeof found > UM_VK_CACHE_MOST || !um_file_read(file, 0, &found, sizeof found))
        return NULL;
    *bytes = (size_t)(size - sizeof found);
    void *data = um_alloc_unset(*bytes, 1);
    if (!data || !um_file_read(file, sizeof found, data, *bytes)) {
        um_free(data);
        return NULL;
    }
    hash(data, *bytes, hex);
    expected = header_of(key, *bytes, hex);
    if (memcmp(&found, &expected, sizeof found) == 0)
        return data;
    um_free(data);
    return NULL;
}

void *um_vk_cache_read(const char *path, const struct um_vk_cache_key *key, size_t *bytes,
                       char hex[65]) {
    struct um_file file;
    struct um_file_error error;
    void *data = NULL;
    if (um_file_open(&file, path, &error)) {
        data = read_checked(&file, key, bytes, hex);
        um_file_close(&file);
    }
    if (!data) {
        *bytes = 0;
        hex[0] = '\0';
    }
    return data;
}

static bool write_all(int handle, const void *data, size_t bytes) {
    const unsigned char *from = data;
    while (bytes > 0) {
        ssize_t done = write(handle, from, bytes);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        from += done;
        bytes -= (size_t)done;
    }
    return true;
}

bool um_vk_cache_write(const char *path, const struct um_vk_cache_key *key, const void *data,
                       size_t bytes, const char *old_hex) {
    char hex[65], beside[UM_VK_CACHE_PATH + 32];
    hash(data, bytes, hex);
    if (strcmp(hex, old_hex) == 0)
        return true;
    const struct header header = header_of(key, bytes, hex);
    snprintf(beside, sizeof beside, "%s.%ld", path, (long)getpid());
    unlink(beside); /* of a process that died with this number */
    int handle = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (handle < 0)
        return false;
    bool ok = write_all(handle, &header, sizeof header) && write_all(handle, data, bytes) &&
              fsync(handle) == 0;
    ok = close(handle) == 0 && ok && rename(beside, path) == 0;
    if (!ok)
        unlink(beside);
    return ok;
}
