/* What the files of the Vulkan backend share: the device and its parts. */
#ifndef UM_BACKEND_VULKAN_VK_H
#define UM_BACKEND_VULKAN_VK_H

#include "backend/backend.h"
#include "backend/vulkan/features.h"
#include "backend/vulkan/loader.h"
#include "backend/vulkan/pace.h"

struct um_vk_buffer {
    VkBuffer handle;
    VkDeviceMemory memory;
    VkDeviceSize bytes;
    void *mapped; /* staging only */
};

/* The staging buffer: what is copied, the same once more, receipts and a token. */
enum {
    UM_VK_COPY_BYTES = 2 << 20,
    UM_VK_RECEIPTS = 4096,
    UM_VK_RECEIPT_BYTES = (UM_VK_RECEIPTS + 1) * 4,
    UM_VK_STAGING_BYTES = 2 * UM_VK_COPY_BYTES + UM_VK_RECEIPT_BYTES
};

struct um_vk_pipelines; /* pipeline.c */
struct um_vk_pipecache; /* pipecache.h */

/* What files kept from one run to the next are keyed by; no padding. */
struct um_vk_identity {
    uint8_t device_uuid[VK_UUID_SIZE], driver_uuid[VK_UUID_SIZE], cache_uuid[VK_UUID_SIZE];
    uint32_t vendor, device, driver_version;
};

struct um_vk_device {
    struct um_log log;
    struct um_vk_instance instance;
    VkPhysicalDevice physical;
    struct um_vk_identity identity;
    VkDevice handle;
    struct VolkDeviceTable vk;
    VkPhysicalDeviceLimits limits;
    VkPhysicalDeviceMemoryProperties memory;
    VkDeviceSize max_allocation;
    struct um_vk_features features; /* kernels are chosen by features.used */
    bool software;                  /* runs on the CPU */
    bool direct;                    /* kernels take the shapes that are fast there: = software */
    bool f16;                /* weights in F16 may be multiplied in F16: um_device_options.f16 */
    uint32_t forced_tile;    /* for tests: 1 + the size of tile that kernels take, 0 = by shape */
    uint64_t timestamp_mask; /* valid bits of the queue's timestamps, 0 = it has none */
    struct um_vk_pace pace;
    double selftest_seconds; /* 0 = the verdict was known */
    bool validation;
    bool distrust; /* um_device_options.distrust */
    bool lost;     /* the driver said so: only destroying makes sense now */
    bool hung;     /* work may be pending for ever: not even destroying is safe, so objects stay */
    uint32_t queue_family;
    VkQueue queue;
    VkCommandPool pool;
    VkCommandBuffer transfer; /* memory.c: copies, one at a time */
    VkFence fence;
    struct um_vk_buffer staging;
    struct um_vk_buffer receipts; /* transfer.c: of what was done; a token behind them */
    uint32_t token;               /* the latest */
    bool receipts_left;           /* a run has not been checked: they are of two runs */
    VkDeviceSize spilled;         /* bytes that lie in memory that is slow for the device */
    VkDescriptorSetLayout set_layout;
    VkPipelineLayout pipeline_layout;
    struct um_vk_pipelines *pipelines;
    struct um_vk_pipecache *pipecache; /* NULL = none is kept */
};

/* Whether kernels are to make use of a feature, of enum um_vk_feature. */
static inline bool um_vk_uses(const struct um_vk_device *device, uint32_t feature) {
    return (device->features.used & device->features.fast & feature) != 0;
}

/* device.c */
um_status um_vk_list(um_device_info *list, size_t capacity, size_t *count,
                     const struct um_log *log);
um_status um_vk_device_open(void **device, const struct um_device_options *options);
void um_vk_device_close(void **device);
bool um_vk_device_hangs(const void *device);

/* queue.c */

/* UM_ERROR_DEVICE_LOST after a loss, UM_ERROR if validation has reported anything, else UM_OK.
 * Every entry point of the backend ends with it. */
um_status um_vk_check(struct um_vk_device *device);

/* Submits one command buffer and waits in slices of 100 ms, polling *cancel (may be NULL). The
 * submission is always waited for: UM_CANCELLED comes after it has ended. Gives up with
 * UM_ERROR_DEVICE_LOST after `limit_seconds` of slices, at least 600 on a software device, which
 * shares its processor and compiles shaders when they first run; time in which the process is
 * stopped does not count. A wait that fails leaves the device hung, or lost. */
um_status um_vk_submit(struct um_vk_device *device, VkCommandBuffer commands,
                       const volatile int *cancel, double limit_seconds);

/* The same with several command buffers, executed in order. */
um_status um_vk_submit_all(struct um_vk_device *device, const VkCommandBuffer *commands,
                           uint32_t count, const volatile int *cancel, double limit_seconds);

/* memory.c */

