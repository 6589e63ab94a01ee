/* The library's own exp and log for float, each within 2 ulp and bit-identical on every platform.
 */
#ifndef UM_SAMPLER_MATH_H
#define UM_SAMPLER_MATH_H

#include <stdint.h>

float um_expf(float x);
float um_logf(float x);

/* x[i] = exp(x[i] - max), bit-identical to um_expf(), in a form that compilers vectorise. No x[i]
 * may be above max or NaN. */
void um_exp_below(float *x, uint32_t count, float max);

#endif
