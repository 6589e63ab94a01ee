/* Products of bf16 numbers for machines with AVX-512 BF16; compiled with that instruction set. */
#include "backend/cpu/v16_avx512.h"
#include "backend/cpu/vector_math.h"

V16_FN v16 add_products(v16 x, v16 weight, v16 sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)x, (__m512bh)weight);
}

#define GEMM_STEP add_products
#include "backend/cpu/gemm_template.h"

static void round_pairs(const float *x, uint32_t count, float *pairs) {
    for (uint32_t i = 0; i < count; i += 32) {
        const uint32_t left = count - i < 32 ? count - i : 32;
        const v16 low = load_lanes(x, i, count, 0.0f);
        const v16 high = left > 16 ? load_lanes(x, i + 16, count, 0.0f) : v16_set(0.0f);
        const v16 both = (v16)_mm512_cvtne2ps_pbh(high, low);
        store_lanes(pairs, i / 2, (count + 1) / 2, both);
    }
}

const struct um_bf16_kernels um_bf16_kernels_avx512 = {.round = round_pairs, .gemm = gemm};
