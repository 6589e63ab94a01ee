/* Puts a model's tensors into device buffers. */
#include "backend/vulkan/gemm.h"
#include "backend/vulkan/util.h"
#include "base/half.h"
#include "base/mem.h"

#include <string.h>

enum { TENSOR_ALIGNMENT = 256 };
static const VkDeviceSize max_buffer_bytes = 256u << 20;

/* Convolutions of Q8_0 are expanded: rounding their inputs to int8 as well would show. */
uint32_t um_vk_tensor_type(const struct um_vk_device *device, const struct um_tensor *tensor) {
    if (tensor->dtype == UM_F16 && tensor->n_dims > 1)
        return UM_WEIGHT_F16;
    return tensor->dtype == UM_Q8_0 && tensor->n_dims == 2 && um_vk_gemm_keeps_q8(device)
               ? UM_WEIGHT_Q8
               : UM_WEIGHT_F32;
}

static VkDeviceSize bytes_of(uint32_t type, VkDeviceSize elements) {
    if (type == UM_WEIGHT_Q8)
        return elements / 32 * UM_Q8_WORDS * 4;
    /* Half floats are read in pairs, so an odd one has padding behind it. */
    return type == UM_WEIGHT_F16 ? (elements * 2 + 3) / 4 * 4 : elements * 4;
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
        t->type = um_vk_tensor_type(device, &tensors[i]);
        t->rows = tensors[i].dims[0];
        t->bytes = bytes_of(t->type, elements);
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

/* Scales become F32 and go behind their integers, so that words stay whole. */
static um_status upload_q8(struct um_vk_device *device, const struct um_vk_buffer *buffer,
                           VkDeviceSize offset, const struct um_tensor *tensor) {
    enum {
        CHUNK = 4096,
        FILE_BYTES = 34,
        BLOCK_BYTES = UM_Q8_WORDS * 4
    }; /* blocks; bytes of one */
    unsigned char *chunk = um_alloc(CHUNK, BLOCK_BYTES);
    if (!chunk)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory loading weights");
    um_status status = UM_OK;
    const size_t blocks = um_tensor_elements(tensor) / 32;
    for (size_t first = 0; first < blocks && status == UM_OK; first += CHUNK) {
        const size_t count = blocks - first < CHUNK ? blocks - first : CHUNK;
        const unsigned char *source = (const unsigned char *)tensor->data + first * FILE_BYTES;
        for (size_t b = 0; b < count; b++, source += FILE_BYTES) {
            uint16_t half;
            memcpy(&half, source, sizeof half);
            const float scale = um_half_to_float(half);
            memcpy(chunk + b * BLOCK_BYTES, source + sizeof half, 32);
            memcpy(chunk + b * BLOCK_BYTES + 32, &scale, sizeof scale);
        }
        status =
            um_vk_upload(device, buffer, offset + first * BLOCK_BYTES, chunk, count * BLOCK_BYTES);
    }
    um_free(chunk);
    return status;
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
    if (t->type == UM_WEIGHT_Q8)
        return upload_q8(device, buffer, t->offset, tensor);
    if (t->type == UM_WEIGHT_F32 && tensor->dtype != UM_F32)
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
