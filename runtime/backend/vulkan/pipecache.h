/* The driver's pipeline cache, kept in a file: $XDG_CACHE_HOME/unmask or ~/.cache/unmask, one per
 * device. A file is used only if its header names this device and driver and its SHA-256 is right.
 *
 * Drivers have crashed on their own caches, so a marker file next to the cache is locked while a
 * driver compiles with it. A marker that is not locked was left by a crash: the cache is discarded.
 */
#ifndef UM_BACKEND_VULKAN_PIPECACHE_H
#define UM_BACKEND_VULKAN_PIPECACHE_H

#include "backend/vulkan/vk.h"

/* Opens the cache of a device, empty if there is no usable file. NULL, which is not an error, if
 * UM_FEATURE_PIPECACHE is off, there is no folder for it, or memory has run out. */
struct um_vk_pipecache *um_vk_pipecache_open(struct um_vk_device *device);

/* For vkCreateComputePipelines; VK_NULL_HANDLE for NULL. */
VkPipelineCache um_vk_pipecache_handle(const struct um_vk_pipecache *cache);

/* To be called before and after compiling. NULL is accepted. */
void um_vk_pipecache_enter(struct um_vk_pipecache *cache);
void um_vk_pipecache_leave(struct um_vk_pipecache *cache);

/* Writes the file if there is something new, and frees the cache. NULL is accepted. */
void um_vk_pipecache_close(struct um_vk_device *device, struct um_vk_pipecache *cache);

#endif
