/* The table of references, and the exact activations. */
#include "backend/cpu/reference.h"

#include <math.h>

#include "backend/cpu/kernels.h"

const um_reference_fn um_reference[UM_OP_COUNT] = {
    [UM_OP_EMBED] = um_reference_embed,
    [UM_OP_LINEAR] = um_reference_linear,
    [UM_OP_LAYERNORM] = um_reference_layernorm,
    [UM_OP_ATTENTION] = um_reference_attention,
    [UM_OP_CONV2D] = um_reference_conv2d,
    [UM_OP_GROUPNORM] = um_reference_groupnorm,
    [UM_OP_AVGPOOL] = um_reference_avgpool,
    [UM_OP_UPSAMPLE] = um_reference_upsample,
    [UM_OP_NEAREST_CODE] = um_reference_nearest_code,
    [UM_OP_CODEBOOK] = um_reference_codebook,
    [UM_OP_CONV2D_HALF] = um_reference_conv2d_half,
    [UM_OP_RMSNORM] = um_reference_rmsnorm,
    [UM_OP_QK_NORM] = um_reference_qk_norm,
    [UM_OP_GATE] = um_reference_gate,
    [UM_OP_SWIGLU] = um_reference_swiglu,
    [UM_OP_SCALE] = um_reference_scale,
    [UM_OP_PICK] = um_reference_pick,
    [UM_OP_SAMPLE] = um_reference_sample,
    [UM_OP_EMBED_NEXT] = um_reference_embed_next,
    [UM_OP_ATTENTION_NEXT] = um_reference_attention_next,
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
    case UM_ACT_SWISH:
        return x / (1 + exp(-x));
    case UM_ACT_NONE:
        break;
    }
    return x;
}
