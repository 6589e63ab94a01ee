/* What samplers work on: the tokens of one image, and what one step does with them. */
#ifndef UM_SAMPLER_STATE_H
#define UM_SAMPLER_STATE_H

#include "unmask/unmask.h"

struct um_sampler_step {
    um_sampler sampler; /* never DEFAULT */
    uint64_t seed;
    uint32_t image, step; /* step counts from 0; recheck rounds follow the other steps */
    float temperature;    /* divides the logits */
    float cfg_scale;      /* 0 = logits_null is not read */
    uint32_t top_k;       /* codes or more = no filter */
    float top_p;          /* 1 or more = no filter */

    float noise;          /* confidence, recheck: scale of the Gumbel noise */
    uint32_t keep_masked; /* confidence, halton, raster, recheck: tokens to leave masked */

    bool last;               /* remdm: no token stays masked */
    bool remask;             /* remdm: fixed tokens may be masked again */
    double alpha_t, alpha_s; /* remdm: fractions of fixed tokens before and after the step */
    float eta;

    bool recheck;           /* a recheck round: no token is masked at its start */
    uint32_t recheck_round; /* from 0 */
    float threshold;
};

/* State of one image; arrays of `positions` unless said. tokens: fixed code or -1. fixed_step,
 * guess, confidence, change: see um_session_view. */
struct um_sampler_state {
    uint32_t positions, codes;
    int32_t *tokens, *guess;
    float *confidence;
    uint16_t *fixed_step;
    uint8_t *change;
    uint8_t *asked;      /* um_sampler_ask(): 1 = masked in the forward pass */
    const uint32_t *row; /* for each position its row of the logits; NULL = row i for position i */
    const uint32_t *order; /* um_halton_order(); only halton and recheck read it */
    float *scores;         /* scratch */
    float *weights;        /* (codes) scratch */
    float *sorted;         /* (codes) scratch */
};

enum { UM_FIXED_STEP_MASKED = 65535 };

#endif
