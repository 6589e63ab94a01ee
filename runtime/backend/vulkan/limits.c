/* What a device can do at most: shaders that only copy, or only multiply and add, numbers or
 * matrices. */
#include "backend/vulkan/dispatch.h"
#include "backend/vulkan/util.h"
#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum {
    GROUP = 64,
    GROUP_SOFTWARE = 16,
    GROUPS = 16384,
    GROUPS_SOFTWARE = 64,
    MATRIX_GROUPS = 4096,
    REPEATS = 1 << 12, /* dispatches or rounds, at most */
};

/* Larger than the caches twice over; software devices share those of the CPU. */
static const VkDeviceSize copy_bytes = 256u << 20, copy_bytes_software = 96u << 20;
static const double enough_seconds = 0.02, limit_seconds = 60;
static const float factor = -1.0f, offset = 3.5f; /* x, 3.5 - x, x, ...: exact */

/* One load: a dispatch over two buffers, recorded `repeats` times. */
struct load {
    struct um_vk_device *device;
    enum um_vk_shader shader;
    struct um_vk_spec spec;
    struct um_push_peak push;
    uint32_t groups;
    struct um_vk_buffer from, to;
    VkDescriptorPool pool;
    VkDescriptorSet set;
    VkPipeline pipeline;
    struct um_vk_timer timer;
};

static um_status make_set(struct load *l) {
    struct um_vk_device *device = l->device;
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, UM_BIND_COUNT};
    VkDescriptorPoolCreateInfo pool = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
                                       .maxSets = 1,
                                       .poolSizeCount = 1,
                                       .pPoolSizes = &size};
    UM_VK_TRY(device, device->vk.vkCreateDescriptorPool(device->handle, &pool, NULL, &l->pool));
    VkDescriptorSetAllocateInfo info = {.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
                                        .descriptorPool = l->pool,
                                        .descriptorSetCount = 1,
                                        .pSetLayouts = &device->set_layout};
    UM_VK_TRY(device, device->vk.vkAllocateDescriptorSets(device->handle, &info, &l->set));
    VkDescriptorBufferInfo buffers[UM_BIND_COUNT];
    for (uint32_t b = 0; b < UM_BIND_COUNT; b++)
        buffers[b] = (VkDescriptorBufferInfo){b == UM_BIND_OUT ? l->to.handle : l->from.handle, 0,
                                              VK_WHOLE_SIZE};
    VkWriteDescriptorSet write = {.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
                                  .dstSet = l->set,
                                  .descriptorCount = UM_BIND_COUNT,
                                  .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                                  .pBufferInfo = buffers};
    device->vk.vkUpdateDescriptorSets(device->handle, 1, &write, 0, NULL);
    return UM_OK;
}

static um_status open_load(struct load *l, VkDeviceSize from_bytes, VkDeviceSize to_bytes) {
    const VkBufferUsageFlags usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    l->spec.value[UM_SPEC_LANES] = 1;
    if (l->spec.value[UM_SPEC_GROUP] == 0)
        l->spec.value[UM_SPEC_GROUP] = l->device->software ? GROUP_SOFTWARE : GROUP;
    UM_TRY(um_vk_buffer_create(l->device, &l->from, from_bytes, usage));
    UM_TRY(um_vk_buffer_create(l->device, &l->to, to_bytes, usage));
    UM_TRY(make_set(l));
    UM_TRY(um_vk_pipeline(l->device, l->shader, &l->spec, &l->pipeline));
    return um_vk_timer_create(l->device, &l->timer, 2);
}

static void close_load(struct load *l) {
    um_vk_timer_destroy(l->device, &l->timer);
    if (l->device->hung)
        return;
    l->device->vk.vkDestroyDescriptorPool(l->device->handle, l->pool, NULL);
    um_vk_buffer_destroy(l->device, &l->from);
    um_vk_buffer_destroy(l->device, &l->to);
}

