/* Which kernels an x86-64 machine can run. */
#include "backend/cpu/kernels.h"

#include <stdbool.h>

const struct um_cpu_kernels *um_cpu_kernels_at(enum um_cpu_level level) {
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
    switch (level) {
    case UM_CPU_AVX512_VNNI:
        return avx512 && __builtin_cpu_supports("avx512vnni") ? &um_cpu_kernels_avx512_vnni : NULL;
    case UM_CPU_AVX512:
        return avx512 ? &um_cpu_kernels_avx512 : NULL;
    case UM_CPU_AVX2:
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                   ? &um_cpu_kernels_avx2
                   : NULL;
    case UM_CPU_PORTABLE:
        return &um_cpu_kernels_portable;
    case UM_CPU_SIMD128:
    case UM_CPU_NEON:
    case UM_CPU_LEVELS:
        break;
    }
    return NULL;
}

const struct um_bf16_kernels *um_cpu_bf16_kernels(void) {
    return um_cpu_kernels_at(UM_CPU_AVX512) && __builtin_cpu_supports("avx512bf16")
               ? &um_bf16_kernels_avx512
               : NULL;
}
