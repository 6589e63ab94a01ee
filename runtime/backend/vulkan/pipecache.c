/* The pipeline cache as a file. */
#include "backend/vulkan/pipecache.h"

#include "backend/vulkan/cache_file.h"
#include "backend/vulkan/util.h"
#include "base/cache.h"
#include "base/mem.h"
#include "base/system/system.h"

#include <stdio.h>
#include <string.h>

struct um_vk_pipecache {
    VkPipelineCache handle;
    char path[UM_CACHE_PATH], marker[UM_CACHE_PATH + 8];
    char loaded[65]; /* SHA-256 of what came from the file; "" = nothing */
    int lock;        /* of the marker; -1 = none */
};

static void drop_after_crash(const struct um_vk_device *device, struct um_vk_pipecache *cache) {
    int lock = um_system_lock(cache->marker, false);
    if (lock < 0)
        return;
    um_log_write(&device->log, UM_LOG_WARN,
                 "Vulkan: the driver crashed with its pipeline cache, which is thrown away: %s",
                 cache->path);
    um_system_remove(cache->path);
    um_system_remove(cache->marker);
    um_system_close(lock);
}

static VkResult create(struct um_vk_device *device, struct um_vk_pipecache *cache, const void *data,
                       size_t bytes) {
    const VkPipelineCacheCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = bytes,
        .pInitialData = data,
    };
    return device->vk.vkCreatePipelineCache(device->handle, &info, NULL, &cache->handle);
}

struct um_vk_pipecache *um_vk_pipecache_open(struct um_vk_device *device) {
    if (!(device->features.used & UM_FEATURE_PIPECACHE))
        return NULL;
    struct um_vk_pipecache *cache = um_alloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    cache->lock = -1;
    char name[UM_VK_CACHE_NAME];
    um_vk_cache_name(&device->identity, name);
    if (!um_cache_path(name, true, cache->path)) {
        um_free(cache);
        return NULL;
    }
    snprintf(cache->marker, sizeof cache->marker, "%s.busy", cache->path);
    drop_after_crash(device, cache);
    size_t bytes = 0;
    void *data = um_vk_cache_read(&device->identity, &bytes, cache->loaded);
    um_vk_pipecache_enter(cache);
    VkResult result = create(device, cache, data, bytes);
    um_vk_pipecache_leave(cache);
    if (result != VK_SUCCESS && data) {
        cache->loaded[0] = '\0';
        result = create(device, cache, NULL, 0);
    }
    um_free(data);
    if (result == VK_SUCCESS)
        return cache;
    um_free(cache);
    return NULL;
}

VkPipelineCache um_vk_pipecache_handle(const struct um_vk_pipecache *cache) {
    return cache ? cache->handle : VK_NULL_HANDLE;
}

void um_vk_pipecache_enter(struct um_vk_pipecache *cache) {
    if (cache && cache->loaded[0] && cache->lock < 0)
        cache->lock = um_system_lock(cache->marker, true);
}

void um_vk_pipecache_leave(struct um_vk_pipecache *cache) {
    if (!cache || cache->lock < 0)
        return;
    um_system_remove(cache->marker);
    um_system_close(cache->lock);
    cache->lock = -1;
}

static void save(struct um_vk_device *device, const struct um_vk_pipecache *cache) {
    size_t bytes = 0;
    const struct VolkDeviceTable *vk = &device->vk;
    if (vk->vkGetPipelineCacheData(device->handle, cache->handle, &bytes, NULL) != VK_SUCCESS ||
        bytes == 0 || bytes > UM_VK_CACHE_MOST)
        return;
    void *data = um_alloc_unset(bytes, 1);
    if (data &&
        vk->vkGetPipelineCacheData(device->handle, cache->handle, &bytes, data) == VK_SUCCESS &&
        !um_vk_cache_write(&device->identity, data, bytes, cache->loaded))
        um_log_write(&device->log, UM_LOG_DEBUG, "Vulkan: cannot write %s", cache->path);
    um_free(data);
}

void um_vk_pipecache_close(struct um_vk_device *device, struct um_vk_pipecache *cache) {
    if (!cache)
        return;
    if (!device->lost && !device->hung)
        save(device, cache);
    if (!device->hung)
        device->vk.vkDestroyPipelineCache(device->handle, cache->handle, NULL);
    um_free(cache);
}
