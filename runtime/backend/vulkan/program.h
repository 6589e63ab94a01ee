/* A program's parts, shared by the files that build, record and run it. */
#ifndef UM_BACKEND_VULKAN_PROGRAM_H
#define UM_BACKEND_VULKAN_PROGRAM_H

#include "backend/vulkan/dispatch.h"
#include "backend/vulkan/pace.h"

/* A part of the workgroups of a dispatch, or all of them. */
struct um_vk_piece {
    uint32_t dispatch;
    uint32_t base[3], groups[3];
};

/* The pieces of one command buffer. */
struct um_vk_unit {
    uint32_t first, length;
};

struct um_vk_program {
    struct um_vk_device *device;
    const struct um_vk_weights *weights;
    struct um_value *values; /* copy */
    uint32_t value_count;
    struct um_vk_buffer arena, scratch;
    VkDescriptorPool pool;
    VkDescriptorSet *sets; /* one per dispatch */
    struct um_vk_dispatch *dispatches;
    double *cost; /* (dispatches): expected seconds of each */
    uint32_t dispatch_count;
    uint32_t cuts; /* how often it was cut again, by measured costs */
    struct um_vk_piece *pieces;
    struct um_vk_unit *units;
    struct um_vk_pace_unit *pace;               /* (units) */
    VkCommandBuffer *commands;                  /* (units) */
    uint32_t piece_count, unit_count, recorded; /* recorded: units that have a command buffer */
    double *op_seconds;                         /* of the description; NULL = untimed */
    struct um_vk_timer timer; /* one stamp before each unit and one after each piece */
};

/* cut.c: pieces, units and their expected times from the costs. UM_ERROR_MEMORY. */
um_status um_vk_program_cut(struct um_vk_program *program);

/* Updates the costs from the measured times of the units, before cutting again. */
void um_vk_program_costs(struct um_vk_program *program);

/* pipeline_build.c: all pipelines that the dispatches need, before they are recorded. */
um_status um_vk_program_pipelines(struct um_vk_program *program);

/* record.c: creates the command buffers of the units and the timer for their stamps; frees them. */
um_status um_vk_program_record(struct um_vk_program *program);
void um_vk_program_unrecord(struct um_vk_program *program);

#endif
