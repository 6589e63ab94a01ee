/* The distribution of the code at one position: softmax of the guided logits over temperature. */
#ifndef UM_SAMPLER_ROW_H
#define UM_SAMPLER_ROW_H

#include "sampler/state.h"

struct um_row {
    const float *logits, *logits_null; /* logits_null: NULL = no guidance */
    float guidance, temperature;
    float max, log_sum;
    double sum;     /* of the weights */
    float *weights; /* (codes): exp(logit - max), largest 1 */
    uint32_t codes;
};

/* Reads the position's logits from `logits` and, if guided, `logits_null`, both (rows, codes), into
 * state->weights, which the row uses until the next one is read. False if a guided logit is not
 * finite. */
bool um_row_read(struct um_row *row, const struct um_sampler_state *state,
                 const struct um_sampler_step *step, const float *logits, const float *logits_null,
                 uint32_t position);

/* Natural log of a code's probability, before filters. */
float um_row_log_p(const struct um_row *row, uint32_t code);

/* Natural log of a code's probability divided by that of the most probable code. */
float um_row_log_ratio(const struct um_row *row, uint32_t code);

/* Removes the codes that step->top_k and top_p exclude. Codes rank by weight; of codes with equal
 * weight, the lower one ranks first. The most probable code always stays. */
void um_row_filter(struct um_row *row, const struct um_sampler_state *state,
                   const struct um_sampler_step *step);

/* Draws a code by inverse transform; uniform in (0, 1). */
uint32_t um_row_draw(const struct um_row *row, float uniform);

/* Reads the position, filters, draws with its UM_RNG_TOKEN number, and writes guess and confidence.
 * False as above. */
bool um_row_guess(struct um_row *row, struct um_sampler_state *state,
                  const struct um_sampler_step *step, const float *logits, const float *logits_null,
                  uint32_t position);

#endif
