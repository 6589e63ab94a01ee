/* Records a program once, in one or more command buffers, and replays it. */
#include "backend/vulkan/dispatch.h"
#include "backend/vulkan/util.h"
#include "base/clock.h"
#include "base/mem.h"

#include <string.h>

/* Work per submission: between submissions a run can be cancelled, and desktops reset a GPU whose
 * submission lasts for seconds. Software devices do some 5 GFLOP/s, the weakest GPUs some 100. */
static const double flops_per_submission_software = 1e9;
static const double flops_per_submission_gpu = 20e9;

/* A submission that is late by this much hangs: two minutes, and the slowest device imaginable. */
static const double hang_seconds = 120;
static const double slowest_flops = 0.1e9;

/* Under validation memory is filled with this before each run, so that reading what nothing has
 * written shows in the result: a float that is not a number. */
static const uint32_t poison = 0x7fc00000;

struct segment {
    VkCommandBuffer commands;
    double limit_seconds;
    uint32_t first, length; /* dispatches */
};

struct program {
    struct um_vk_device *device;
    const struct um_vk_weights *weights;
    struct um_value *values; /* copy */
    uint32_t value_count;
    struct um_vk_buffer arena, scratch;
    VkDescriptorPool pool;
    VkDescriptorSet *sets; /* one per dispatch */
    struct segment *segments;
    uint32_t segment_count;
    double *op_seconds;       /* of the description; NULL = untimed */
    uint32_t *ops;            /* (dispatches): the op that each is a part of; NULL = untimed */
    struct um_vk_timer timer; /* one stamp before each segment and one after each dispatch */
};

static const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
static const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
static const VkAccessFlags shader_access = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;

static um_status copy_values(struct program *program, const struct um_program_desc *desc) {
    program->values = um_alloc(desc->value_count, sizeof *program->values);
    if (!program->values)
        return um_fail(&program->device->log, UM_ERROR_MEMORY,
                       "out of memory preparing a Vulkan program");
    program->value_count = desc->value_count;
    memcpy(program->values, desc->values, desc->value_count * sizeof *program->values);
    return UM_OK;
}

static um_status create_memory(struct program *program, const struct um_program_desc *desc,
                               const struct um_vk_dispatch_list *list) {
    const VkBufferUsageFlags usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    const VkDeviceSize least = 4; /* a buffer of no bytes is not allowed */
    UM_TRY(um_vk_buffer_create(program->device, &program->arena,
                               desc->arena_bytes > least ? desc->arena_bytes : least, usage));
    return um_vk_buffer_create(program->device, &program->scratch,
                               list->scratch_bytes > least ? list->scratch_bytes : least, usage);
}

