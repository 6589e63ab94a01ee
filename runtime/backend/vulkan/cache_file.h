/* Files that keep what a driver has made: a header that names device and driver, a SHA-256, data.
 */
#ifndef UM_BACKEND_VULKAN_CACHE_FILE_H
#define UM_BACKEND_VULKAN_CACHE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UM_VK_CACHE_PATH = 1024, UM_VK_CACHE_MOST = 256 << 20 /* bytes of data */ };

/* What data is good for. */
struct um_vk_cache_key {
    uint32_t vendor, device, driver_version;
    uint8_t device_uuid[16], driver_uuid[16], cache_uuid[16];
};

/* The place of a device's file; the folder is made. False if the environment names none that can be
 * had. */
bool um_vk_cache_path(const struct um_vk_cache_key *key, char path[UM_VK_CACHE_PATH]);

/* The data of a file (um_free) and its SHA-256; NULL and "" if there is none, or it is foreign,
 * short or damaged. */
void *um_vk_cache_read(const char *path, const struct um_vk_cache_key *key, size_t *bytes,
                       char hex[65]);

/* Writes a file beside the old one and then in its place, unless the old one's hash is the data's.
 * False if that failed; the old one is then as before. */
bool um_vk_cache_write(const char *path, const struct um_vk_cache_key *key, const void *data,
                       size_t bytes, const char *old_hex);

#endif
