/* Which kernels the backend would choose on a device for whole networks; nothing is allocated there
 * and nothing runs. */
#ifndef UM_TESTS_COMPILERS_KERNELS_H
#define UM_TESTS_COMPILERS_KERNELS_H

#include "backend/vulkan/pipeline.h"
#include "model/config.h"

enum { MAX_KERNELS = 1024 };

struct kernel {
    enum um_vk_shader shader;
    struct um_vk_spec spec;
    double share;     /* the largest part of a network's operations that it does */
    char network[64]; /* that network: model, type, batch and name */
};

struct kernel_list {
    uint32_t count;
    struct kernel at[MAX_KERNELS];
};

/* Adds what a device needs for a model: every network, for `batch` images, with whole maps and in
 * strips. */
um_status kernels_add(struct kernel_list *list, struct um_vk_device *device,
                      const struct um_config *config, const char *model, uint32_t batch);

#endif
