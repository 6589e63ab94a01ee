/* One position's distribution. Everything is added up in code order, so the result depends on the
 * logits alone. */
#include "sampler/row.h"

#include "base/rng.h"
#include "sampler/math.h"
#include <float.h>
#include <string.h>

static inline float row_logit(const struct um_row *row, uint32_t code) {
    float logit = row->logits[code];
    if (row->logits_null)
        logit = row->logits_null[code] + row->guidance * (logit - row->logits_null[code]);
    return logit / row->temperature;
}

bool um_row_read(struct um_row *row, const struct um_sampler_state *state,
                 const struct um_sampler_step *step, const float *logits, const float *logits_null,
                 uint32_t position) {
    size_t first = (size_t)position * state->codes;
    *row = (struct um_row){.logits = logits + first,
                           .logits_null = step->cfg_scale != 0.0f ? logits_null + first : NULL,
                           .guidance = 1.0f + step->cfg_scale,
                           .temperature = step->temperature,
                           .weights = state->weights,
                           .codes = state->codes};
    row->max = -FLT_MAX;
    bool finite = true;
    for (uint32_t k = 0; k < row->codes; k++) {
        float logit = row_logit(row, k);
        finite = finite && logit >= -FLT_MAX && logit <= FLT_MAX; // false for NaN, too
        row->max = logit > row->max ? logit : row->max;
        row->weights[k] = logit;
    }
    if (!finite)
        return false;
    um_exp_below(row->weights, row->codes, row->max);
    for (uint32_t k = 0; k < row->codes; k++)
        row->sum += (double)row->weights[k];
    row->log_sum = um_logf((float)row->sum);
    return true;
}

float um_row_log_ratio(const struct um_row *row, uint32_t code) {
    return row_logit(row, code) - row->max;
}

float um_row_log_p(const struct um_row *row, uint32_t code) {
    return um_row_log_ratio(row, code) - row->log_sum;
}

/* Bits of floats that are not negative have the floats' order. */
static uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The weights that go through: those above `cut` and `ties` of those equal to it. */
struct filter {
    float cut;
    uint32_t ties;
};

/* What may still go through. */
struct allowance {
    uint32_t count;
    double mass;
};

/* Moves the values above `pivot` (or, with `above` false, the others) to the front; returns their
 * number. */
static uint32_t keep_side(float *values, uint32_t count, uint32_t pivot, bool above) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        float value = values[i];
        if ((bits_of(value) > pivot) == above)
            values[kept++] = value;
    }
    return kept;
}

/* The last weight, from the largest down, with which the count or the mass is used up. Bisection
 * over bits with the side that cannot hold it thrown away each time: about two passes. */
static struct filter find_cut(float *values, uint32_t count, struct allowance left) {
    uint32_t low = 0, high = bits_of(1.0f); // the cut's bits are in low..high
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, above = 0;
        double mass = 0.0;
        for (uint32_t i = 0; i < count; i++) {
            if (bits_of(values[i]) > middle) {
                above++;
                mass += (double)values[i];
            }
        }
        if (above >= left.count || mass >= left.mass) {
            count = keep_side(values, count, middle, true);
            low = middle + 1;
        } else {
            count = keep_side(values, count, middle, false);
            left.count -= above;
            left.mass -= mass;
            high = middle;
        }
    }
    struct filter filter = {.ties = 1};
    memcpy(&filter.cut, &low, sizeof low);
    while (filter.ties < left.count && (double)filter.cut * filter.ties < left.mass)
        filter.ties++;
    return filter;
}

void um_row_filter(struct um_row *row, const struct um_sampler_state *state,
                   const struct um_sampler_step *step) {
    if (step->top_k >= row->codes && step->top_p >= 1.0f)
        return;
    struct allowance left = {row->codes, row->sum * 2.0};
    if (step->top_k < row->codes)
        left.count = step->top_k;
    if (step->top_p < 1.0f)
        left.mass = (double)step->top_p * row->sum;
    memcpy(state->sorted, row->weights, row->codes * sizeof *row->weights);
    struct filter filter = find_cut(state->sorted, row->codes, left);
    row->sum = 0.0;
    for (uint32_t k = 0; k < row->codes; k++) {
        float weight = row->weights[k];
        bool passes = weight > filter.cut;
        if (weight == filter.cut && filter.ties > 0) {
            passes = true;
            filter.ties--;
        }
        row->weights[k] = passes ? weight : 0.0f;
        row->sum += (double)row->weights[k];
    }
}

uint32_t um_row_draw(const struct um_row *row, float uniform) {
    double target = (double)uniform * row->sum, cumulative = 0.0;
    uint32_t last = 0; // with weight: rounding may leave the target unreached
    for (uint32_t k = 0; k < row->codes; k++) {
        cumulative += (double)row->weights[k];
        if (row->weights[k] > 0.0f)
            last = k;
        if (cumulative > target)
            break;
    }
    return last;
}

bool um_row_guess(struct um_row *row, struct um_sampler_state *state,
                  const struct um_sampler_step *step, const float *logits, const float *logits_null,
                  uint32_t position) {
    if (!um_row_read(row, state, step, logits, logits_null, position))
        return false;
    um_row_filter(row, state, step);
    float uniform = um_rng_uniform(step->seed, step->image, step->step, position, UM_RNG_TOKEN);
    uint32_t code = um_row_draw(row, uniform);
    state->guess[position] = (int32_t)code;
    state->confidence[position] = um_expf(um_row_log_p(row, code));
    return true;
}
