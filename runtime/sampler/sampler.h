/* The samplers: one image, one step, on plain arrays. They use the library's own exp and log, and
 * add up in position or code order, so equal logits give equal tokens on every platform. */
#ifndef UM_SAMPLER_SAMPLER_H
#define UM_SAMPLER_SAMPLER_H

#include "sampler/state.h"

/* Marks in state->asked the positions that are masked in the step's forward pass: the masked ones,
 * or in a recheck round those to be rechecked. Returns their number; 0 = the step needs no forward
 * pass. */
uint32_t um_sampler_ask(struct um_sampler_state *state, const struct um_sampler_step *step);

/* Runs the step, after um_sampler_ask(). `logits` and `logits_null` are (rows, codes); only the
 * rows of the asked positions are read, see state->row. False if one of these logits is not finite;
 * the tokens are then unchanged. */
bool um_sampler_run(struct um_sampler_state *state, const struct um_sampler_step *step,
                    const float *logits, const float *logits_null);

/* The result of sampling on a device at one asked position. */
struct um_sampled {
    int32_t code; /* -1 = a logit was not finite */
    float confidence;
    int32_t fixed; /* 0 = stays masked */
};

/* As um_sampler_run(), from a device's results at the asked positions, in ascending order. */
bool um_sampler_take(struct um_sampler_state *state, const struct um_sampler_step *step,
                     const struct um_sampled *drawn);

/* ---------------------------------------------------------------- one per file */

/* Draws a token at each masked position, then fixes all of them except the `keep_masked` with the
 * lowest log probability + noise x standard Gumbel (ties: the lower position is fixed first).
 * MaskGIT, arXiv 2202.04200, section 3.2. */
bool um_sampler_confidence(struct um_sampler_state *state, const struct um_sampler_step *step,
                           const float *logits, const float *logits_null);

/* Draws a token at each masked position, then fixes all of them except the `keep_masked` that come
 * last in state->order, read cyclically from the place um_halton_start(). arXiv 2503.17076. */
bool um_sampler_halton(struct um_sampler_state *state, const struct um_sampler_step *step,
                       const float *logits, const float *logits_null);

/* The same in raster order, from the first position. */
bool um_sampler_raster(struct um_sampler_state *state, const struct um_sampler_step *step,
                       const float *logits, const float *logits_null);

/* The place at which an image's order begins: floor(uniform x positions); uniform is its
 * UM_RNG_START number, of step and position 0. */
uint32_t um_halton_start(uint64_t seed, uint32_t image, uint32_t positions);

/* Masks each fixed token that was not given with probability sigma, and fixes each masked one with
 * probability (alpha_s - (1 - sigma) alpha_t) / (1 - alpha_t); ReMDM, arXiv 2503.00307, section 4.
 * See um_sampler for sigma. In these formulas it is 0 for masked tokens of REMDM_CONF, and it is 0
 * without step->remask. */
bool um_sampler_remdm(struct um_sampler_state *state, const struct um_sampler_step *step,
                      const float *logits, const float *logits_null);

/* A recheck round: redraws those asked tokens whose probability is below threshold x that of the
 * most probable code. */
bool um_sampler_recheck(struct um_sampler_state *state, const struct um_sampler_step *step,
                        const float *logits, const float *logits_null);

/* Marks an eighth of the n drawn tokens, spread evenly, and a different eighth in each of 8 rounds:
 * round r marks those whose rank in state->order is from n (r mod 8) / 8 to n (r mod 8 + 1) / 8,
 * exclusive. Returns their number. */
uint32_t um_recheck_ask(struct um_sampler_state *state, const struct um_sampler_step *step);

/* Draws a token at each masked position. False if a logit is not finite. */
bool um_sampler_guess(struct um_sampler_state *state, const struct um_sampler_step *step,
                      const float *logits, const float *logits_null);

/* Fixes the guess at a masked position in this step. */
void um_sampler_fix(struct um_sampler_state *state, const struct um_sampler_step *step,
                    uint32_t position);

#endif
