/* Conversions from and to the stored weight types. Exact where the target can hold the value, else
 * round to nearest even. */
#ifndef UM_BASE_HALF_H
#define UM_BASE_HALF_H

#include "base/tensor.h"

float um_half_to_float(uint16_t half);
uint16_t um_float_to_half(float value);

/* bf16: the upper half of a float. */
float um_bf16_to_float(uint16_t bf16);
uint16_t um_float_to_bf16(float value);

/* Expands `count` elements starting at element `first` of a tensor of any dtype to float. For Q8_0
 * `first` and `count` are multiples of 32. */
void um_tensor_to_float(const struct um_tensor *tensor, size_t first, size_t count, float *out);

#endif
