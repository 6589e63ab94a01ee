/* Wraps the functions that the Vulkan backend calls and that can fail. UM_REAL_LOADER is the path
 * of the real loader. Not for more than one thread's faults at a time; counting is atomic. */
#define _GNU_SOURCE
#include "vulkan/fault/fault_loader.h"

#include "vulkan/fault/lies.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOST    VK_ERROR_OUT_OF_HOST_MEMORY
#define DEVICE  VK_ERROR_OUT_OF_DEVICE_MEMORY
#define LOST    VK_ERROR_DEVICE_LOST
#define UNKNOWN VK_ERROR_UNKNOWN

#define ALLOCATOR const VkAllocationCallbacks *a

/* name, parameters, arguments, the results it may have, objects that it makes on success */
#define FUNCTIONS(X)                                                                               \
    X(vkCreateInstance, (const VkInstanceCreateInfo *i, ALLOCATOR, VkInstance *o), (i, a, o),      \
      R(HOST, DEVICE, VK_ERROR_INITIALIZATION_FAILED, VK_ERROR_INCOMPATIBLE_DRIVER), 1)            \
    X(vkEnumeratePhysicalDevices, (VkInstance i, uint32_t * n, VkPhysicalDevice * o), (i, n, o),   \
      R(HOST, DEVICE, VK_ERROR_INITIALIZATION_FAILED), 0)                                          \
    X(vkEnumerateDeviceExtensionProperties,                                                        \
      (VkPhysicalDevice d, const char *l, uint32_t *n, VkExtensionProperties *o), (d, l, n, o),    \
      R(HOST, DEVICE), 0)                                                                          \
    X(vkCreateDevice, (VkPhysicalDevice d, const VkDeviceCreateInfo *i, ALLOCATOR, VkDevice *o),   \
      (d, i, a, o),                                                                                \
      R(HOST, DEVICE, VK_ERROR_INITIALIZATION_FAILED, VK_ERROR_FEATURE_NOT_PRESENT,                \
        VK_ERROR_TOO_MANY_OBJECTS, LOST),                                                          \
      1)                                                                                           \
    X(vkAllocateMemory, (VkDevice d, const VkMemoryAllocateInfo *i, ALLOCATOR, VkDeviceMemory *o), \
      (d, i, a, o), R(HOST, DEVICE, VK_ERROR_TOO_MANY_OBJECTS), 1)                                 \
    X(vkBindBufferMemory, (VkDevice d, VkBuffer b, VkDeviceMemory m, VkDeviceSize s),              \
      (d, b, m, s), R(HOST, DEVICE), 0)                                                            \
    X(vkMapMemory,                                                                                 \
      (VkDevice d, VkDeviceMemory m, VkDeviceSize f, VkDeviceSize s, VkMemoryMapFlags l,           \
       void **o),                                                                                  \
      (d, m, f, s, l, o), R(HOST, DEVICE, VK_ERROR_MEMORY_MAP_FAILED), 0)                          \
    X(vkCreateBuffer, (VkDevice d, const VkBufferCreateInfo *i, ALLOCATOR, VkBuffer *o),           \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkCreateCommandPool,                                                                         \
      (VkDevice d, const VkCommandPoolCreateInfo *i, ALLOCATOR, VkCommandPool *o), (d, i, a, o),   \
      R(HOST, DEVICE), 1)                                                                          \
    X(vkAllocateCommandBuffers,                                                                    \
      (VkDevice d, const VkCommandBufferAllocateInfo *i, VkCommandBuffer *o), (d, i, o),           \
      R(HOST, DEVICE), 0)                                                                          \
    X(vkBeginCommandBuffer, (VkCommandBuffer c, const VkCommandBufferBeginInfo *i), (c, i),        \
      R(HOST, DEVICE), 0)                                                                          \
    X(vkEndCommandBuffer, (VkCommandBuffer c), (c), R(HOST, DEVICE, UNKNOWN), 0)                   \
    X(vkCreateFence, (VkDevice d, const VkFenceCreateInfo *i, ALLOCATOR, VkFence *o),              \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkResetFences, (VkDevice d, uint32_t n, const VkFence *f), (d, n, f), R(DEVICE), 0)          \
    X(vkQueueSubmit, (VkQueue q, uint32_t n, const VkSubmitInfo *s, VkFence f), (q, n, s, f),      \
      R(HOST, DEVICE, LOST), 0)                                                                    \
    X(vkWaitForFences, (VkDevice d, uint32_t n, const VkFence *f, VkBool32 l, uint64_t t),         \
      (d, n, f, l, t), R(HOST, DEVICE, LOST, VK_TIMEOUT), 0)                                       \
    X(vkCreateDescriptorSetLayout,                                                                 \
      (VkDevice d, const VkDescriptorSetLayoutCreateInfo *i, ALLOCATOR, VkDescriptorSetLayout *o), \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkCreatePipelineLayout,                                                                      \
      (VkDevice d, const VkPipelineLayoutCreateInfo *i, ALLOCATOR, VkPipelineLayout *o),           \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkCreateDescriptorPool,                                                                      \
      (VkDevice d, const VkDescriptorPoolCreateInfo *i, ALLOCATOR, VkDescriptorPool *o),           \
      (d, i, a, o), R(HOST, DEVICE, VK_ERROR_FRAGMENTATION), 1)                                    \
    X(vkAllocateDescriptorSets,                                                                    \
      (VkDevice d, const VkDescriptorSetAllocateInfo *i, VkDescriptorSet *o), (d, i, o),           \
      R(HOST, DEVICE, VK_ERROR_FRAGMENTED_POOL, VK_ERROR_OUT_OF_POOL_MEMORY), 0)                   \
    X(vkCreateShaderModule,                                                                        \
      (VkDevice d, const VkShaderModuleCreateInfo *i, ALLOCATOR, VkShaderModule *o), (d, i, a, o), \
      R(HOST, DEVICE, VK_ERROR_INVALID_SHADER_NV), 1)                                              \
    X(vkCreatePipelineCache,                                                                       \
      (VkDevice d, const VkPipelineCacheCreateInfo *i, ALLOCATOR, VkPipelineCache *o),             \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkGetPipelineCacheData, (VkDevice d, VkPipelineCache c, size_t * n, void *o), (d, c, n, o),  \
      R(HOST, DEVICE), 0)                                                                          \
    X(vkCreateQueryPool, (VkDevice d, const VkQueryPoolCreateInfo *i, ALLOCATOR, VkQueryPool *o),  \
      (d, i, a, o), R(HOST, DEVICE), 1)                                                            \
    X(vkGetQueryPoolResults,                                                                       \
      (VkDevice d, VkQueryPool p, uint32_t f, uint32_t c, size_t n, void *o, VkDeviceSize s,       \
       VkQueryResultFlags l),                                                                      \
      (d, p, f, c, n, o, s, l), R(HOST, DEVICE, LOST), 0)                                          \
    X(vkCreateComputePipelines,                                                                    \
      (VkDevice d, VkPipelineCache c, uint32_t n, const VkComputePipelineCreateInfo *i, ALLOCATOR, \
       VkPipeline *o),                                                                             \
      (d, c, n, i, a, o), R(HOST, DEVICE, VK_ERROR_INVALID_SHADER_NV), n)

