/* Time for measuring, never for results. */
#ifndef UM_BASE_CLOCK_H
#define UM_BASE_CLOCK_H

/* Seconds since an arbitrary fixed moment, monotonic. */
double um_clock_seconds(void);

#endif
