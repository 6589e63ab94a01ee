/* IEEE binary16 and Q8_0 to float and back, in portable integer arithmetic. */
#include "base/half.h"

#include <assert.h>
#include <string.h>

static float bits_to_float(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t float_to_bits(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

float um_half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 31u;
    uint32_t mantissa = half & 0x3ffu;
    if (exponent == 31)
        return bits_to_float(sign | 0x7f800000u | mantissa << 13);
    if (exponent)
        return bits_to_float(sign | (exponent + 112) << 23 | mantissa << 13);
    float magnitude = (float)mantissa * 0x1p-24f; /* zero and subnormals, exact in float */
    return sign ? -magnitude : magnitude;
}

uint16_t um_float_to_half(float value) {
    uint32_t bits = float_to_bits(value);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000u);
    uint32_t magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u)
        return (uint16_t)(sign | 0x7e00u);
    if (magnitude >= 0x477ff000u) /* rounds to 65536 or more */
        return (uint16_t)(sign | 0x7c00u);
    if (magnitude < 0x38800000u) { /* subnormal: add 0.5, whose last mantissa bit is worth 2^-24 */
        float shifted = bits_to_float(magnitude) + 0.5f;
        return (uint16_t)(sign | (float_to_bits(shifted) - 0x3f000000u));
    }
    uint32_t odd = magnitude >> 13 & 1u;
    return (uint16_t)(sign | (magnitude - 0x38000000u + 0xfffu + odd) >> 13);
}

float um_bf16_to_float(uint16_t bf16) {
    return bits_to_float((uint32_t)bf16 << 16);
}

uint16_t um_float_to_bf16(float value) {
    const uint32_t bits = float_to_bits(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u)
        return (uint16_t)(bits >> 16 | 0x40u); /* NaN, quiet */
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16);
}

struct q8_block {
    uint16_t scale;
    int8_t q[32];
};

static void q8_to_float(const uint8_t *data, size_t first, size_t count, float *out) {
    assert(first % 32 == 0 && count % 32 == 0);
    for (size_t b = 0; b < count / 32; b++) {
        struct q8_block block;
        memcpy(&block, data + (first / 32 + b) * sizeof block, sizeof block);
        float scale = um_half_to_float(block.scale);
        for (size_t i = 0; i < 32; i++)
            out[b * 32 + i] = scale * (float)block.q[i];
    }
}

void um_tensor_to_float(const struct um_tensor *tensor, size_t first, size_t count, float *out) {
    assert(first + count <= um_tensor_elements(tensor));
    if (tensor->dtype == UM_F32) {
        memcpy(out, (const float *)tensor->data + first, count * sizeof *out);
    } else if (tensor->dtype == UM_F16) {
        const uint16_t *half = (const uint16_t *)tensor->data + first;
        for (size_t i = 0; i < count; i++)
            out[i] = um_half_to_float(half[i]);
    } else {
        q8_to_float(tensor->data, first, count, out);
    }
}