static um_status record(const struct load *l, uint32_t repeats) {
    struct um_vk_device *device = l->device;
    const struct VolkDeviceTable *vk = &device->vk;
    const VkCommandBuffer commands = device->transfer;
    const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
                                      .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT};
    UM_VK_TRY(device, vk->vkBeginCommandBuffer(commands, &begin));
    um_vk_barrier(device, commands, compute | VK_PIPELINE_STAGE_TRANSFER_BIT,
                  VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, compute,
                  VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
    um_vk_timer_reset(device, &l->timer, commands, 0, 2);
    um_vk_timer_stamp(device, &l->timer, commands, 0);
    vk->vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, l->pipeline);
    vk->vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, device->pipeline_layout,
                                0, 1, &l->set, 0, NULL);
    vk->vkCmdPushConstants(commands, device->pipeline_layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           sizeof l->push, &l->push);
    for (uint32_t i = 0; i < repeats; i++) {
        if (i > 0)
            um_vk_barrier(device, commands, compute, VK_ACCESS_SHADER_WRITE_BIT, compute,
                          VK_ACCESS_SHADER_WRITE_BIT);
        const uint32_t x = l->groups < 32768 ? l->groups : 32768;
        vk->vkCmdDispatch(commands, x, (l->groups + x - 1) / x, 1);
    }
    um_vk_timer_stamp(device, &l->timer, commands, 1);
    UM_VK_TRY(device, vk->vkEndCommandBuffer(commands));
    return UM_OK;
}

static um_status run(struct load *l, uint32_t repeats, double *seconds) {
    UM_TRY(record(l, repeats));
    const double start = um_clock_seconds();
    UM_TRY(um_vk_submit(l->device, l->device->transfer, NULL, limit_seconds));
    *seconds = um_clock_seconds() - start;
    if (!l->timer.pool)
        return UM_OK;
    UM_TRY(um_vk_timer_read(l->device, &l->timer));
    *seconds = um_vk_timer_seconds(l->device, &l->timer, 0, 1);
    return UM_OK;
}

static um_status too_fast(struct um_vk_device *device) {
    return um_fail(&device->log, UM_ERROR_CHECK,
                   "the clock stood still while a limit was measured");
}

static void fill(uint32_t *words, size_t count) {
    uint32_t state = 1;
    for (size_t i = 0; i < count; i++)
        words[i] = state = state * 1664525u + 1013904223u;
}

/* More and more copies in one submission until it takes long enough. */
static um_status time_copies(struct load *l, double bytes, double *work, double *seconds) {
    UM_TRY(run(l, 1, seconds)); /* wakes the device and touches the pages */
    for (uint32_t repeats = 1; repeats <= REPEATS; repeats *= 2) {
        UM_TRY(run(l, repeats, seconds));
        *work = 2 * bytes * repeats;
        if (*seconds >= enough_seconds)
            return UM_OK;
    }
    return *seconds > 0 ? UM_OK : too_fast(l->device);
}

static um_status measure_copy(struct um_vk_device *device, double *work, double *seconds) {
    VkDeviceSize bytes = device->software ? copy_bytes_software : copy_bytes;
    if (bytes > device->limits.maxStorageBufferRange)
        bytes = device->limits.maxStorageBufferRange / 4096 * 4096;
    struct load l = {
        .device = device, .shader = UM_VK_PEAK_COPY, .push = {.count = (uint32_t)(bytes / 16)}};
    const uint32_t group = device->software ? GROUP_SOFTWARE : GROUP;
    l.groups = (l.push.count + group - 1) / group;
    uint32_t *words = um_alloc(bytes / 4, 4), *back = um_alloc(bytes / 4, 4);
    um_status status = UM_OK;
    if (!words || !back)
        status = um_fail(&device->log, UM_ERROR_MEMORY, "out of memory measuring a device");
    if (status == UM_OK)
        status = open_load(&l, bytes, bytes);
    if (status == UM_OK) {
        fill(words, bytes / 4);
        status = um_vk_upload(device, &l.from, 0, words, bytes);
    }
    if (status == UM_OK)
        status = time_copies(&l, (double)bytes, work, seconds);
    if (status == UM_OK)
        status = um_vk_download(device, &l.to, 0, back, bytes);
    if (status == UM_OK && memcmp(words, back, bytes) != 0)
        status = um_fail(&device->log, UM_ERROR_CHECK, "copied memory differs from its source");
    um_free(words);
    um_free(back);
    close_load(&l);
    return status;
}

