/* WebAssembly modules with SIMD do not load where it is missing, so there is nothing to ask. */
#include "backend/cpu/kernels.h"

#include <stddef.h>

const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level) {
    if (level == UM_CPU_SIMD128)
        return &um_cpu_kernels_simd128;
    return level == UM_CPU_PORTABLE ? &um_cpu_kernels_portable : NULL;
}

const struct um_bf16_kernels *um_cpu_bf16_kernels(void) {
    return NULL;
}
