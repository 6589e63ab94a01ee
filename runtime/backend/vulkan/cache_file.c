/* Cache files: what stands before the data. */
#include "backend/vulkan/cache_file.h"

#include "base/cache.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

/* Both ends are this machine, so numbers are in its own byte order. */
struct header {
    char magic[8];
    uint32_t version;
    struct um_vk_identity key;
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

static struct header header_of(const struct um_vk_identity *key, size_t bytes, const char hex[65]) {
    struct header header;
    memset(&header, 0, sizeof header); /* padding, too: headers are compared and written whole */
    memcpy(header.magic, MAGIC, sizeof header.magic);
    header.version = 1;
    header.key = *key;
    header.bytes = bytes;
    memcpy(header.sha256, hex, sizeof header.sha256);
    return header;
}

void um_vk_cache_name(const struct um_vk_identity *key, char name[UM_VK_CACHE_NAME]) {
    int length = snprintf(name, UM_VK_CACHE_NAME, "pipelines-");
    for (size_t i = 0; i < VK_UUID_SIZE; i++)
        length += snprintf(name + length, 3, "%02x", key->device_uuid[i]);
    snprintf(name + length, 5, ".bin");
}

/* Whether a file of `size` bytes is the key's and whole. */
static bool check(const void *file, size_t size, const struct um_vk_identity *key, char hex[65]) {
    struct header expected;
    if (size < sizeof expected)
        return false;
    hash((const char *)file + sizeof expected, size - sizeof expected, hex);
    expected = header_of(key, size - sizeof expected, hex);
    return memcmp(file, &expected, sizeof expected) == 0;
}

void *um_vk_cache_read(const struct um_vk_identity *key, size_t *bytes, char hex[65]) {
    char name[UM_VK_CACHE_NAME], *file;
    size_t size = 0;
    um_vk_cache_name(key, name);
    if (um_cache_read(name, sizeof(struct header) + UM_VK_CACHE_MOST, &file, &size) &&
        check(file, size, key, hex)) {
        *bytes = size - sizeof(struct header);
        return memmove(file, file + sizeof(struct header), *bytes);
    }
    um_free(file);
    *bytes = 0;
    hex[0] = '\0';
    return NULL;
}

bool um_vk_cache_write(const struct um_vk_identity *key, const void *data, size_t bytes,
                       const char *old_hex) {
    char hex[65], name[UM_VK_CACHE_NAME];
    hash(data, bytes, hex);
    if (strcmp(hex, old_hex) == 0)
        return true;
    const struct header header = header_of(key, bytes, hex);
    um_vk_cache_name(key, name);
    return um_cache_write(
        name, (const struct um_cache_part[]){{&header, sizeof header}, {data, bytes}}, 2);
}
