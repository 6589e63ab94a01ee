/* What the references share: rounding to int8, and the exact activations. */
#include "backend/cpu/reference.h"

#include <math.h>

#include "backend/cpu/kernels.h"

const um_reference_fn um_reference[UM_OP_COUNT] = {
#define ROW(ID, stem) [UM_OP_##ID] = um_reference_##stem,
    UM_OPS(ROW)
#undef ROW
};

void um_reference_round_q8(const float *x, size_t count, float *out) {
    for (size_t b = 0; b < count; b += UM_Q8_BLOCK) {
        float top = 0;
        for (size_t i = b; i < b + UM_Q8_BLOCK; i++)
            top = fmaxf(top, fabsf(x[i]));
        const float factor = top < 1e-36f ? 0 : 127 / top;
        for (size_t i = b; i < b + UM_Q8_BLOCK; i++)
            out[i] = top / 127 * nearbyintf(x[i] * factor);
    }
}

double um_reference_activate(double x, enum um_activation activation) {
    const double sqrt_2_over_pi = 0.79788456080286535588, sqrt_half = 0.70710678118654752440;
    switch (activation) {
    case UM_ACT_GELU_TANH:
        return 0.5 * x * (1 + tanh(sqrt_2_over_pi * (x + 0.044715 * x * x * x)));
    case UM_ACT_GELU_ERF:
        return 0.5 * x * erfc(-x * sqrt_half);
    case UM_ACT_SILU:
        return x / (1 + exp(-x));
    case UM_ACT_NONE:
        break;
    }
    return x;
}
