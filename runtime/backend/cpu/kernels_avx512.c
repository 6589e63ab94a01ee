/* The kernels for AVX-512 machines (F and BW); compiled with that instruction set. */
#include "backend/cpu/v16_avx512.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_avx512.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_avx512.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_avx512 = UM_CPU_KERNELS("avx512");
