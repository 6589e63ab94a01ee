/* Builds a program and runs it, in submissions that are short. */
#include "backend/vulkan/program.h"
#include "backend/vulkan/util.h"
#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

enum { MAX_CUTS = 8 }; /* one workgroup may be long, and no cut helps */

/* A submission that is late by this much hangs: no work takes 50 times as long as work like it. */
static const double hang_factor = 50, hang_seconds = 10;

static um_status copy_values(struct um_vk_program *program, const struct um_program_desc *desc) {
    program->values = um_alloc(desc->value_count, sizeof *program->values);
    if (!program->values)
        return um_fail(&program->device->log, UM_ERROR_MEMORY,
                       "out of memory preparing a Vulkan program");
    program->value_count = desc->value_count;
    memcpy(program->values, desc->values, desc->value_count * sizeof *program->values);
    return UM_OK;
}

static um_status create_memory(struct um_vk_program *program, const struct um_program_desc *desc,
                               const struct um_vk_dispatch_list *list) {
    const VkBufferUsageFlags usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const VkDeviceSize least = 4; /* a buffer of no bytes is not allowed */
    UM_TRY(um_vk_buffer_create_in(program->device, &program->arena,
                                  desc->arena_bytes > least ? desc->arena_bytes : least, usage,
                                  desc->spill));
    return um_vk_buffer_create_in(program->device, &program->scratch,
                                  list->scratch_bytes > least ? list->scratch_bytes : least, usage,
                                  desc->spill);
}

static um_status create_sets(struct um_vk_program *program, uint32_t count) {
    struct um_vk_device *device = program->device;
    if (count == 0)
        return UM_OK;
    VkDescriptorPoolSize size = {VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, count * UM_BIND_COUNT};
    VkDescriptorPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = count,
        .poolSizeCount = 1,
        .pPoolSizes = &size,
    };
    UM_VK_TRY(device,
              device->vk.vkCreateDescriptorPool(device->handle, &pool, NULL, &program->pool));
    program->sets = um_alloc(count, sizeof *program->sets);
    VkDescriptorSetLayout *layouts = um_alloc(count, sizeof *layouts);
    VkResult result = VK_ERROR_OUT_OF_HOST_MEMORY;
    if (program->sets && layouts) {
        for (uint32_t i = 0; i < count; i++)
            layouts[i] = device->set_layout;
        VkDescriptorSetAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
            .descriptorPool = program->pool,
            .descriptorSetCount = count,
            .pSetLayouts = layouts,
        };
        result = device->vk.vkAllocateDescriptorSets(device->handle, &info, program->sets);
    }
    um_free(layouts);
    return result == VK_SUCCESS ? UM_OK : um_vk_fail(device, result, "vkAllocateDescriptorSets");
}

static VkBuffer buffer_of(const struct um_vk_program *program, const struct um_vk_range *range) {
    switch (range->space) {
    case UM_VK_SCRATCH:
        return program->scratch.handle;
    case UM_VK_WEIGHTS:
        return program->weights->buffers[range->buffer].handle;
    default:
        return program->arena.handle;
    }
}

static void write_set(const struct um_vk_program *program, VkDescriptorSet set,
                      const struct um_vk_dispatch *dispatch) {
    VkDescriptorBufferInfo buffers[UM_BIND_COUNT];
    for (uint32_t b = 0; b < UM_BIND_COUNT; b++)
        buffers[b] = (VkDescriptorBufferInfo){buffer_of(program, &dispatch->bind[b]),
                                              dispatch->bind[b].offset, dispatch->bind[b].bytes};
    VkWriteDescriptorSet write = {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
        .dstSet = set,
        .descriptorCount = UM_BIND_COUNT, /* runs on into the bindings that follow */
        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        .pBufferInfo = buffers,
    };
    program->device->vk.vkUpdateDescriptorSets(program->device->handle, 1, &write, 0, NULL);
}

static um_status begin_costs(struct um_vk_program *program) {
    program->cost = um_alloc(program->dispatch_count, sizeof *program->cost);
    if (!program->cost)
        return um_fail(&program->device->log, UM_ERROR_MEMORY,
                       "out of memory preparing a Vulkan program");
    for (uint32_t i = 0; i < program->dispatch_count; i++)
        program->cost[i] = program->dispatches[i].flops / program->device->pace.slowest;
    return UM_OK;
}

static um_status build(struct um_vk_program *program, const struct um_program_desc *desc) {
    struct um_vk_dispatch_list list = {.weights = program->weights, .desc = desc};
    UM_TRY(copy_values(program, desc));
    um_status status = um_vk_lower(&list);
    program->dispatches = list.items;
    program->dispatch_count = list.count;
    program->op_seconds = desc->op_seconds;
    if (status == UM_OK)
        status = create_memory(program, desc, &list);
    if (status == UM_OK)
        status = create_sets(program, list.count);
    for (uint32_t i = 0; i < list.count && status == UM_OK; i++)
        write_set(program, program->sets[i], &list.items[i]);
    if (status == UM_OK)
        status = begin_costs(program);
    if (status == UM_OK)
        status = um_vk_program_pipelines(program);
    if (status == UM_OK)
        status = um_vk_program_cut(program);
    if (status == UM_OK)
        status = um_vk_program_record(program);
    return status == UM_OK ? um_vk_check(program->device) : status;
}

