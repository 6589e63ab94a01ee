/* Files that keep data made by a driver: a header that names device and driver, a SHA-256, data. */
#ifndef UM_BACKEND_VULKAN_CACHE_FILE_H
#define UM_BACKEND_VULKAN_CACHE_FILE_H

#include "backend/vulkan/vk.h"

#include <stdbool.h>
#include <stddef.h>

enum { UM_VK_CACHE_NAME = 48, UM_VK_CACHE_MOST = 256 << 20 /* bytes of data */ };

/* The name of a device's file, for base/cache.h. */
void um_vk_cache_name(const struct um_vk_identity *key, char name[UM_VK_CACHE_NAME]);

/* The data of a file (um_free) and its SHA-256; NULL and "" if there is none, or if it is for
 * another device or damaged. */
void *um_vk_cache_read(const struct um_vk_identity *key, size_t *bytes, char hex[65]);

/* Replaces the file unless its hash, `old_hex`, is that of the data. False if that failed; the old
 * file is then unchanged. */
bool um_vk_cache_write(const struct um_vk_identity *key, const void *data, size_t bytes,
                       const char *old_hex);

#endif
