/* Checks that several public functions make. */
#ifndef UM_CHECK_H
#define UM_CHECK_H

#include "base/log.h"

#include <stdbool.h>
#include <stddef.h>

/* UM_ERROR_ARGUMENT, with a sentence that begins with `function`, unless the `bytes` of a caller's
 * `reserved` are zeros. */
um_status um_check_reserved(const struct um_log *log, const char *function, const void *reserved,
                            size_t bytes);

/* True if all of them are finite. */
bool um_all_finite(const float *values, size_t count);

#endif
