/* One position's distribution. Everything is added up in an order of its own, so the result depends
 * on the logits alone. */
#include "sampler/row.h"

#include "base/rng.h"
#include "sampler/math.h"
#include <float.h>
#include <string.h>

enum { BLOCK = 64 };

static inline float row_logit(const struct um_row *row, uint32_t code) {
    float logit = row->logits[code];
    if (row->logits_null)
        logit = row->logits_null[code] + row->guidance * (logit - row->logits_null[code]);
    return logit / row->temperature;
}

/* Bits of a float as an integer that has the floats' order: NaN and infinity lie outside of what
 * finite floats give. Integers, because compilers do not vectorise the maximum of floats. */
static inline int32_t ordered(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits >> 31 & 0x7fffffff);
}

/* The guided logits over temperature into row->weights, the largest into row->max. False if one is
 * not finite. */
static bool scale_logits(struct um_row *row) {
    float *scaled = row->weights;
    const float *with = row->logits, *without = row->logits_null;
    int32_t most = INT32_MIN, least = INT32_MAX;
    if (without) {
        for (uint32_t k = 0; k < row->codes; k++)
            scaled[k] = (without[k] + row->guidance * (with[k] - without[k])) / row->temperature;
    } else {
        for (uint32_t k = 0; k < row->codes; k++)
            scaled[k] = with[k] / row->temperature;
    }
    for (uint32_t k = 0; k < row->codes; k++) {
        int32_t x = ordered(scaled[k]);
        most = x > most ? x : most;
        least = x < least ? x : least;
    }
    int32_t max_bits = most ^ (most >> 31 & 0x7fffffff);
    memcpy(&row->max, &max_bits, sizeof row->max);
    return most <= ordered(FLT_MAX) && least >= ordered(-FLT_MAX);
}

/* The sum of at most BLOCK weights, four interleaved sums at a time. */
static double block_sum(const float *weights, uint32_t count) {
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    uint32_t k = 0;
    for (; k + 4 <= count; k += 4) {
        for (uint32_t lane = 0; lane < 4; lane++)
            sums[lane] += (double)weights[k + lane];
    }
    for (; k < count; k++)
        sums[0] += (double)weights[k];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

static uint32_t block_at(const struct um_row *row, uint32_t first) {
    return row->codes - first < BLOCK ? row->codes - first : BLOCK;
}

static void add_up(struct um_row *row) {
    row->sum = 0.0;
    for (uint32_t k = 0; k < row->codes; k += BLOCK)
        row->sum += block_sum(row->weights + k, block_at(row, k));
}

bool um_row_read(struct um_row *row, const struct um_sampler_state *state,
                 const struct um_sampler_step *step, const float *logits, const float *logits_null,
                 uint32_t position) {
    size_t first = (size_t)(state->row ? state->row[position] : position) * state->codes;
    *row = (struct um_row){.logits = logits + first,
                           .logits_null = step->cfg_scale != 0.0f ? logits_null + first : NULL,
                           .guidance = 1.0f + step->cfg_scale,
                           .temperature = step->temperature,
                           .weights = state->weights,
                           .codes = state->codes};
    if (!scale_logits(row))
        return false;
    um_exp_below(row->weights, row->codes, row->max);
    add_up(row);
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
static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
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

/* How many values have bits above `pivot`, and their sum, by four interleaved sums. */
static struct allowance weigh_above(const float *values, uint32_t count, uint32_t pivot) {
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    uint32_t above = 0, k = 0;
    for (; k + 4 <= count; k += 4) {
        for (uint32_t lane = 0; lane < 4; lane++) {
            uint32_t bits = bits_of(values[k + lane]), is_above = bits > pivot;
            above += is_above;
            sums[lane] += (double)float_of(bits & (0u - is_above)); // masked: no branch to guess
        }
    }
    for (; k < count; k++) {
        uint32_t bits = bits_of(values[k]), is_above = bits > pivot;
        above += is_above;
        sums[0] += (double)float_of(bits & (0u - is_above));
    }
    return (struct allowance){above, (sums[0] + sums[1]) + (sums[2] + sums[3])};
}

/* Moves the values above `pivot` (or, with `above` false, the others) to the front; returns their
 * number. */
static uint32_t keep_side(float *values, uint32_t count, uint32_t pivot, bool above) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++) {
        float value = values[i];
        values[kept] = value;
        kept += (bits_of(value) > pivot) == above;
    }
    return kept;
}

/* The last weight, from the largest down, with which the count or the mass is used up; its bits are
 * at least `low`. Bisection over bits; the side that cannot hold it is thrown away each time. */
static struct filter find_cut(float *values, uint32_t count, struct allowance left, uint32_t low) {
    uint32_t high = bits_of(1.0f);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct allowance above = weigh_above(values, count, middle);
        bool inside = above.count >= left.count || above.mass >= left.mass;
        if (inside) { // the cut is one of those above
            low = middle + 1;
        } else {
            left.count -= above.count;
            left.mass -= above.mass;
            high = middle;
        }
        if (above.count != (inside ? count : 0))
            count = keep_side(values, count, middle, inside);
    }
    struct filter filter = {.cut = float_of(low), .ties = 1};
    while (filter.ties < left.count && (double)filter.cut * filter.ties < left.mass)
        filter.ties++;
    return filter;
}

void um_row_filter(struct um_row *row, const struct um_sampler_state *state,
                   const struct um_sampler_step *step) {
    if (step->top_k >= row->codes && step->top_p >= 1.0f)
        return;
    struct allowance left = {row->codes, row->sum * 2.0};
    uint32_t low = 0;
    if (step->top_k < row->codes)
        left.count = step->top_k;
    if (step->top_p < 1.0f)
        left.mass = (double)step->top_p * row->sum;
    if (step->top_p < 1.0f) // all weights below this do not make up what may be dropped
        low = bits_of((float)((row->sum - left.mass) / (2.0 * (double)row->codes)));
    memcpy(state->sorted, row->weights, row->codes * sizeof *row->weights);
    struct filter filter = find_cut(state->sorted, row->codes, left, low);
    for (uint32_t k = 0; k < row->codes; k++) {
        float weight = row->weights[k];
        bool passes = weight > filter.cut;
        if (weight == filter.cut && filter.ties > 0) {
            passes = true;
            filter.ties--;
        }
        row->weights[k] = passes ? weight : 0.0f;
    }
    add_up(row);
}

uint32_t um_row_draw(const struct um_row *row, float uniform) {
    double target = (double)uniform * row->sum, before = 0.0;
    uint32_t k = 0;
    for (; k + BLOCK < row->codes; k += BLOCK) { // to the block that reaches the target
        double after = before + block_sum(row->weights + k, BLOCK);
        if (after > target)
            break;
        before = after;
    }
    for (uint32_t end = k + block_at(row, k); k < end; k++) {
        before += (double)row->weights[k];
        if (before > target)
            return k;
    }
    while (k > 1 && row->weights[k - 1] == 0.0f) // rounding left the target unreached
        k--;
    return k - 1;
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