#define DESTROYERS(X)                                                                              \
    X(vkDestroyBuffer, VkBuffer)                                                                   \
    X(vkFreeMemory, VkDeviceMemory)                                                                \
    X(vkDestroyCommandPool, VkCommandPool)                                                         \
    X(vkDestroyFence, VkFence)                                                                     \
    X(vkDestroyDescriptorSetLayout, VkDescriptorSetLayout)                                         \
    X(vkDestroyPipelineLayout, VkPipelineLayout)                                                   \
    X(vkDestroyDescriptorPool, VkDescriptorPool)                                                   \
    X(vkDestroyShaderModule, VkShaderModule)                                                       \
    X(vkDestroyPipelineCache, VkPipelineCache)                                                     \
    X(vkDestroyQueryPool, VkQueryPool)                                                             \
    X(vkDestroyPipeline, VkPipeline)

enum {
#define X(name, parameters, arguments, results, made) INDEX_##name,
    FUNCTIONS(X)
#undef X
        COUNT
};

static const struct fault_function functions[COUNT] = {
#define R(...)                                                                                     \
    { __VA_ARGS__, VK_SUCCESS }
#define X(name, parameters, arguments, results, made) {#name, results},
    FUNCTIONS(X)
#undef X
#undef R
};

static unsigned calls[COUNT];
static long live;
static struct {
    int function; /* -1 = none */
    unsigned k;
    VkResult result;
    bool later_ones_too;
} fault = {.function = -1};

static int index_of(const char *name) {
    for (int i = 0; i < COUNT; i++)
        if (strcmp(functions[i].name, name) == 0)
            return i;
    return -1;
}

