/* What drawing says at the end, and the times that it took. */
#ifndef CLI_GENERATE_SUMMARY_H
#define CLI_GENERATE_SUMMARY_H

#include "common/stats.h"
#include "generate/outputs.h"

struct timings {
    double load, total;          /* seconds: model file; first step to last file */
    struct samples step, decode; /* seconds each; a step is that of a whole session */
};

void timings_step(struct timings *timings, double seconds);
void timings_decode(struct timings *timings, double seconds);
void timings_free(struct timings *timings);

/* The seed on stderr, and with --json one object on stdout. Exit code. */
int summary_print(const struct outputs *outputs, const struct timings *timings);

#endif
