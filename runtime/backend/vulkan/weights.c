/* Puts a model's tensors into device buffers. */
#include "backend/vulkan/util.h"
#include "base/half.h"
#include "base/mem.h"

#include <string.h>

enum { TENSOR_ALIGNMENT = 256 };
static const VkDeviceSize max_buffer_bytes = 256u << 20;

static bool keeps_f16(const struct um_tensor *tensor) {
    return tensor->dtype == UM_F16 && tensor->n_dims > 1;
}

/* Assigns every tensor a buffer and an offset: a new buffer when the current one would grow beyond
 * what is wise to allocate in one piece. */
static um_status place(struct um_vk_weights *weights, const struct um_tensor *tensors) {
    struct um_vk_device *device = weights->device;
    VkDeviceSize cap =
        device->max_allocation < max_buffer_bytes ? device->max_allocation : max_buffer_bytes;
    VkDeviceSize used = 0;
    for (uint32_t i = 0; i < weights->count; i++) {
        struct um_vk_tensor *t = &weights->tensors[i];
        VkDeviceSize elements = um_tensor_elements(&tensors[i]);
        t->f16 = keeps_f16(&tensors[i]);
        t->rows = tensors[i].dims[0];
        /* Half floats are read in pairs, so an odd one has padding behind it. */
        t->bytes = t->f16 ? (elements * 2 + 3) / 4 * 4 : elements * 4;
        if (t->bytes > device->limits.maxStorageBufferRange)
            return um_fail(&device->log, UM_ERROR_MEMORY,
                           "Vulkan: tensor %s has %llu bytes, the device can bind %u",
                           tensors[i].name, (unsigned long long)t->bytes,
                           device->limits.maxStorageBufferRange);
        if (weights->buffer_count == 0 || used + t->bytes > cap) {
            weights->buffer_count++;
            used = 0;
        }
        t->buffer = weights->buffer_count - 1;
        t->offset = used;
        used += (t->bytes + TENSOR_ALIGNMENT - 1) / TENSOR_ALIGNMENT * TENSOR_ALIGNMENT;
    }
    return UM_OK;
}

static um_status allocate(struct um_vk_weights *weights) {
    struct um_vk_device *device = weights->device;
    weights->buffers = um_alloc(weights->buffer_count, sizeof *weights->buffers);
    if (!weights->buffers)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory loading weights");
    for (uint32_t b = 0; b < weights->buffer_count; b++) {
        VkDeviceSize bytes = 0;
        for (uint32_t i = 0; i < weights->count; i++)
            if (weights->tensors[i].buffer == b)
                bytes = weights->tensors[i].offset + weights->tensors[i].bytes;
        UM_TRY(um_vk_buffer_create(device, &weights->buffers[b], bytes,
                                   VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                       VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                                       VK_BUFFER_USAGE_TRANSFER_SRC_BIT));
    }
    return UM_OK;
}

/* Q8_0 cannot become F16 without losing bits of scale x integer, so it becomes F32. */
static um_status upload_expanded(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                                 VkDeviceSize offset, const struct um_tensor *tensor) {
    enum { CHUNK = 64 * 1024 }; /* elements; a multiple of Q8_0's 32 */
    float *chunk = um_alloc(CHUNK, sizeof *chunk);
    if (!chunk)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory loading weights");
    um_status status = UM_OK;
    size_t elements = um_tensor_elements(tensor);
    for (size_t first = 0; first < elements && status == UM_OK; first += CHUNK) {
        size_t count = elements - first < CHUNK ? elements - first : CHUNK;
        um_tensor_to_float(tensor, first, count, chunk);
        status = um_vk_upload(device, buffer, offset + first * 4, chunk, count * 4);
    }
    um_free(chunk);
    return status;
}

static um_status upload(struct um_vk_weights *weights, uint32_t index,
                        const struct um_tensor *tensor) {
    struct um_vk_device *device = weights->device;
    const struct um_vk_tensor *t = &weights->tensors[index];
    const struct um_vk_buffer *buffer = &weights->buffers[t->buffer];
    if (!t->f16 && tensor->dtype != UM_F32)
        return upload_expanded(device, buffer, t->offset, tensor);
    size_t whole = tensor->bytes / 4 * 4;
    UM_TRY(um_vk_upload(device, buffer, t->offset, tensor->data, whole));
    if (whole == tensor->bytes)
        return UM_OK;
    uint32_t last = 0;
    memcpy(&last, (const char *)tensor->data + whole, tensor->bytes - whole);
    return um_vk_upload(device, buffer, t->offset + whole, &last, sizeof last);
}

um_status um_vk_weights_create(void **out, void *device, const struct um_tensor *tensors,
                               uint32_t count) {
    *out = NULL;
    struct um_vk_device *d = device;
    struct um_vk_weights *weights = um_alloc(1, sizeof *weights);
    if (!weights)
        return um_fail(&d->log, UM_ERROR_MEMORY, "out of memory loading weights");
    weights->device = d;
    weights->count = count;
    weights->tensors = um_alloc(count, sizeof *weights->tensors);
    um_status status = weights->tensors
                           ? place(weights, tensors)
                           : um_fail(&d->log, UM_ERROR_MEMORY, "out of memory loading weights");
    if (status == UM_OK)
        status = allocate(weights);
    for (uint32_t i = 0; i < count && status == UM_OK; i++)
        status = upload(weights, i, &tensors[i]);
    if (status == UM_OK)
        status = um_vk_check(d);
    void *result = weights;
    if (status != UM_OK)
        um_vk_weights_destroy(&result);
    *out = result;
    return status;
}

void um_vk_weights_destroy(void **out) {
    struct um_vk_weights *weights = *out;
    *out = NULL;
    if (!weights)
        return;
    for (uint32_t b = 0; weights->buffers && b < weights->buffer_count; b++)
        um_vk_buffer_destroy(weights->device, &weights->buffers[b]);
    um_free(weights->buffers);
    um_free(weights->tensors);
    um_free(weights);
}
