#include "check.h"

#include <math.h>

um_status um_check_reserved(const struct um_log *log, const char *function, const void *reserved,
                            size_t bytes) {
    const unsigned char *byte = reserved;
    for (size_t i = 0; i < bytes; i++) {
        if (byte[i] != 0)
            return um_fail(log, UM_ERROR_ARGUMENT,
                           "%s: reserved holds something, expected zeros; is it initialised, and "
                           "compiled for this version?",
                           function);
    }
    return UM_OK;
}

bool um_all_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}
