/* Every op of the CPU backend at every level of this machine: right against the reference, and the
 * same bits whatever the instruction set and the number of threads. With --bench: its speed. */
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"
#include "ops/op_run.h"
#include "support/rand.h"

static void *open_at(enum um_cpu_level level, uint32_t threads) {
    const struct um_device_options options = {.threads = threads};
    void *device;
    assert_int_equal(um_cpu_device_open_at(&device, &options, um_cpu_kernels_at(level)), UM_OK);
    return device;
}

static void check_level(enum um_cpu_level level) {
    if (!um_cpu_kernels_at(level)) {
        print_message("skip: this processor lacks the instructions of level %d\n", (int)level);
        skip();
    }
    void *device = open_at(level, 2);
    op_check_all(&um_backend_cpu, device);
    um_backend_cpu.device_close(&device);
    assert_null(device);
}

static void portable_is_right(void **state) {
    (void)state;
    check_level(UM_CPU_PORTABLE);
}

static void avx2_is_right(void **state) {
    (void)state;
    check_level(UM_CPU_AVX2);
}

static void avx512_is_right(void **state) {
    (void)state;
    check_level(UM_CPU_AVX512);
}

static void avx512_vnni_is_right(void **state) {
    (void)state;
    check_level(UM_CPU_AVX512_VNNI);
}

static void simd128_is_right(void **state) {
    (void)state;
    check_level(UM_CPU_SIMD128);
}

/* The bounds are those of float products: rounded operands' products are exact, sums are in float.
 */
static void bf16_is_right(void **state) {
    (void)state;
    if (!um_cpu_bf16_kernels()) {
        print_message("skip: this processor has no bf16 instructions\n");
        skip();
    }
    const struct um_device_options options = {.threads = 2, .bf16 = true};
    void *device;
    assert_int_equal(um_cpu_device_open_at(&device, &options, um_cpu_kernels_at(UM_CPU_AVX512)),
                     UM_OK);
    op_check(&um_backend_cpu, device,
             &(struct op_rules){.round_q8 = true, .round_precise = true, .round_bf16 = true});
    um_backend_cpu.device_close(&device);
}

enum { MAX_THREADS = 3, DEVICES = UM_CPU_LEVELS * MAX_THREADS };

/* WebAssembly has no fused multiply-add, so there only the Q8_0 products have the others' bits. */
static bool is_comparable(const struct op_case *c, int level) {
    if (level != UM_CPU_SIMD128)
        return true;
    return c->spec.op.kind == UM_OP_LINEAR && c->spec.dtype == UM_Q8_0 &&
           c->spec.op.p.linear.activation == UM_ACT_NONE;
}

static void compare_devices(void *const devices[DEVICES], uint32_t index) {
    struct op_case c;
    struct op_spec spec = op_spec_at(index);
    op_case_build(&c, &spec, index + 1000000);
    void *first = malloc(c.sizes.out * 4), *out = malloc(c.sizes.out * 4);
    assert_true(first && out);
    op_run(&um_backend_cpu, devices[0], &c, first);
    for (int i = 1; i < DEVICES; i++) {
        if (!devices[i])
            continue;
        op_run(&um_backend_cpu, devices[i], &c, out);
        if (i % MAX_THREADS == 0 && !is_comparable(&c, i / MAX_THREADS))
            memcpy(first, out, c.sizes.out * 4); /* the last level: its threads agree */
        if (memcmp(first, out, c.wanted * 4) != 0)
            fail_msg("%s: level %d with %d threads gives other bits", c.name, i / MAX_THREADS,
                     i % MAX_THREADS + 1);
    }
    free(first);
    free(out);
    op_case_free(&c);
}

static void all_levels_and_threads_agree(void **state) {
    (void)state;
    void *devices[DEVICES] = {NULL};
    for (int i = 0; i < DEVICES; i++)
        if (um_cpu_kernels_at((enum um_cpu_level)(i / MAX_THREADS)))
            devices[i] =
                open_at((enum um_cpu_level)(i / MAX_THREADS), (uint32_t)(i % MAX_THREADS) + 1);
    for (uint32_t i = 0; i < op_spec_count(); i++)
        compare_devices(devices, i);
    for (int i = 0; i < DEVICES; i++)
        if (devices[i])
            um_backend_cpu.device_close(&devices[i]);
}

