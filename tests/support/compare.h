/* How far two float arrays are apart. Anything not finite counts as infinitely far. */
#ifndef UM_SUPPORT_COMPARE_H
#define UM_SUPPORT_COMPARE_H

#include <stddef.h>

/* sum (a - b)^2 / sum b^2, b being the reference. */
double compare_nmse(const float *a, const float *reference, size_t count);

/* max |a - b|, and in *where (may be NULL) the first index that has it. */
double compare_max_abs(const float *a, const float *b, size_t count, size_t *where);

/* Distance in units in the last place, counted over the ordered floats; 0 for +0 and -0. */
double compare_ulp(float a, float b);

#endif
