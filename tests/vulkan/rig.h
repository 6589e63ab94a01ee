/* A Vulkan device under test and programs of a few matrix products to run on it. */
#ifndef UM_TESTS_VULKAN_RIG_H
#define UM_TESTS_VULKAN_RIG_H

#include "backend/vulkan/vk.h"
#include "support/check.h"

extern const struct um_backend_fns um_backend_vulkan;

enum { RIG_DIM = 64 };

struct rig {
    struct check_log log; /* the latest error or warning */
    struct um_vk_device *device;
    void *weights;
    void *program;
    size_t elements; /* of the program's input and of its output */
};

/* Exits with 77 and a reason if no Vulkan device is listed. */
void rig_need_device(void);

/* Opens device 0; validation when the environment variable UM_TEST_VALIDATION is 1. */
um_status rig_open(struct rig *rig);

/* Weights (once) and a program of `pairs` x (linear, layernorm) over `rows` rows, in place of an
 * earlier one. What exists after a failure is released by rig_close. */
um_status rig_build(struct rig *rig, uint32_t rows, uint32_t pairs);

/* Writes the same random input each time, runs, reads into `out` (rig->elements). */
um_status rig_run(struct rig *rig, float *out, const volatile int *cancel);

void rig_close(struct rig *rig);

#endif
