/* Weight matrices kept in the type of the file: um_cpu_tensor.small. */
#ifndef UM_BACKEND_CPU_SMALL_WEIGHTS_H
#define UM_BACKEND_CPU_SMALL_WEIGHTS_H

#include "backend/cpu/cpu.h"

/* Bytes of `small`, given rows, depth and small_type: those of the file, rows rounded up to
 * UM_LANES. */
size_t um_cpu_small_bytes(const struct um_cpu_tensor *tensor);

/* Packs the file's tensor into `small`, which is allocated. */
void um_cpu_small_fill(struct um_cpu_tensor *to, const struct um_tensor *from);

/* Where panel p lies. */
const void *um_cpu_small_source(const struct um_cpu_tensor *tensor, uint32_t p, size_t *bytes);

/* Widens rows first .. first + count - 1 of panel p into out (count, 32 or 16); of Q8_0 both are
 * multiples of UM_Q8_BLOCK. */
void um_cpu_small_panel(const struct um_cpu_tensor *tensor, uint32_t p, uint32_t first,
                        uint32_t count, const struct um_cpu_kernels *kernels, float *out);

/* Gathers one row into out (depth). */
void um_cpu_small_row(const struct um_cpu_tensor *tensor, uint32_t row, float *out);

#endif
