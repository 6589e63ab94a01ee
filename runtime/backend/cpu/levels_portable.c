/* Machines without kernels of their own run the portable ones. */
#include "backend/cpu/kernels.h"

#include <stddef.h>

const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level) {
    return level == UM_CPU_PORTABLE ? &um_cpu_kernels_portable : NULL;
}

const struct um_bf16_kernels *um_cpu_bf16_kernels(void) {
    return NULL;
}
