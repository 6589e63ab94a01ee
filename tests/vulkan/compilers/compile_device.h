/* A Vulkan device that is compiled for and never run on, so it may be one without hardware: no
 * memory, no fences, no self-test. Its pipelines keep what the compiler has to say about them. */
#ifndef UM_TESTS_COMPILE_DEVICE_H
#define UM_TESTS_COMPILE_DEVICE_H

#include "backend/vulkan/pipeline.h"

struct compile_device {
    struct um_vk_device device; /* as the backend would have it; must not move */
    char name[VK_MAX_PHYSICAL_DEVICE_NAME_SIZE], driver[VK_MAX_DRIVER_INFO_SIZE];
};

/* The first device of the first driver. With `code` its pipelines keep their machine code as text,
 * too. UM_ERROR_NO_DEVICE if there is none or it has no statistics of pipelines. Closing is safe
 * after a failure. One device at a time. */
um_status compile_device_open(struct compile_device *c, bool code, const struct um_log *log);
void compile_device_close(struct compile_device *c);

/* Builds one pipeline with everything that the compiler tells about it. */
um_status compile_device_build(struct compile_device *c, enum um_vk_shader shader,
                               const struct um_vk_spec *spec, VkPipeline *pipeline);

#endif
