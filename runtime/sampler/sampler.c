/* Which sampler runs. */
#include "sampler/sampler.h"

uint32_t um_sampler_ask(struct um_sampler_state *s, const struct um_sampler_step *step) {
    if (step->recheck)
        return um_recheck_ask(s, step);
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->positions; i++) {
        s->asked[i] = s->tokens[i] < 0;
        count += s->asked[i];
    }
    return count;
}

static void clear_changes(struct um_sampler_state *s) {
    for (uint32_t i = 0; i < s->positions; i++)
        s->change[i] = s->tokens[i] < 0 ? UM_CHANGE_MASKED : UM_CHANGE_KEPT;
}

bool um_sampler_take(struct um_sampler_state *s, const struct um_sampler_step *step,
                     const struct um_sampled *drawn) {
    const struct um_sampled *end = drawn;
    clear_changes(s);
    for (uint32_t i = 0; i < s->positions; i++)
        end += s->asked[i];
    for (const struct um_sampled *d = drawn; d < end; d++) {
        if (d->code < 0 || (uint32_t)d->code >= s->codes)
            return false;
    }
    for (uint32_t i = 0; i < s->positions; i++) {
        if (!s->asked[i])
            continue;
        s->guess[i] = drawn->code;
        s->confidence[i] = drawn->confidence;
        if (drawn->fixed)
            um_sampler_fix(s, step, i);
        drawn++;
    }
    return true;
}

bool um_sampler_run(struct um_sampler_state *s, const struct um_sampler_step *step,
                    const float *logits, const float *logits_null) {
    clear_changes(s);
    if (step->recheck)
        return um_sampler_recheck(s, step, logits, logits_null);
    switch (step->sampler) {
    case UM_SAMPLER_HALTON:
        return um_sampler_halton(s, step, logits, logits_null);
    case UM_SAMPLER_RASTER:
        return um_sampler_raster(s, step, logits, logits_null);
    case UM_SAMPLER_REMDM_CAP:
    case UM_SAMPLER_REMDM_RESCALE:
    case UM_SAMPLER_REMDM_CONF:
        return um_sampler_remdm(s, step, logits, logits_null);
    case UM_SAMPLER_DEFAULT: // the session has replaced it by the model's
    case UM_SAMPLER_CONFIDENCE:
    case UM_SAMPLER_RECHECK:
        break;
    }
    return um_sampler_confidence(s, step, logits, logits_null);
}
