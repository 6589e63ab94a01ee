/* Error measures, in double. */
#include "support/compare.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

double compare_nmse(const float *a, const float *reference, size_t count) {
    double error = 0, power = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(a[i]) || !isfinite(reference[i]))
            return INFINITY;
        double difference = (double)a[i] - (double)reference[i];
        error += difference * difference;
        power += (double)reference[i] * (double)reference[i];
    }
    if (error == 0)
        return 0;
    return power > 0 ? error / power : INFINITY;
}

double compare_max_abs(const float *a, const float *b, size_t count, size_t *where) {
    double worst = 0;
    size_t index = 0;
    for (size_t i = 0; i < count; i++) {
        double difference = fabs((double)a[i] - (double)b[i]);
        if (isnan(difference) || isinf(difference))
            difference = INFINITY;
        if (difference > worst) {
            worst = difference;
            index = i;
        }
    }
    if (where)
        *where = index;
    return worst;
}

static int64_t ordered(float value) {
    int32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? -(int64_t)(bits & 0x7fffffff) : bits;
}

double compare_ulp(float a, float b) {
    if (!isfinite(a) || !isfinite(b))
        return INFINITY;
    return (double)llabs((long long)(ordered(a) - ordered(b)));
}
