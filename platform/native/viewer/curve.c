/* The mask schedules as curves. */
#include "viewer/curve.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static double share(um_schedule schedule, double power, double r, double tokens) {
    switch (schedule) {
    case UM_SCHEDULE_LINEAR:
        return 1 - r;
    case UM_SCHEDULE_SQUARE:
        return 1 - r * r;
    case UM_SCHEDULE_CUBIC:
        return 1 - r * r * r;
    case UM_SCHEDULE_POW:
        return 1 - pow(r, power);
    case UM_SCHEDULE_EXPONENTIAL:
        return 1 - exp2(-log2(tokens) * (1 - r));
    case UM_SCHEDULE_SQRT:
        return 1 - sqrt(r);
    case UM_SCHEDULE_LOGARITHMIC:
        return r > 0 ? -log2(r) / log2(tokens) : 1;
    case UM_SCHEDULE_ARCCOS:
        return acos(r) / (PI / 2);
    default:
        return cos(PI / 2 * r);
    }
}

double curve_share(um_schedule schedule, double power, double r, uint32_t tokens) {
    r = fmin(fmax(r, 0), 1);
    return fmin(fmax(share(schedule, power, r, tokens < 2 ? 2 : tokens), 0), 1);
}
