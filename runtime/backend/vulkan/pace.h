/* How much work goes into one submission. Desktops reset a device whose submission lasts for
 * seconds (Windows after 2, some mobile drivers after 0.5), and a run can be cancelled only between
 * submissions. So their size follows from how long earlier ones took, never from what a device
 * claims.
 *
 * A program is recorded in units, one command buffer each; a submission is a sequence of units.
 * Units are cut for the slowest plausible device, and cut again if one turns out to be too long;
 * how many of them make one submission is learned from measured times. */
#ifndef UM_BACKEND_VULKAN_PACE_H
#define UM_BACKEND_VULKAN_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Seconds. A submission is filled up to FULL with units whose time is known, or up to UNKNOWN by
 * the expected time of units that never ran. A unit that took longer than LONG must be cut again.
 */
#define UM_VK_PACE_FULL    0.05
#define UM_VK_PACE_UNKNOWN 0.0125
#define UM_VK_PACE_LONG    0.1

/* What is known of a device's speed. */
struct um_vk_pace {
    double slowest;          /* operations per second, assumed when units are first cut */
    double flops_per_second; /* expected for units that are not measured yet */
    double longest;          /* the longest submission since the last query, in seconds */
};

struct um_vk_pace_unit {
    double flops;
    double seconds; /* measured time, 0 = not known */
    uint32_t runs;  /* measured runs; the first may include shader compilation */
};

/* The initial guess; only the slowest devices are slower. */
struct um_vk_pace um_vk_pace_start(bool software);

/* How many of the `count` units make the next submission, at least 1; *seconds = their expected
 * time. */
uint32_t um_vk_pace_take(const struct um_vk_pace *pace, const struct um_vk_pace_unit *units,
                         uint32_t count, double *seconds);

/* Records that one submission of `count` units took `seconds`. False if one of them was too long
 * twice in a row, so that the program should be cut again. */
bool um_vk_pace_learn(struct um_vk_pace *pace, struct um_vk_pace_unit *units, uint32_t count,
                      double seconds);

#endif
