/* The kernels for 64-bit ARM machines, all of which have NEON. */
#include "backend/cpu/v16_neon.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_portable.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_neon.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_neon = UM_CPU_KERNELS("neon");