/* How far the reference of `other` is from what `spec` must give, in tolerances. */
static double separation(const struct op_spec *spec, const struct um_op *other) {
    struct op_case c;
    op_case_build(&c, spec, 7);
    float *expected = malloc(c.sizes.out * 4), *tolerance = malloc(c.sizes.out * 4);
    float *wrong = malloc(c.sizes.out * 4);
    assert_true(expected && tolerance && wrong);
    op_case_expect(&c, expected, tolerance);
    um_reference[other->kind](
        other, &(struct um_reference_args){.in = {c.in[UM_IN_X]},
                                           .weights = {c.weights[UM_WEIGHT], c.weights[UM_BIAS]},
                                           .out = wrong});
    const double error = op_error(&c, expected, tolerance, wrong);
    free(expected);
    free(tolerance);
    free(wrong);
    op_case_free(&c);
    return error;
}

/* The tolerances are worth something: neighbouring definitions fail by a wide margin. */
static void tolerances_tell_variants_apart(void **state) {
    (void)state;
    struct op_spec linear = {.op = {.kind = UM_OP_LINEAR,
                                    .in = UM_INPUTS(0),
                                    .weights = UM_WEIGHTS(0),
                                    .p.linear = {4001, 1, 1, UM_ACT_GELU_TANH}},
                             .style = OP_WIDE};
    struct um_op other = linear.op;
    other.p.linear.activation = UM_ACT_GELU_ERF;
    assert_true(separation(&linear, &other) > 50);

    struct op_spec wide = {.op = {.kind = UM_OP_LINEAR,
                                  .in = UM_INPUTS(0),
                                  .weights = UM_WEIGHTS(0, 0),
                                  .p.linear = {65, 32, 65, UM_ACT_GELU_TANH}}};
    other = wide.op;
    other.p.linear.activation = UM_ACT_GELU_ERF;
    assert_true(separation(&wide, &other) > 10);

    struct op_spec norm = {.op = {.kind = UM_OP_GROUPNORM,
                                  .in = UM_INPUTS(0),
                                  .weights = UM_WEIGHTS(0, 0),
                                  .p.groupnorm = {1, 8, 8, 32, 32, 1e-6f, UM_ACT_NONE}},
                           .style = OP_FLAT};
    other = norm.op;
    other.p.groupnorm.epsilon = 1e-5f;
    assert_true(separation(&norm, &other) > 50);
}

/* The vector activations against double, over all of the range where they matter. */
static void activations_are_accurate(void **state) {
    (void)state;
    static const enum um_activation kinds[] = {UM_ACT_GELU_TANH, UM_ACT_GELU_ERF, UM_ACT_SILU};
    enum { COUNT = 200001 };
    float *x = malloc(COUNT * sizeof *x), *y = malloc(COUNT * sizeof *y);
    assert_true(x && y);
    const float one[UM_LANES] = {1};
    for (int i = 0; i < COUNT; i++)
        x[i] = -20.0f + 40.0f * (float)i / COUNT;
    for (int k = 0; k < 3; k++) {
        const struct um_gemm job = {.rows = COUNT,
                                    .cols = 1,
                                    .taps = 1,
                                    .depth = 1,
                                    .a = x,
                                    .a_stride = 1,
                                    .b = one,
                                    .c = y,
                                    .c_stride = 1,
                                    .activation = kinds[k]};
        um_cpu_kernels_at(UM_CPU_PORTABLE)->gemm(&job);
        double relative = 0;
        for (int i = 0; i < COUNT; i++) {
            const double right = um_reference_activate((double)x[i], kinds[k]);
            const double off = fabs((double)y[i] - right);
            assert_true(off <= 4 * 0x1p-24 * fabs((double)x[i]));
            if (x[i] > -1)
                relative = fmax(relative, off / fmax(fabs(right), 1e-30));
        }
        print_message("activation %d: relative error above -1 at most %.2g\n", (int)kinds[k],
                      relative);
        assert_true(relative < 6 * 0x1p-24);
    }
    free(x);
    free(y);
}

/* a * b + c: the product is exact in double, and the sum is rounded to odd there, so that rounding
 * it to float is the only rounding that counts (Boldo and Melquiond 2008). The fmaf of WebAssembly
 * and of mingw-w64 rounds twice. */
