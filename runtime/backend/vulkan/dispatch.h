/* A program as a flat list of dispatches: ops.c creates it from ops, program.c records it. */
#ifndef UM_BACKEND_VULKAN_DISPATCH_H
#define UM_BACKEND_VULKAN_DISPATCH_H

#include "backend/vulkan/pipeline.h"

enum um_vk_space { UM_VK_UNBOUND, UM_VK_ARENA, UM_VK_SCRATCH, UM_VK_WEIGHTS };

struct um_vk_range {
    enum um_vk_space space;
    uint32_t buffer; /* of the weights */
    VkDeviceSize offset, bytes;
};

struct um_vk_dispatch {
    enum um_vk_shader shader;
    struct um_vk_spec spec;
    struct um_vk_range bind[UM_BIND_COUNT]; /* unbound ones get the range of UM_BIND_IN or _OUT */
    uint32_t push[16];
    uint32_t push_bytes;
    uint32_t groups[3];
    bool flat;    /* groups x and y form one index: only their product matters */
    double flops; /* an estimate, to cut the program into submissions */
    uint32_t op;  /* the op that it belongs to */
};

struct um_vk_dispatch_list {
    const struct um_vk_weights *weights;
    const struct um_program_desc *desc;
    struct um_vk_dispatch *items; /* um_free */
    uint32_t count, capacity;
    uint32_t op;                /* being lowered */
    VkDeviceSize scratch_bytes; /* how much UM_VK_SCRATCH must hold */
    bool failed;                /* memory ran out: everything goes to `spare` from then on */
    struct um_vk_dispatch spare;
};

/* Appends all ops of list->desc. UM_ERROR_MEMORY, also when a value is larger than the device can
 * bind. */
um_status um_vk_lower(struct um_vk_dispatch_list *list);

#endif
