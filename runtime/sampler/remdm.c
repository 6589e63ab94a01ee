/* The ReMDM samplers: tokens are fixed by chance, and fixed ones are masked again by chance. All
 * probabilities are formed from the alphas by IEEE arithmetic in double: the same bits everywhere.
 */
#include "base/rng.h"
#include "sampler/sampler.h"

static double clamp01(double x) {
    return x < 0.0 ? 0.0 : x > 1.0 ? 1.0 : x;
}

/* Sigma of CAP and RESCALE; for CONF what is shared out. */
static double sigma_of(const struct um_sampler_step *step) {
    if (!step->remask || step->last)
        return 0.0;
    double limit = step->alpha_t > 0.0 ? clamp01((1.0 - step->alpha_s) / step->alpha_t) : 1.0;
    double eta = (double)step->eta;
    if (step->sampler == UM_SAMPLER_REMDM_CAP)
        return eta < limit ? eta : limit;
    return step->sampler == UM_SAMPLER_REMDM_RESCALE ? eta * limit : limit;
}

static bool may_revise(const struct um_sampler_state *s, uint32_t i) {
    return s->tokens[i] >= 0 && s->fixed_step[i] != 0;
}

/* CONF weighs by softmax(-log p) = (1 / p) / sum (1 / p), with p from 1e-30 up. */
static double inverse(float confidence) {
    return 1.0 / (confidence > 1e-30f ? (double)confidence : 1e-30);
}

static double sum_of_inverses(const struct um_sampler_state *s) {
    double sum = 0.0;
    for (uint32_t i = 0; i < s->positions; i++)
        sum += may_revise(s, i) ? inverse(s->confidence[i]) : 0.0;
    return sum;
}

static void remask(struct um_sampler_state *s, uint32_t i) {
    s->tokens[i] = -1;
    s->fixed_step[i] = UM_FIXED_STEP_MASKED;
    s->change[i] = UM_CHANGE_REMASKED;
}

bool um_sampler_remdm(struct um_sampler_state *s, const struct um_sampler_step *step,
                      const float *logits, const float *logits_null) {
    bool shared = step->sampler == UM_SAMPLER_REMDM_CONF;
    double sigma = sigma_of(step), sum = shared && sigma > 0.0 ? sum_of_inverses(s) : 0.0;
    double stay = 1.0 - (shared ? 0.0 : sigma);
    double unmask = 1.0;
    if (!step->last && step->alpha_t < 1.0)
        unmask = clamp01((step->alpha_s - stay * step->alpha_t) / (1.0 - step->alpha_t));
    if (!um_sampler_guess(s, step, logits, logits_null))
        return false;
    for (uint32_t i = 0; i < s->positions; i++) {
        bool revisable = may_revise(s, i);
        if (s->tokens[i] >= 0 && !revisable)
            continue;
        double chance = !revisable ? unmask
                        : shared   ? (sum > 0.0 ? sigma * inverse(s->confidence[i]) / sum : 0.0)
                                   : sigma;
        enum um_rng_purpose purpose = revisable ? UM_RNG_REMASK : UM_RNG_UNMASK;
        float uniform = um_rng_uniform(step->seed, step->image, step->step, i, purpose);
        if ((double)uniform >= chance) // never with chance 1: uniform is below 1
            continue;
        if (revisable)
            remask(s, i);
        else
            um_sampler_fix(s, step, i);
    }
    return true;
}
