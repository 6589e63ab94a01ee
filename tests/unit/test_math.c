/* The library's exp and log against the C library's in double, over the whole range of float. */
#include "sampler/math.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { STRIDE = 257 }; /* every 257th float: 16.7 million, with all exponents and both signs */

static float from_bits(uint32_t bits) {
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Size of one ulp of float at |x|, of the subnormal spacing below the normal range. */
static double ulp(double x) {
    int exponent;
    frexp(x, &exponent);
    return ldexp(1.0, exponent < -125 ? -149 : exponent - 24);
}

static void check(float got, double exact, double *worst, float x) {
    if (isnan(exact)) {
        assert_true(isnan(got));
        return;
    }
    if (fabs(exact) > 3.4028235677973366e38) { // beyond the largest float by half an ulp
        assert_true(isinf(got) && (got > 0.0f) == (exact > 0.0));
        return;
    }
    double error = fabs((double)got - exact) / ulp(exact);
    if (!(error <= 2.0))
        fail_msg("at %a: got %a, exact %a, off by %g ulp", (double)x, (double)got, exact, error);
    if (error > *worst)
        *worst = error;
}

static void exp_is_within_two_ulp(void **state) {
    (void)state;
    double worst = 0.0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += STRIDE) {
        float x = from_bits((uint32_t)bits);
        check(um_expf(x), exp((double)x), &worst, x);
    }
    print_message("exp: at most %.4f ulp\n", worst);
}

static void log_is_within_two_ulp(void **state) {
    (void)state;
    double worst = 0.0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += STRIDE) {
        float x = from_bits((uint32_t)bits);
        check(um_logf(x), log((double)x), &worst, x);
    }
    print_message("log: at most %.4f ulp\n", worst);
}

static void many_at_once_give_the_same_bits(void **state) {
    (void)state;
    float x[64], y[64];
    for (uint32_t count = 0; count <= 64; count++) {
        for (uint32_t i = 0; i < count; i++)
            x[i] = y[i] = 3.0f - (float)(i * i) * 0.027f;
        um_exp_below(y, count, 3.0f);
        for (uint32_t i = 0; i < count; i++)
            assert_true(y[i] == um_expf(x[i] - 3.0f));
    }
    float far[] = {-3.4e38f, -104.5f, -104.0f, -103.9f, -88.0f, 0.0f};
    um_exp_below(far, 6, 0.0f);
    assert_true(far[0] == 0.0f && far[1] == 0.0f && far[2] == um_expf(-104.0f));
    assert_true(far[3] == um_expf(-103.9f) && far[4] == um_expf(-88.0f) && far[5] == 1.0f);
}

/* The floats next to 1, 0 and the overflow limits, which a stride may miss. */
static void special_values_are_exact(void **state) {
    (void)state;
    double worst = 0.0;
    assert_true(um_expf(0.0f) == 1.0f && um_expf(-0.0f) == 1.0f && um_logf(1.0f) == 0.0f);
    assert_true(um_expf(INFINITY) == INFINITY && um_expf(-INFINITY) == 0.0f);
    assert_true(um_logf(INFINITY) == INFINITY);
    assert_true(um_logf(0.0f) == -INFINITY && um_logf(-0.0f) == -INFINITY);
    assert_true(isnan(um_expf(NAN)) && isnan(um_logf(NAN)) && isnan(um_logf(-1e-45f)));
    const float centres[] = {1.0f, 88.72284f, -87.33655f, -103.97208f, 1.17549435e-38f, 1e-45f};
    for (size_t i = 0; i < sizeof centres / sizeof centres[0]; i++) {
        float below = centres[i], above = centres[i];
        for (int n = 0; n < 2000; n++) {
            check(um_expf(below), exp((double)below), &worst, below);
            check(um_expf(above), exp((double)above), &worst, above);
            check(um_logf(below), log((double)below), &worst, below);
            check(um_logf(above), log((double)above), &worst, above);
            below = nextafterf(below, -INFINITY);
            above = nextafterf(above, INFINITY);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exp_is_within_two_ulp),
        cmocka_unit_test(log_is_within_two_ulp),
        cmocka_unit_test(many_at_once_give_the_same_bits),
        cmocka_unit_test(special_values_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
