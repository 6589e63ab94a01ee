/* Checks a device with a few small ops whose results are known. For each fast path there have been
 * drivers that got it wrong; a path that gives wrong results here is not used. */
#ifndef UM_BACKEND_VULKAN_SELFTEST_H
#define UM_BACKEND_VULKAN_SELFTEST_H

#include "backend/vulkan/vk.h"

/* Runs the ops with the features in use. Removes features from features.used until the results are
 * right, with one UM_LOG_WARN. UM_ERROR_CHECK if they are wrong without any feature, or the error
 * of a call that failed. */
um_status um_vk_selftest(struct um_vk_device *device);

/* The same, but only once per device, driver and set of shaders: results are kept in a file. */
um_status um_vk_selftest_remembered(struct um_vk_device *device);

#endif
