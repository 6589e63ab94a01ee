/* The Vulkan backend's table. */
#include "backend/vulkan/vk.h"

const struct um_backend_fns um_backend_vulkan = {
    .name = "vulkan",
    .list = um_vk_list,
    .device_open = um_vk_device_open,
    .device_close = um_vk_device_close,
    .weights_create = um_vk_weights_create,
    .weights_destroy = um_vk_weights_destroy,
    .program_create = um_vk_program_create,
    .program_destroy = um_vk_program_destroy,
    .write = um_vk_program_write,
    .read = um_vk_program_read,
    .read_part = um_vk_program_read_part,
    .run = um_vk_program_run,
    .samples = true,
    .hangs = um_vk_device_hangs,
    .details = um_vk_details,
    .measure = um_vk_measure,
    .strips = UM_STRIPS_IF_SHORT,
    .longest_submission = um_vk_longest_submission,
};