const struct fault_function *fault_functions(unsigned *count) {
    *count = COUNT;
    return functions;
}

void fault_arm(const char *name, unsigned k, VkResult result, bool later_ones_too) {
    memset(calls, 0, sizeof calls);
    fault.function = k ? index_of(name) : -1;
    fault.k = k;
    fault.result = result;
    fault.later_ones_too = later_ones_too;
}

unsigned fault_calls(const char *name) {
    const int index = index_of(name);
    return index < 0 ? 0 : __atomic_load_n(&calls[index], __ATOMIC_RELAXED);
}

long fault_live(void) {
    return __atomic_load_n(&live, __ATOMIC_RELAXED);
}

/* The one that work goes to; NULL = no device is open. */
static VkQueue queue;
static PFN_vkQueueWaitIdle real_vkQueueWaitIdle;

/* A device that is lost works no more, so all that it uses may be destroyed. One that only says so
 * has to come to rest first. */
static void lose(void) {
    if (queue)
        real_vkQueueWaitIdle(queue);
}

static bool fails(int index) {
    const unsigned call = __atomic_add_fetch(&calls[index], 1, __ATOMIC_RELAXED);
    const bool now =
        index == fault.function && (call == fault.k || (fault.later_ones_too && call > fault.k));
    if (now && fault.result == LOST)
        lose();
    return now;
}

static void count_live(long more) {
    __atomic_add_fetch(&live, more, __ATOMIC_RELAXED);
}

#define R(...)
#define X(name, parameters, arguments, results, made)                                              \
    static PFN_##name real_##name;                                                                 \
    static VKAPI_ATTR VkResult VKAPI_CALL my_##name parameters {                                   \
        if (fails(INDEX_##name))                                                                   \
            return fault.result;                                                                   \
        const VkResult result = real_##name arguments;                                             \
        if (result == VK_SUCCESS)                                                                  \
            count_live((long)(made));                                                              \
        return result;                                                                             \
    }
FUNCTIONS(X)
#undef X
#undef R

#define X(name, type)                                                                              \
    static PFN_##name real_##name;                                                                 \
    static VKAPI_ATTR void VKAPI_CALL my_##name(VkDevice device, type object, ALLOCATOR) {         \
        count_live(object ? -1 : 0);                                                               \
        real_##name(device, object, a);                                                            \
    }
DESTROYERS(X)
#undef X

/* ---------------------------------------------------------------- lies */

static VKAPI_ATTR VkResult VKAPI_CALL lying_vkQueueSubmit(VkQueue to, uint32_t count,
                                                          const VkSubmitInfo *infos,
                                                          VkFence fence) {
    const VkSubmitInfo nothing = {.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO};
    const bool skips = lie_skips_submission();
    return my_vkQueueSubmit(to, count, skips ? &nothing : infos, fence);
}

static VKAPI_ATTR VkResult VKAPI_CALL lying_vkWaitForFences(VkDevice device, uint32_t count,
                                                            const VkFence *fences, VkBool32 all,
                                                            uint64_t timeout) {
    const VkResult result = my_vkWaitForFences(device, count, fences, all, timeout);
    if (result == VK_SUCCESS)
        lie_about_memory();
    return result;
}

/* What is mapped was allocated last: the backend maps one buffer. */
static VkDeviceSize latest_bytes;
static VKAPI_ATTR VkResult VKAPI_CALL lying_vkAllocateMemory(VkDevice device,
                                                             const VkMemoryAllocateInfo *info,
                                                             ALLOCATOR, VkDeviceMemory *out) {
    latest_bytes = info->allocationSize;
    return my_vkAllocateMemory(device, info, a, out);
}

static VKAPI_ATTR VkResult VKAPI_CALL lying_vkMapMemory(VkDevice device, VkDeviceMemory memory,
                                                        VkDeviceSize offset, VkDeviceSize bytes,
                                                        VkMemoryMapFlags flags, void **out) {
    const VkResult result = my_vkMapMemory(device, memory, offset, bytes, flags, out);
    if (result == VK_SUCCESS)
        lie_mapped(*out, latest_bytes);
    return result;
}

static PFN_vkCmdCopyBuffer real_vkCmdCopyBuffer;
static VKAPI_ATTR void VKAPI_CALL my_vkCmdCopyBuffer(VkCommandBuffer commands, VkBuffer from,
                                                     VkBuffer to, uint32_t count,
                                                     const VkBufferCopy *regions) {
    if (!lie_drops_copy())
        real_vkCmdCopyBuffer(commands, from, to, count, regions);
}

