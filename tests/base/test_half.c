/* Half floats: all 65536 of them, every rounding boundary, and Q8_0 blocks. */
#include "base/half.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* By the definition of binary16, in double. */
static double value_of(uint16_t half) {
    int exponent = half >> 10 & 31, mantissa = half & 1023;
    double magnitude = exponent == 31 ? (mantissa ? (double)NAN : (double)INFINITY)
                       : exponent     ? ldexp(1024 + mantissa, exponent - 25)
                                      : ldexp(mantissa, -24);
    return half >> 15 ? -magnitude : magnitude;
}

static void test_all_values(void **state) {
    (void)state;
    for (uint32_t h = 0; h < 65536; h++) {
        float value = um_half_to_float((uint16_t)h);
        double expected = value_of((uint16_t)h);
        if (isnan(expected)) {
            assert_true(isnan(value));
            uint16_t back = um_float_to_half(value);
            assert_true((back & 0x7c00) == 0x7c00 && (back & 0x3ff) != 0);
            continue;
        }
        assert_true((double)value == expected && !signbit(value) == !(h >> 15));
        assert_int_equal(um_float_to_half(value), h);
    }
}

static void expect_rounding(float value, uint16_t expected) {
    assert_int_equal(um_float_to_half(value), expected);
    assert_int_equal(um_float_to_half(-value), expected | 0x8000u);
}

/* Between each pair of neighbours: the middle goes to the even one, anything nearer to the nearer.
 * 65536 stands in for the neighbour above the largest half, so its middle, 65520, becomes infinite.
 */
static void test_all_boundaries(void **state) {
    (void)state;
    for (uint16_t h = 0; h < 0x7c00; h++) {
        double above = h == 0x7bff ? 65536.0 : value_of((uint16_t)(h + 1));
        float middle = (float)((value_of(h) + above) / 2); /* exact: 12 bits of mantissa */
        uint16_t even = (uint16_t)(h & 1 ? h + 1 : h);
        expect_rounding(middle, even);
        expect_rounding(nextafterf(middle, 0), h);
        expect_rounding(nextafterf(middle, INFINITY), (uint16_t)(h + 1));
    }
    expect_rounding(1e10f, 0x7c00);
    expect_rounding(INFINITY, 0x7c00);
    expect_rounding(0x1p-149f, 0);
}

static void test_q8(void **state) {
    (void)state;
    struct {
        uint16_t scale;
        int8_t q[32];
    } blocks[3];
    float out[64];
    for (int b = 0; b < 3; b++) {
        blocks[b].scale = um_float_to_half(0.25f * (float)(b + 1));
        for (int i = 0; i < 32; i++)
            blocks[b].q[i] = (int8_t)(i * 8 - 128);
    }
    struct um_tensor tensor = {.dtype = UM_Q8_0,
                               .n_dims = 1,
                               .dims = {96, 1, 1, 1},
                               .data = blocks,
                               .bytes = sizeof blocks};
    um_tensor_to_float(&tensor, 32, 64, out);
    for (int i = 0; i < 64; i++)
        assert_true(out[i] == 0.25f * (float)(i / 32 + 2) * (float)(i % 32 * 8 - 128));
}

static void test_slices(void **state) {
    (void)state;
    const float floats[5] = {1, 2, 3, 4, 5};
    uint16_t halves[5];
    float out[3];
    for (int i = 0; i < 5; i++)
        halves[i] = um_float_to_half(floats[i]);
    struct um_tensor tensor = {.dtype = UM_F32, .n_dims = 1, .dims = {5, 1, 1, 1}, .data = floats};
    um_tensor_to_float(&tensor, 1, 3, out);
    assert_memory_equal(out, floats + 1, sizeof out);
    tensor.dtype = UM_F16;
    tensor.data = halves;
    um_tensor_to_float(&tensor, 2, 3, out);
    assert_memory_equal(out, floats + 2, sizeof out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_values),
        cmocka_unit_test(test_all_boundaries),
        cmocka_unit_test(test_q8),
        cmocka_unit_test(test_slices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
