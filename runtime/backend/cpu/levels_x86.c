/* Which kernels an x86-64 machine can run. */
#include "backend/cpu/kernels.h"

const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level) {
    if (level == UM_CPU_AVX512)
        return __builtin_cpu_supports("avx512f") ? &um_cpu_kernels_avx512 : NULL;
    if (level == UM_CPU_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                   ? &um_cpu_kernels_avx2
                   : NULL;
    return level == UM_CPU_PORTABLE ? &um_cpu_kernels_portable : NULL;
}
