/* Stands in for the Vulkan backend in builds without it. */
#include "backend/backend.h"

static um_status list_none(um_device_info *list, size_t capacity, size_t *count,
                           const struct um_log *log) {
    (void)list;
    (void)capacity;
    (void)log;
    *count = 0;
    return UM_OK;
}

static um_status open_none(void **device, const struct um_device_options *options) {
    *device = NULL;
    return um_fail(&options->log, UM_ERROR_NO_DEVICE, "built without Vulkan");
}

const struct um_backend_fns um_backend_vulkan = {
    .name = "vulkan",
    .list = list_none,
    .device_open = open_none,
};
