/* How much work goes into one submission. Desktops reset a device whose submission lasts for
 * seconds (Windows after 2, some mobile drivers after 0.5), and a run can be cancelled only between
 * submissions: so they are sized by how long earlier ones took, never by trust in a device.
 *
 * A program is recorded in units, one command buffer each; a submission is a run of units. Units
 * are cut as for the slowest device that is plausible, and cut anew where one turns out to be long;
 * how many of them make one submission is learned. */
#ifndef UM_BACKEND_VULKAN_PACE_H
#define UM_BACKEND_VULKAN_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds. A submission is filled to FULL by what its units took before, or to UNKNOWN by what they
 * are expected to take if they never ran; a unit that took longer than LONG is to be cut anew. */
#define UM_VK_PACE_FULL    0.05
#define UM_VK_PACE_UNKNOWN 0.0125
#define UM_VK_PACE_LONG    0.1

/* Of a device. */
struct um_vk_pace {
    double slowest;          /* operations per second by which units are cut at first */
    double flops_per_second; /* expected of what was not measured yet */
    double longest;          /* submission since it was last asked for, seconds */
};

struct um_vk_pace_unit {
    double flops;
    double seconds; /* what it took, 0 = not known */
    uint32_t runs;  /* that were measured; the first may include the compiling of shaders */
};

/* A guess that only the slowest devices fall short of. */
struct um_vk_pace um_vk_pace_start(bool software);

/* How many of the `count` units make the next submission, at least 1; *seconds = what they are
 * expected to take. */
uint32_t um_vk_pace_take(const struct um_vk_pace *pace, const struct um_vk_pace_unit *units,
                         uint32_t count, double *seconds);

/* The `count` units were one submission and took `seconds`. False: one of them is so long, and was
 * so the time before, that the program should be cut anew. */
bool um_vk_pace_learn(struct um_vk_pace *pace, struct um_vk_pace_unit *units, uint32_t count,
                      double seconds);

#endif
