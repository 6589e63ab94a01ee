/* The kernels for AVX-512 machines with VNNI; compiled with those instruction sets. */
#include "backend/cpu/v16_avx512.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_avx512.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_avx512_vnni.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_avx512_vnni = UM_CPU_KERNELS("avx512-vnni");
