/* Whether a device computes what it should, with a few small ops whose results are known. Drivers
 * have got each of the fast paths wrong; a path that is wrong here is not taken. */
#ifndef UM_BACKEND_VULKAN_SELFTEST_H
#define UM_BACKEND_VULKAN_SELFTEST_H

#include "backend/vulkan/vk.h"

/* Runs the ops with the features in use. Takes features out of features.used until the results are
 * right, with one UM_LOG_WARN. UM_ERROR_CHECK if they are wrong without any, or the error of a call
 * that failed. */
um_status um_vk_selftest(struct um_vk_device *device);

/* The same, once per device, driver and set of shaders: verdicts are kept in a file. */
um_status um_vk_selftest_remembered(struct um_vk_device *device);

#endif
