/* What every sampler does to tokens. */
#include "sampler/row.h"
#include "sampler/sampler.h"

bool um_sampler_guess(struct um_sampler_state *s, const struct um_sampler_step *step,
                      const float *logits, const float *logits_null) {
    struct um_row row;
    for (uint32_t i = 0; i < s->positions; i++) {
        if (s->tokens[i] < 0 && !um_row_guess(&row, s, step, logits, logits_null, i))
            return false;
    }
    return true;
}

void um_sampler_fix(struct um_sampler_state *s, const struct um_sampler_step *step,
                    uint32_t position) {
    s->tokens[position] = s->guess[position];
    s->fixed_step[position] = (uint16_t)(step->step + 1);
    s->change[position] = UM_CHANGE_FIXED;
}