/* More and more rounds until they take long enough; their number is odd. */
static um_status time_rounds(struct load *l, double per_round, double *work, double *seconds) {
    UM_TRY(run(l, 1, seconds));
    for (l->push.count = 15; l->push.count < UINT32_C(1) << 24;
         l->push.count = l->push.count * 2 + 1) {
        UM_TRY(run(l, 1, seconds));
        *work = per_round * l->push.count;
        if (*seconds >= enough_seconds)
            return UM_OK;
    }
    return *seconds > 0 ? UM_OK : too_fast(l->device);
}

/* The chain from x on goes x, 3.5 - x, x, ... */
static um_status check_fma(struct load *l, uint32_t invocations) {
    float *out = um_alloc(invocations, sizeof *out);
    if (!out)
        return um_fail(&l->device->log, UM_ERROR_MEMORY, "out of memory measuring a device");
    um_status status = um_vk_download(l->device, &l->to, 0, out, invocations * sizeof *out);
    for (uint32_t i = 0; i < invocations && status == UM_OK; i++)
        if ((double)out[i] != UM_PEAK_CHAINS * ((double)offset + (double)factor * (i % 8)) +
                                  (double)factor * UM_PEAK_CHAINS * (UM_PEAK_CHAINS - 1) / 2)
            status = um_fail(&l->device->log, UM_ERROR_CHECK, "multiply-adds gave a wrong result");
    um_free(out);
    return status;
}

static um_status measure_fma(struct um_vk_device *device, double *work, double *seconds) {
    struct load l = {.device = device,
                     .shader = UM_VK_PEAK_FMA,
                     .push = {.count = 1, .factor = factor, .offset = offset},
                     .groups = device->software ? GROUPS_SOFTWARE : GROUPS};
    const uint32_t invocations = l.groups * (device->software ? GROUP_SOFTWARE : GROUP);
    um_status status = open_load(&l, 256, (VkDeviceSize)invocations * 4);
    if (status == UM_OK)
        status = time_rounds(&l, 2.0 * UM_PEAK_CHAINS * invocations, work, seconds);
    if (status == UM_OK)
        status = check_fma(&l, invocations);
    close_load(&l);
    return status;
}

/* The factor of that number in peak_matrix.comp. */
static float matrix_factor(uint32_t number) {
    return (float)(number * 2654435761u >> 29) - 3.5f;
}

/* After an odd number of rounds every sum has its product once; halves and quarters are exact. */
static float matrix_result(const struct um_vk_features *f, uint32_t row, uint32_t column) {
    const uint32_t all = UM_PEAK_LEFT * UM_PEAK_RIGHT, k_all = f->matrix_k;
    const uint32_t right0 = UM_PEAK_LEFT * f->matrix_m * k_all;
    float sum = (float)(all * (all - 1) / 2);
    for (uint32_t i = 0; i < UM_PEAK_LEFT; i++)
        for (uint32_t j = 0; j < UM_PEAK_RIGHT; j++)
            for (uint32_t k = 0; k < k_all; k++)
                sum += matrix_factor((i * f->matrix_m + row) * k_all + k) *
                       matrix_factor(right0 + (j * k_all + k) * f->matrix_n + column);
    return sum;
}

static um_status check_matrices(struct load *l, uint32_t count) {
    const struct um_vk_features *features = &l->device->features;
    const uint32_t size = features->matrix_m * features->matrix_n;
    float *out = um_alloc((size_t)count * size, sizeof *out),
          *right = um_alloc(size, sizeof *right);
    um_status status = UM_OK;
    if (!out || !right)
        status = um_fail(&l->device->log, UM_ERROR_MEMORY, "out of memory measuring a device");
    else
        status = um_vk_download(l->device, &l->to, 0, out, (size_t)count * size * sizeof *out);
    for (uint32_t e = 0; e < size && status == UM_OK; e++)
        right[e] = matrix_result(features, e / features->matrix_n, e % features->matrix_n);
    for (uint32_t i = 0; i < count && status == UM_OK; i++)
        if (memcmp(&out[(size_t)i * size], right, size * sizeof *right) != 0)
            status = um_fail(&l->device->log, UM_ERROR_CHECK, "matrix units gave a wrong result");
    um_free(out);
    um_free(right);
    return status;
}

