/* The kernels for AVX2 and FMA machines; compiled with those instruction sets. */
#include "backend/cpu/v16_avx2.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_portable.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_avx2.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_avx2 = UM_CPU_KERNELS("avx2");
