/* Models of the published sizes with random weights, as the bytes of a model file. */
#ifndef UM_BENCH_SYNTHETIC_H
#define UM_BENCH_SYNTHETIC_H

#include "base/log.h"
#include "base/tensor.h"

/* `name`: "imagenet256" or "imagenet512". A pure function of its arguments. *bytes belongs to the
 * caller (um_free). UM_ERROR_ARGUMENT for another name, UM_ERROR_MEMORY. */
um_status um_synthetic_build(const char *name, enum um_dtype dtype, unsigned char **bytes,
                             size_t *size, const struct um_log *log);

#endif