static PFN_vkCmdFillBuffer real_vkCmdFillBuffer;
static VKAPI_ATTR void VKAPI_CALL my_vkCmdFillBuffer(VkCommandBuffer commands, VkBuffer buffer,
                                                     VkDeviceSize offset, VkDeviceSize bytes,
                                                     uint32_t data) {
    if (!lie_drops_fill())
        real_vkCmdFillBuffer(commands, buffer, offset, bytes, data);
}

/* ---------------------------------------------------------------- the rest */

static PFN_vkDestroyInstance real_vkDestroyInstance;
static VKAPI_ATTR void VKAPI_CALL my_vkDestroyInstance(VkInstance instance, ALLOCATOR) {
    count_live(-1);
    real_vkDestroyInstance(instance, a);
}

static PFN_vkDestroyDevice real_vkDestroyDevice;
static VKAPI_ATTR void VKAPI_CALL my_vkDestroyDevice(VkDevice device, ALLOCATOR) {
    count_live(-1);
    lie_mapped(NULL, 0);
    queue = VK_NULL_HANDLE;
    real_vkDestroyDevice(device, a);
}

static PFN_vkGetDeviceProcAddr real_vkGetDeviceProcAddr;
static PFN_vkGetDeviceQueue real_vkGetDeviceQueue;
static VKAPI_ATTR void VKAPI_CALL my_vkGetDeviceQueue(VkDevice device, uint32_t family,
                                                      uint32_t index, VkQueue *out) {
    real_vkGetDeviceQueue(device, family, index, out);
    queue = *out;
    real_vkQueueWaitIdle = (PFN_vkQueueWaitIdle)real_vkGetDeviceProcAddr(device, "vkQueueWaitIdle");
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL my_vkGetDeviceProcAddr(VkDevice device,
                                                                       const char *name);

/* The wrapper of a function, which calls `real` from now on; `real` itself if there is none. */
static PFN_vkVoidFunction wrap(const char *name, PFN_vkVoidFunction real) {
#define WRAP(function)                                                                             \
    if (strcmp(name, #function) == 0) {                                                            \
        real_##function = (PFN_##function)real;                                                    \
        return (PFN_vkVoidFunction)my_##function;                                                  \
    }
#define LIES(function)                                                                             \
    if (strcmp(name, #function) == 0) {                                                            \
        real_##function = (PFN_##function)real;                                                    \
        return (PFN_vkVoidFunction)lying_##function;                                               \
    }
    LIES(vkQueueSubmit)
    LIES(vkWaitForFences)
    LIES(vkAllocateMemory)
    LIES(vkMapMemory)
#undef LIES
    WRAP(vkCmdCopyBuffer)
    WRAP(vkCmdFillBuffer)
#define X(function, parameters, arguments, results, made) WRAP(function)
    FUNCTIONS(X)
#undef X
#define X(function, type) WRAP(function)
    DESTROYERS(X)
#undef X
    WRAP(vkDestroyInstance)
    WRAP(vkDestroyDevice)
    WRAP(vkGetDeviceQueue)
    WRAP(vkGetDeviceProcAddr)
#undef WRAP
    return real;
}

static VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL my_vkGetDeviceProcAddr(VkDevice device,
                                                                       const char *name) {
    PFN_vkVoidFunction real = real_vkGetDeviceProcAddr(device, name);
    return real ? wrap(name, real) : NULL;
}

/* FUNCTION:K:RESULT[:on] */
static void arm_from_environment(void) {
    const char *text = getenv("UM_FAULT");
    char name[64], later[4] = "";
    unsigned k = 0;
    int result = 0;
    if (!text)
        return;
    if (sscanf(text, "%63[^:]:%u:%d:%3s", name, &k, &result, later) < 3 || index_of(name) < 0) {
        fprintf(stderr, "UM_FAULT: %s\n", text);
        abort();
    }
    fault_arm(name, k, (VkResult)result, strcmp(later, "on") == 0);
}

VKAPI_ATTR PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance,
                                                               const char *name) {
    static PFN_vkGetInstanceProcAddr real;
    if (!real) {
        void *library = dlopen(UM_REAL_LOADER, RTLD_NOW | RTLD_LOCAL);
        if (library)
            *(void **)&real = dlsym(library, "vkGetInstanceProcAddr");
        if (!real)
            return NULL;
        arm_from_environment();
        lie_arm_from_environment();
    }
    PFN_vkVoidFunction found = real(instance, name);
    return found ? wrap(name, found) : NULL;
}