um_status um_vk_program_create(void **out, void *weights, const struct um_program_desc *desc) {
    *out = NULL;
    const struct um_vk_weights *w = weights;
    struct um_vk_program *program = um_alloc(1, sizeof *program);
    if (!program)
        return um_fail(&w->device->log, UM_ERROR_MEMORY,
                       "out of memory preparing a Vulkan program");
    program->device = w->device;
    program->weights = w;
    void *result = program;
    um_status status = build(program, desc);
    if (status != UM_OK)
        um_vk_program_destroy(&result);
    *out = result;
    return status;
}

void um_vk_program_destroy(void **out) {
    struct um_vk_program *program = *out;
    *out = NULL;
    if (!program)
        return;
    struct um_vk_device *device = program->device;
    um_vk_program_unrecord(program);
    if (!device->hung)
        device->vk.vkDestroyDescriptorPool(device->handle, program->pool, NULL);
    um_vk_buffer_destroy(device, &program->arena);
    um_vk_buffer_destroy(device, &program->scratch);
    void *owned[] = {program->values, program->sets,  program->dispatches, program->cost,
                     program->pieces, program->units, program->pace,       program->commands};
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        um_free(owned[i]);
    um_free(program);
}

um_status um_vk_program_write(void *program, um_value_id value, const void *data) {
    struct um_vk_program *p = program;
    const struct um_value *v = &p->values[value];
    UM_TRY(um_vk_upload(p->device, &p->arena, v->offset, data, v->elements * 4));
    return um_vk_check(p->device);
}

um_status um_vk_program_read(void *program, um_value_id value, void *data) {
    const struct um_vk_program *p = program;
    return um_vk_program_read_part(program, value, p->values[value].elements, data);
}

um_status um_vk_program_read_part(void *program, um_value_id value, size_t elements, void *data) {
    struct um_vk_program *p = program;
    UM_TRY(um_vk_download(p->device, &p->arena, p->values[value].offset, data, elements * 4));
    return um_vk_check(p->device);
}

/* Adds what the stamps say to the ops. */
static um_status collect_times(struct um_vk_program *p) {
    UM_TRY(um_vk_timer_read(p->device, &p->timer));
    for (uint32_t u = 0; u < p->unit_count; u++)
        for (uint32_t i = p->units[u].first; i < p->units[u].first + p->units[u].length; i++)
            p->op_seconds[p->dispatches[p->pieces[i].dispatch].op] +=
                um_vk_timer_seconds(p->device, &p->timer, i + u, i + u + 1);
    return UM_OK;
}

/* Submits the units from `first` on that fit; *count = how many. *fits as um_vk_pace_learn(). */
static um_status submit(struct um_vk_program *p, uint32_t first, const volatile int *cancel,
                        uint32_t *count, bool *fits) {
    struct um_vk_device *device = p->device;
    const bool host_clock = p->op_seconds && !p->timer.pool;
    double expected;
    *count = um_vk_pace_take(&device->pace, &p->pace[first], host_clock ? 1 : p->unit_count - first,
                             &expected);
    const double late = expected * hang_factor;
    const double limit = late > hang_seconds ? late : hang_seconds;
    const double start = um_clock_seconds();
    UM_TRY(um_vk_submit_all(device, &p->commands[first], *count, cancel, limit));
    const double seconds = um_clock_seconds() - start;
    *fits = um_vk_pace_learn(&device->pace, &p->pace[first], *count, seconds) && *fits;
    if (host_clock)
        p->op_seconds[p->dispatches[p->pieces[p->units[first].first].dispatch].op] += seconds;
    return UM_OK;
}

/* Some units were too long: smaller ones, by what is known now. */
static um_status cut_anew(struct um_vk_program *p) {
    um_vk_program_costs(p);
    um_vk_program_unrecord(p);
    p->cuts++;
    UM_TRY(um_vk_program_cut(p));
    return um_vk_program_record(p);
}

um_status um_vk_program_run(void *program, const volatile int *cancel) {
    struct um_vk_program *p = program;
    if (p->recorded < p->unit_count) /* cutting it anew has failed before */
        UM_TRY(cut_anew(p));
    bool fits = true;
    if (p->device->receipts_left)
        UM_TRY(um_vk_receipts_take(p->device, 0)); /* of a run that was given up */
    p->device->receipts_left = true;
    for (uint32_t first = 0, count; first < p->unit_count; first += count) {
        if (cancel && __atomic_load_n(cancel, __ATOMIC_ACQUIRE))
            return UM_CANCELLED;
        UM_TRY(submit(p, first, cancel, &count, &fits));
    }
    UM_TRY(um_vk_receipts_take(p->device, p->unit_count));
    if (p->timer.pool)
        UM_TRY(collect_times(p));
    if (!fits && p->cuts < MAX_CUTS)
        UM_TRY(cut_anew(p));
    return um_vk_check(p->device);
}

double um_vk_longest_submission(void *handle) {
    struct um_vk_device *device = handle;
    const double longest = device->pace.longest;
    device->pace.longest = 0;
    return longest;
}
