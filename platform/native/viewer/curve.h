/* The mask schedules as curves, as the public header defines them. Pure functions. */
#ifndef VIEWER_CURVE_H
#define VIEWER_CURVE_H

#include <unmask/unmask.h>

/* The share of `tokens` still masked after the share `r` (0..1) of the steps; 0..1. Tables are not
 * known here: they count as the cosine. */
double curve_share(um_schedule schedule, double power, double r, uint32_t tokens);

#endif
