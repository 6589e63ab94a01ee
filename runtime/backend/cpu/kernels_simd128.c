/* The kernels for WebAssembly with 128-bit SIMD; compiled with that instruction set. */
#include "backend/cpu/v16_simd128.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_portable.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_simd128.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_simd128 = UM_CPU_KERNELS("simd128");
