/* A Vulkan loader that stands before the real one and lets chosen calls fail. It is named
 * libvulkan.so.1, so programs find it by LD_LIBRARY_PATH or are linked with it.
 *
 * The environment variable UM_FAULT arms it from outside: FUNCTION:K:RESULT or, so that all later
 * calls fail, too, FUNCTION:K:RESULT:on. K counts from 1, RESULT is the number of a VkResult. */
#ifndef UM_TESTS_FAULT_LOADER_H
#define UM_TESTS_FAULT_LOADER_H

#include <stdbool.h>

#include <vulkan/vulkan_core.h>

/* The functions that can fail, and for each the results that Vulkan permits, ended by VK_SUCCESS.
 */
enum { FAULT_RESULTS = 8 };
struct fault_function {
    const char *name;
    VkResult results[FAULT_RESULTS];
};
const struct fault_function *fault_functions(unsigned *count);

/* From now on the k-th call of `name` fails; k = 0: none. All counts begin at 0 again. */
void fault_arm(const char *name, unsigned k, VkResult result, bool later_ones_too);

/* Calls of a function since then, failed ones included. */
unsigned fault_calls(const char *name);

/* Objects that were created and not destroyed yet, instances and devices among them. */
long fault_live(void);

#endif