static um_status create_sets(struct program *program, uint32_t count) {
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

static VkBuffer buffer_of(const struct program *program, const struct um_vk_range *range) {
    switch (range->space) {
    case UM_VK_SCRATCH:
        return program->scratch.handle;
    case UM_VK_WEIGHTS:
        return program->weights->buffers[range->buffer].handle;
    default:
        return program->arena.handle;
    }
}

static void write_set(const struct program *program, VkDescriptorSet set,
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

/* Fills what lies between the input values, which do not share their bytes with anything. */
static void record_poison(const struct program *program, VkCommandBuffer commands) {
    const struct um_vk_device *device = program->device;
    VkDeviceSize cursor = 0;
    while (cursor < program->arena.bytes) {
        VkDeviceSize stop = program->arena.bytes, next = program->arena.bytes;
        for (uint32_t i = 0; i < program->value_count; i++) {
            const struct um_value *value = &program->values[i];
            if (value->role != UM_VALUE_INPUT || value->offset < cursor || value->offset >= stop)
                continue;
            stop = value->offset;
            next = value->offset + value->elements * 4;
        }
        if (stop > cursor)
            device->vk.vkCmdFillBuffer(commands, program->arena.handle, cursor,
                                       (stop - cursor) / 4 * 4, poison);
        cursor = next;
    }
    device->vk.vkCmdFillBuffer(commands, program->scratch.handle, 0, program->scratch.bytes / 4 * 4,
                               poison);
}

static um_status record_dispatch(const struct program *program, VkCommandBuffer commands,
                                 VkDescriptorSet set, const struct um_vk_dispatch *dispatch) {
    struct um_vk_device *device = program->device;
    VkPipeline pipeline;
    UM_TRY(um_vk_pipeline(device, dispatch->shader, &dispatch->spec, &pipeline));
    write_set(program, set, dispatch);
    const struct VolkDeviceTable *vk = &device->vk;
    vk->vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    vk->vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, device->pipeline_layout,
                                0, 1, &set, 0, NULL);
    vk->vkCmdPushConstants(commands, device->pipeline_layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           dispatch->push_bytes, dispatch->push);
    vk->vkCmdDispatch(commands, dispatch->groups[0], dispatch->groups[1], dispatch->groups[2]);
    return UM_OK;
}

/* How many dispatches from `first` on make one submission. Ops that the host has to time stand
 * alone. */
static uint32_t segment_length(const struct program *program,
                               const struct um_vk_dispatch_list *list, uint32_t first,
                               double *flops) {
    const bool host_clock = program->op_seconds && !program->timer.pool;
    const double limit =
        list->weights->device->software ? flops_per_submission_software : flops_per_submission_gpu;
    uint32_t length = 0;
    *flops = 0;
    do
        *flops += list->items[first + length++].flops;
    while (first + length < list->count && *flops + list->items[first + length].flops <= limit &&
           !(host_clock && list->items[first + length].op != list->items[first].op));
    return length;
}

static um_status record_segment(struct program *program, const struct um_vk_dispatch_list *list,
                                uint32_t index) {
    struct um_vk_device *device = program->device;
    const uint32_t first = program->segments[index].first;
    const uint32_t length = program->segments[index].length;
    const VkCommandBuffer commands = program->segments[index].commands;
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    UM_VK_TRY(device, device->vk.vkBeginCommandBuffer(commands, &begin));
    um_vk_barrier(device, commands, compute | transfer,
                  VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, compute | transfer,
                  shader_access | VK_ACCESS_TRANSFER_WRITE_BIT);
    if (first == 0 && device->validation) {
        record_poison(program, commands);
        um_vk_barrier(device, commands, transfer, VK_ACCESS_TRANSFER_WRITE_BIT, compute,
                      shader_access);
    }
    um_vk_timer_reset(device, &program->timer, commands, first + index, length + 1);
    um_vk_timer_stamp(device, &program->timer, commands, first + index);
    for (uint32_t i = first; i < first + length; i++) {
        if (i > first)
            um_vk_barrier(device, commands, compute, VK_ACCESS_SHADER_WRITE_BIT, compute,
                          shader_access);
        UM_TRY(record_dispatch(program, commands, program->sets[i], &list->items[i]));
        um_vk_timer_stamp(device, &program->timer, commands, i + 1 + index);
    }
    UM_VK_TRY(device, device->vk.vkEndCommandBuffer(commands));
    return UM_OK;
}

static um_status record(struct program *program, const struct um_vk_dispatch_list *list) {
    struct um_vk_device *device = program->device;
    program->segments = um_alloc(list->count, sizeof *program->segments);
    if (!program->segments)
        return um_fail(&device->log, UM_ERROR_MEMORY, "out of memory preparing a Vulkan program");
    for (uint32_t first = 0; first < list->count;) {
        struct segment *segment = &program->segments[program->segment_count];
        double flops;
        uint32_t length = segment_length(program, list, first, &flops);
        VkCommandBufferAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
            .commandPool = device->pool,
            .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
            .commandBufferCount = 1,
        };
        UM_VK_TRY(device,
                  device->vk.vkAllocateCommandBuffers(device->handle, &info, &segment->commands));
        program->segment_count++;
        segment->limit_seconds = hang_seconds + flops / slowest_flops;
        segment->first = first;
        segment->length = length;
        UM_TRY(record_segment(program, list, program->segment_count - 1));
        first += length;
    }
    return UM_OK;
}

