/* The driver's pipeline cache, kept in a file: $XDG_CACHE_HOME/unmask or ~/.cache/unmask, one per
 * device. A file is used only if its header names this device and driver and its SHA-256 is right.
 *
 * Drivers have crashed on their own caches, so a marker beside the file is locked while they
 * compile from one. A marker that nobody has locked was left by a crash: the cache is thrown away.
 */
#ifndef UM_BACKEND_VULKAN_PIPECACHE_H
#define UM_BACKEND_VULKAN_PIPECACHE_H

#include "backend/vulkan/vk.h"

/* Opens the cache of a device, empty if there is no usable file; NULL if none is to be kept:
 * UM_FEATURE_PIPECACHE is off, there is no place for it, or memory has run out. Nothing of it is an
 * error. */
struct um_vk_pipecache *um_vk_pipecache_open(struct um_vk_device *device);

/* For vkCreateComputePipelines; VK_NULL_HANDLE for NULL. */
VkPipelineCache um_vk_pipecache_handle(const struct um_vk_pipecache *cache);

/* Around all compiling. NULL is accepted. */
void um_vk_pipecache_enter(struct um_vk_pipecache *cache);
void um_vk_pipecache_leave(struct um_vk_pipecache *cache);

/* Writes the file if there is something new, and frees the cache. NULL is accepted. */
void um_vk_pipecache_close(struct um_vk_device *device, struct um_vk_pipecache *cache);

#endif
