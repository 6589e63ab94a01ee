/* Records a program's units into command buffers. */
#include "backend/vulkan/program.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"

/* Under validation memory is filled with this before each run, so that reading what nothing has
 * written shows in the result: a float that is not a number. */
static const uint32_t poison = 0x7fc00000;

static const VkPipelineStageFlags compute = VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT;
static const VkPipelineStageFlags transfer = VK_PIPELINE_STAGE_TRANSFER_BIT;
static const VkAccessFlags shader_access = VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;

/* Fills what lies between the input values, which do not share their bytes with anything. */
static void record_poison(const struct um_vk_program *program, VkCommandBuffer commands) {
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

static um_status record_piece(const struct um_vk_program *program, VkCommandBuffer commands,
                              const struct um_vk_piece *piece) {
    struct um_vk_device *device = program->device;
    const struct um_vk_dispatch *d = &program->dispatches[piece->dispatch];
    VkPipeline pipeline;
    UM_TRY(um_vk_pipeline(device, d->shader, &d->spec, &pipeline));
    const struct VolkDeviceTable *vk = &device->vk;
    vk->vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, pipeline);
    vk->vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, device->pipeline_layout,
                                0, 1, &program->sets[piece->dispatch], 0, NULL);
    vk->vkCmdPushConstants(commands, device->pipeline_layout, VK_SHADER_STAGE_COMPUTE_BIT, 0,
                           d->push_bytes, d->push);
    vk->vkCmdDispatchBase(commands, piece->base[0], piece->base[1], piece->base[2],
                          piece->groups[0], piece->groups[1], piece->groups[2]);
    return UM_OK;
}

static um_status record_unit(struct um_vk_program *program, uint32_t index) {
    struct um_vk_device *device = program->device;
    const struct um_vk_unit *unit = &program->units[index];
    const VkCommandBuffer commands = program->commands[index];
    VkCommandBufferBeginInfo begin = {.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    UM_VK_TRY(device, device->vk.vkBeginCommandBuffer(commands, &begin));
    um_vk_barrier(device, commands, compute | transfer,
                  VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT, compute | transfer,
                  shader_access | VK_ACCESS_TRANSFER_WRITE_BIT);
    if (index == 0 && device->validation) {
        record_poison(program, commands);
        um_vk_barrier(device, commands, transfer, VK_ACCESS_TRANSFER_WRITE_BIT, compute,
                      shader_access);
    }
    um_vk_timer_reset(device, &program->timer, commands, unit->first + index, unit->length + 1);
    um_vk_timer_stamp(device, &program->timer, commands, unit->first + index);
    for (uint32_t i = unit->first; i < unit->first + unit->length; i++) {
        const struct um_vk_piece *piece = &program->pieces[i];
        if (i > unit->first && piece->dispatch != program->pieces[i - 1].dispatch)
            um_vk_barrier(device, commands, compute, VK_ACCESS_SHADER_WRITE_BIT, compute,
                          shader_access);
        UM_TRY(record_piece(program, commands, piece));
        um_vk_timer_stamp(device, &program->timer, commands, i + 1 + index);
    }
    um_vk_receipt(device, commands, index);
    UM_VK_TRY(device, device->vk.vkEndCommandBuffer(commands));
    return UM_OK;
}

um_status um_vk_program_record(struct um_vk_program *program) {
    struct um_vk_device *device = program->device;
    if (program->op_seconds)
        UM_TRY(um_vk_timer_create(device, &program->timer,
                                  program->piece_count + program->unit_count));
    for (uint32_t u = 0; u < program->unit_count; u++) {
        VkCommandBufferAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
            .commandPool = device->pool,
            .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
            .commandBufferCount = 1,
        };
        UM_VK_TRY(device, device->vk.vkAllocateCommandBuffers(device->handle, &info,
                                                              &program->commands[u]));
        program->recorded++;
        UM_TRY(record_unit(program, u));
    }
    return UM_OK;
}

void um_vk_program_unrecord(struct um_vk_program *program) {
    struct um_vk_device *device = program->device;
    for (uint32_t u = 0; !device->hung && u < program->recorded; u++)
        device->vk.vkFreeCommandBuffers(device->handle, device->pool, 1, &program->commands[u]);
    program->recorded = 0;
    um_vk_timer_destroy(device, &program->timer);
}
