/* How much processor time a control group leaves to this process. */
#ifndef UM_BASE_SYSTEM_QUOTA_H
#define UM_BASE_SYSTEM_QUOTA_H

#include <stdint.h>

/* Processors that the process's group and those above it may keep busy, rounded up; 0 if nothing
 * limits them. Reads proc/self/cgroup and the files of version 1 (cpu.cfs_quota_us) and 2 (cpu.max)
 * below sys/fs/cgroup; both below the folder `root`, "" for the system's own. */
uint32_t um_quota_processors(const char *root);

#endif