static float rounded_once(float a, float b, float c) {
    const double product = (double)a * (double)b, sum = product + (double)c;
    const double back = sum - product;
    const double lost = (product - (sum - back)) + ((double)c - back);
    uint64_t bits;
    memcpy(&bits, &sum, sizeof bits);
    const double odd =
        lost != 0.0 && bits % 2 == 0 ? nextafter(sum, lost > 0.0 ? INFINITY : -INFINITY) : sum;
    return (float)odd;
}

/* The portable fused multiply-add, on numbers where rounding twice shows:
 * products next to the middle of two floats, and a third number far below. */
static void portable_fma_rounds_once(void **state) {
    (void)state;
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        float v[3], c[UM_LANES] = {0};
        for (int k = 0; k < 3; k++) {
            bits ^= bits << 13;
            bits ^= bits >> 7;
            bits ^= bits << 17;
            uint32_t word = (uint32_t)(bits >> 20) & 0x807fffffu;
            if (bits & 1)
                word &= 0xfffff000u; /* short significands: halfway products */
            word |= (uint32_t)(127 - (k == 2 ? (bits >> 8) % 60 : (bits >> 8) % 3)) << 23;
            memcpy(&v[k], &word, 4);
        }
        /* v[2] first, through 1 * v[2], then v[0] * v[1] on top: one chain of two */
        const float a[2] = {1.0f, v[0]};
        float panel[2 * UM_LANES] = {v[2]};
        panel[UM_LANES] = v[1];
        const struct um_gemm job = {.rows = 1,
                                    .cols = 1,
                                    .taps = 1,
                                    .depth = 2,
                                    .a = a,
                                    .a_stride = 2,
                                    .b = panel,
                                    .b_stride = UM_LANES,
                                    .c = c,
                                    .c_stride = UM_LANES};
        um_cpu_kernels_at(UM_CPU_PORTABLE)->gemm(&job);
        const float right = rounded_once(v[0], v[1], v[2]);
        assert_memory_equal(&right, c, 4);
    }
}

static void shortened_products_are_exact(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    float x[COUNT], y[COUNT];
    for (int level = 0; level < UM_CPU_LEVELS; level++) {
        const struct um_cpu_kernels *kernels = um_cpu_kernels_at((enum um_cpu_level)level);
        if (!kernels)
            continue;
        test_rand_fill(&(struct test_rand){7}, x, COUNT, 0.0f, 3.0f);
        memcpy(y, x, sizeof x);
        kernels->shorten(y, COUNT);
        for (int i = 0; i < COUNT; i++) {
            assert_true(fabsf(x[i] - y[i]) <= 0x1p-12f * fabsf(x[i]));
            const float product = y[i] * y[COUNT - 1 - i];
            assert_true((double)product == (double)y[i] * (double)y[COUNT - 1 - i]);
        }
    }
}

static int bench(void) {
    for (int level = UM_CPU_LEVELS - 1; level >= 0; level--) {
        const struct um_cpu_kernels *kernels = um_cpu_kernels_at((enum um_cpu_level)level);
        if (!kernels)
            continue;
        for (uint32_t threads = 1; threads <= 2; threads++) {
            char title[64];
            snprintf(title, sizeof title, "%s, threads: %u", kernels->name, threads);
            void *device = open_at((enum um_cpu_level)level, threads);
            op_bench(&um_backend_cpu, device, title);
            um_backend_cpu.device_close(&device);
        }
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--bench") == 0)
        return bench();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(portable_is_right),
        cmocka_unit_test(avx2_is_right),
        cmocka_unit_test(avx512_is_right),
        cmocka_unit_test(simd128_is_right),
        cmocka_unit_test(avx512_vnni_is_right),
        cmocka_unit_test(bf16_is_right),
        cmocka_unit_test(all_levels_and_threads_agree),
        cmocka_unit_test(tolerances_tell_variants_apart),
        cmocka_unit_test(activations_are_accurate),
        cmocka_unit_test(portable_fma_rounds_once),
        cmocka_unit_test(shortened_products_are_exact),
    };
    return cmocka_run_group_tests_name("ops on the CPU", tests, NULL, NULL);
}
