/* Philox 4x32-10 (Salmon et al., SC 2011): a random number is a pure function of what it is for. */
#ifndef UM_BASE_RNG_H
#define UM_BASE_RNG_H

#include <stdint.h>

/* What a number is drawn for; part of the counter, so uses never share numbers. */
enum um_rng_purpose {
    UM_RNG_TOKEN = 0,  /* which code */
    UM_RNG_CHOICE = 1, /* noise on its confidence */
    UM_RNG_ORDER = 2,  /* where a variation's order starts */
    UM_RNG_WINDOW = 3, /* seed of an edit's window */
    UM_RNG_START = 4,  /* where the Halton sampler's order starts */
    UM_RNG_UNMASK = 5, /* whether ReMDM fixes a token */
    UM_RNG_REMASK = 6  /* whether ReMDM masks it again */
};

/* out = Philox4x32-10(counter, key), the published function with its published test vectors. */
void um_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* A float uniform in (0, 1): an odd multiple of 2^-24, so that a float holds it exactly and neither
 * end is ever hit. key = seed (low word first), counter = (position, step, image, purpose); the top
 * 23 bits of the output's first word. */
float um_rng_uniform(uint64_t seed, uint32_t image, uint32_t step, uint32_t position,
                     enum um_rng_purpose purpose);

#endif