static um_status measure_matrix(struct um_vk_device *device, double *work, double *seconds) {
    const struct um_vk_features *f = &device->features;
    if (!(f->offered & UM_VK_COOPMAT))
        return um_fail(&device->log, UM_ERROR_NO_DEVICE,
                       "the driver offers no matrix units for F16 factors and F32 sums");
    if (!(f->used & UM_VK_COOPMAT))
        return um_fail(&device->log, UM_ERROR_NO_DEVICE,
                       "matrix units are switched off, or failed the self-test");
    const uint32_t fit = device->software ? 1 : UM_MAX_GROUP / f->subgroup_size;
    const uint32_t subgroups = fit > 0 ? fit : 1;
    struct load l = {.device = device,
                     .shader = UM_VK_PEAK_MATRIX_COOPMAT,
                     .spec.value = {[UM_SPEC_GROUP] = subgroups * f->subgroup_size,
                                    [UM_SPEC_MATRIX_M] = f->matrix_m,
                                    [UM_SPEC_MATRIX_N] = f->matrix_n,
                                    [UM_SPEC_MATRIX_K] = f->matrix_k},
                     .push = {.count = 1},
                     .groups = device->software ? GROUPS_SOFTWARE : MATRIX_GROUPS};
    const uint32_t count = l.groups * subgroups, size = f->matrix_m * f->matrix_n;
    um_status status = open_load(&l, 256, (VkDeviceSize)count * size * 4);
    if (status == UM_OK)
        status = time_rounds(&l, 2.0 * UM_PEAK_LEFT * UM_PEAK_RIGHT * size * f->matrix_k * count,
                             work, seconds);
    if (status == UM_OK)
        status = check_matrices(&l, count);
    close_load(&l);
    return status;
}

void um_vk_details(void *handle, um_device_details *details) {
    const struct um_vk_device *device = handle;
    *details = (um_device_details){.device_clock = device->timestamp_mask != 0,
                                   .selftest_seconds = device->selftest_seconds};
    char matrix[48] = "F32 arithmetic", rows[32] = "";
    const struct um_vk_features *features = &device->features;
    if (device->f16 && um_vk_uses(device, UM_VK_COOPMAT))
        snprintf(matrix, sizeof matrix, "matrix units of %u x %u x %u for F16", features->matrix_m,
                 features->matrix_n, features->matrix_k);
    else if (device->f16 && um_vk_uses(device, UM_VK_FP16))
        snprintf(matrix, sizeof matrix, "F16 arithmetic for F16");
    if (um_vk_uses(device, UM_VK_SUBGROUP))
        snprintf(rows, sizeof rows, ", subgroups of %u", features->subgroup_size);
    snprintf(details->paths, sizeof details->paths, "%s, %s%s%s",
             device->direct ? "register tiles" : "shared-memory tiles", matrix,
             um_vk_uses(device, UM_VK_INT8) ? ", int8 for Q8_0" : "", rows);
}

um_status um_vk_measure(void *handle, um_limit limit, double *work, double *seconds) {
    struct um_vk_device *device = handle;
    um_status status = UM_ERROR_NO_DEVICE;
    switch (limit) {
    case UM_LIMIT_COPY:
        status = measure_copy(device, work, seconds);
        break;
    case UM_LIMIT_FMA:
        status = measure_fma(device, work, seconds);
        break;
    case UM_LIMIT_MATRIX:
        status = measure_matrix(device, work, seconds);
        break;
    }
    return status == UM_OK ? um_vk_check(device) : status;
}
