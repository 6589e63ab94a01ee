/* Facts about the machine, as the operating system tells them. */
#ifndef UM_BASE_HOST_H
#define UM_BASE_HOST_H

#include <stddef.h>
#include <stdint.h>

/* Processors that this process may use, or whose time its CPU quota covers if they are fewer; at
 * least 1. */
uint32_t um_host_processors(void);

/* Bytes of memory in the machine; 0 if unknown. */
uint64_t um_host_memory(void);

/* The processor's name, for example "AMD EPYC"; "CPU" if unknown. Cut to fit `size`. */
void um_host_cpu_name(char *name, size_t size);

#endif