/* No program has more segments than dispatches. */
static um_status create_timer(struct program *program, const struct um_program_desc *desc,
                              const struct um_vk_dispatch_list *list) {
    if (!desc->op_seconds)
        return UM_OK;
    program->op_seconds = desc->op_seconds;
    program->ops = um_alloc(list->count, sizeof *program->ops);
    if (!program->ops)
        return um_fail(&program->device->log, UM_ERROR_MEMORY,
                       "out of memory preparing a Vulkan program");
    for (uint32_t i = 0; i < list->count; i++)
        program->ops[i] = list->items[i].op;
    return um_vk_timer_create(program->device, &program->timer, 2 * list->count);
}

static um_status build(struct program *program, const struct um_program_desc *desc) {
    struct um_vk_dispatch_list list = {.weights = program->weights, .desc = desc};
    um_status status = copy_values(program, desc);
    if (status == UM_OK)
        status = um_vk_lower(&list);
    if (status == UM_OK)
        status = create_memory(program, desc, &list);
    if (status == UM_OK)
        status = create_sets(program, list.count);
    if (status == UM_OK)
        status = create_timer(program, desc, &list);
    if (status == UM_OK)
        status = record(program, &list);
    program->timer.count = list.count + program->segment_count; /* as many as are written */
    um_free(list.items);
    return status == UM_OK ? um_vk_check(program->device) : status;
}

um_status um_vk_program_create(void **out, void *weights, const struct um_program_desc *desc) {
    *out = NULL;
    const struct um_vk_weights *w = weights;
    struct program *program = um_alloc(1, sizeof *program);
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

static void destroy_objects(struct program *program) {
    struct um_vk_device *device = program->device;
    for (uint32_t i = 0; i < program->segment_count; i++)
        device->vk.vkFreeCommandBuffers(device->handle, device->pool, 1,
                                        &program->segments[i].commands);
    device->vk.vkDestroyDescriptorPool(device->handle, program->pool, NULL);
    um_vk_buffer_destroy(device, &program->arena);
    um_vk_buffer_destroy(device, &program->scratch);
}

void um_vk_program_destroy(void **out) {
    struct program *program = *out;
    *out = NULL;
    if (!program)
        return;
    if (!program->device->hung)
        destroy_objects(program);
    um_vk_timer_destroy(program->device, &program->timer);
    um_free(program->ops);
    um_free(program->segments);
    um_free(program->sets);
    um_free(program->values);
    um_free(program);
}

um_status um_vk_program_write(void *program, um_value_id value, const void *data) {
    struct program *p = program;
    const struct um_value *v = &p->values[value];
    UM_TRY(um_vk_upload(p->device, &p->arena, v->offset, data, v->elements * 4));
    return um_vk_check(p->device);
}

um_status um_vk_program_read(void *program, um_value_id value, void *data) {
    struct program *p = program;
    const struct um_value *v = &p->values[value];
    UM_TRY(um_vk_download(p->device, &p->arena, v->offset, data, v->elements * 4));
    return um_vk_check(p->device);
}

/* Adds what the stamps say to the ops. */
static um_status collect_times(struct program *p) {
    UM_TRY(um_vk_timer_read(p->device, &p->timer));
    for (uint32_t s = 0; s < p->segment_count; s++) {
        const struct segment *segment = &p->segments[s];
        for (uint32_t i = segment->first; i < segment->first + segment->length; i++)
            p->op_seconds[p->ops[i]] += um_vk_timer_seconds(p->device, &p->timer, i + s, i + s + 1);
    }
    return UM_OK;
}

um_status um_vk_program_run(void *program, const volatile int *cancel) {
    struct program *p = program;
    for (uint32_t i = 0; i < p->segment_count; i++) {
        const struct segment *segment = &p->segments[i];
        if (cancel && __atomic_load_n(cancel, __ATOMIC_ACQUIRE))
            return UM_CANCELLED;
        const double start = p->op_seconds && !p->timer.pool ? um_clock_seconds() : 0;
        UM_TRY(um_vk_submit(p->device, segment->commands, cancel, segment->limit_seconds));
        if (p->op_seconds && !p->timer.pool)
            p->op_seconds[p->ops[segment->first]] += um_clock_seconds() - start;
    }
    if (p->timer.pool)
        UM_TRY(collect_times(p));
    return um_vk_check(p->device);
}
