/* A weight tensor as the rest of the runtime sees it: plain data, no behaviour. */
#ifndef UM_BASE_TENSOR_H
#define UM_BASE_TENSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum um_dtype { UM_F32 = 0, UM_F16 = 1, UM_Q8_0 = 8 }; /* GGUF's numbers */

struct um_tensor {
    const char *name;
    enum um_dtype dtype;
    uint32_t n_dims;
    uint32_t dims[4]; /* outermost first: a linear weight is (out, in); unused entries are 1 */
    const void
        *data; /* row-major, innermost last; Q8_0 in blocks of 32 along the innermost dimension */
    size_t bytes;
    bool exact;      /* F32 in every file: no device may round it further */
    bool disposable; /* a backend that has copied the data may discard it (um_discard) */
};

/* Number of elements. Loaded tensors are checked, so this cannot overflow for them. */
static inline size_t um_tensor_elements(const struct um_tensor *tensor) {
    return (size_t)tensor->dims[0] * tensor->dims[1] * tensor->dims[2] * tensor->dims[3];
}

#endif
