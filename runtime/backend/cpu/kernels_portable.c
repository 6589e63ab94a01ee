/* The kernels for any machine. */
#include "backend/cpu/v16_portable.h"
#include "backend/cpu/vector_math.h"
#include "backend/cpu/widen_portable.h"

#include "backend/cpu/kernels_template.h"

#include "backend/cpu/q8_portable.h"
#include "backend/cpu/q8_template.h"

const struct um_cpu_kernels um_cpu_kernels_portable = UM_CPU_KERNELS("portable");