/* `usage` as in VkBufferCreateInfo. Tries every fitting memory type, device-local ones first;
 * UM_ERROR_MEMORY when all are full. Where the driver tells a budget, what exceeds it is full: most
 * drivers would grant it and page. */
um_status um_vk_buffer_create(struct um_vk_device *device, struct um_vk_buffer *buffer,
                              VkDeviceSize bytes, VkBufferUsageFlags usage);

/* The same; without `spill` only device-local memory will do, if the device has any. */
um_status um_vk_buffer_create_in(struct um_vk_device *device, struct um_vk_buffer *buffer,
                                 VkDeviceSize bytes, VkBufferUsageFlags usage, bool spill);
um_status um_vk_staging_create(struct um_vk_device *device);
void um_vk_buffer_destroy(struct um_vk_device *device, struct um_vk_buffer *buffer);

/* Records a memory barrier between all that came before and all that follows. */
void um_vk_barrier(struct um_vk_device *device, VkCommandBuffer commands, VkPipelineStageFlags from,
                   VkAccessFlags from_access, VkPipelineStageFlags to, VkAccessFlags to_access);

/* transfer.c: copies between host memory and a buffer through the staging buffer, and waits.
 * `offset` and `bytes` are multiples of 4. UM_ERROR_CHECK if the device says that it has copied and
 * has not, or the data has changed on the way. */
um_status um_vk_upload(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                       VkDeviceSize offset, const void *data, size_t bytes);
um_status um_vk_download(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                         VkDeviceSize offset, void *data, size_t bytes);

/* Records that the unit `index` of a program was here. */
void um_vk_receipt(struct um_vk_device *device, VkCommandBuffer commands, uint32_t index);

/* Takes away all receipts. UM_ERROR_CHECK if one of the units 0 .. `units` - 1 has left none: the
 * device says that it has done what it has not. */
um_status um_vk_receipts_take(struct um_vk_device *device, uint32_t units);

/* weights.c: tensors on the device, as stored, except that one-dimensional F16 tensors are expanded
 * to F32, and Q8_0 too where um_vk_gemm_keeps_q8 says so. */
struct um_vk_tensor {
    uint32_t buffer; /* index into um_vk_weights.buffers */
    uint32_t type;   /* UM_WEIGHT_* */
    uint32_t rows;   /* outermost dimension */
    VkDeviceSize offset, bytes;
};
struct um_vk_weights {
    struct um_vk_device *device;
    uint32_t count, buffer_count;
    struct um_vk_tensor *tensors;
    struct um_vk_buffer *buffers;
};
um_status um_vk_weights_create(void **weights, void *device, const struct um_tensor *tensors,
                               uint32_t count);
void um_vk_weights_destroy(void **weights);

/* What a tensor becomes on the device: UM_WEIGHT_*. */
uint32_t um_vk_tensor_type(const struct um_vk_device *device, const struct um_tensor *tensor);

/* limits.c: as um_backend_fns.details and measure. */
void um_vk_details(void *device, um_device_details *details);
um_status um_vk_measure(void *device, um_limit limit, double *work, double *seconds);

/* timing.c: how long dispatches took, by timestamps around them. */
struct um_vk_timer {
    VkQueryPool pool; /* VK_NULL_HANDLE = the device has no timestamps */
    uint32_t count;
    uint64_t *stamps; /* (count) */
};
um_status um_vk_timer_create(struct um_vk_device *device, struct um_vk_timer *timer,
                             uint32_t count);
void um_vk_timer_destroy(struct um_vk_device *device, struct um_vk_timer *timer);

/* Records: clear `count` of them from `first` on; stamp one when all that came before has ended. */
void um_vk_timer_reset(struct um_vk_device *device, const struct um_vk_timer *timer,
                       VkCommandBuffer commands, uint32_t first, uint32_t count);
void um_vk_timer_stamp(struct um_vk_device *device, const struct um_vk_timer *timer,
                       VkCommandBuffer commands, uint32_t index);

/* Reads all stamps, once the work has ended. */
um_status um_vk_timer_read(struct um_vk_device *device, struct um_vk_timer *timer);
double um_vk_timer_seconds(const struct um_vk_device *device, const struct um_vk_timer *timer,
                           uint32_t from, uint32_t to);

/* program.c */
um_status um_vk_program_create(void **program, void *weights, const struct um_program_desc *desc);
void um_vk_program_destroy(void **program);
um_status um_vk_program_write(void *program, um_value_id value, const void *data);
um_status um_vk_program_read(void *program, um_value_id value, void *data);
um_status um_vk_program_read_part(void *program, um_value_id value, size_t elements, void *data);
um_status um_vk_program_run(void *program, const volatile int *cancel);

/* As um_backend_fns.longest_submission. */
double um_vk_longest_submission(void *device);

#endif
