/* The bf16 kernels in guarded memory: rounding to the bit, products against sums in double. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "base/half.h"
#include "ops/kernel_case.h"

struct product {
    uint32_t rows, depth, cols, width, pairs;
    struct guarded x, a, b, c; /* (rows, depth), (rows, pairs), (pairs, width), (rows, cols) */
};

static float element(const struct guarded *m, size_t row, size_t stride, size_t k, size_t column) {
    uint32_t pair;
    memcpy(&pair, (const float *)m->data + row * stride + column, sizeof pair);
    return um_bf16_to_float((uint16_t)(k % 2 ? pair >> 16 : pair & 0xffffu));
}

static float a_at(const struct product *p, size_t row, size_t k) {
    return element(&p->a, row, p->pairs, k, k / 2);
}

static float b_at(const struct product *p, size_t k, size_t column) {
    return element(&p->b, k / 2, p->width, k, column);
}

static void build(struct product *p, struct test_rand *r, bool at_end) {
    p->rows = 1 + test_rand_below(r, 40);
    p->depth = 1 + test_rand_below(r, 150);
    p->cols = 1 + test_rand_below(r, UM_PANEL);
    p->width = p->cols <= UM_LANES ? UM_LANES : UM_PANEL;
    p->pairs = (p->depth + 1) / 2;
    p->x = guarded_take((size_t)4 * p->rows * p->depth, at_end);
    p->a = guarded_take((size_t)4 * p->rows * p->pairs, at_end);
    p->b = guarded_take((size_t)4 * p->pairs * p->width, at_end);
    p->c = guarded_take((size_t)4 * p->rows * p->cols, at_end);
    test_rand_fill(r, p->x.data, (size_t)p->rows * p->depth, 0, 1);
    for (size_t i = 0; i < (size_t)p->pairs * p->width; i++) {
        const uint32_t low = um_float_to_bf16(test_rand_normal(r));
        const uint32_t pair = low | (uint32_t)um_float_to_bf16(test_rand_normal(r)) << 16;
        memcpy((float *)p->b.data + i, &pair, sizeof pair);
    }
}

static void check_rounding(const struct product *p) {
    const float *x = p->x.data;
    for (size_t row = 0; row < p->rows; row++)
        for (size_t k = 0; k < 2 * (size_t)p->pairs; k++) {
            const float rounded =
                k < p->depth ? um_bf16_to_float(um_float_to_bf16(x[row * p->depth + k])) : 0;
            assert_true(a_at(p, row, k) == rounded);
        }
}

/* Products are exact, a sum of n is off by at most n u sum |a b| in any order. */
static void check_products(const struct product *p) {
    for (size_t row = 0; row < p->rows; row++)
        for (size_t column = 0; column < p->cols; column++) {
            double sum = 0, size = 0;
            for (size_t k = 0; k < p->depth; k++) {
                const double product = (double)a_at(p, row, k) * (double)b_at(p, k, column);
                sum += product;
                size += fabs(product);
            }
            const double mine = (double)((const float *)p->c.data)[row * p->cols + column];
            assert_true(fabs(mine - sum) <= 0x1p-24 * (p->depth + 1) * size);
        }
}

void kernel_check_bf16(const struct um_bf16_kernels *kernels, uint64_t seed, bool at_end) {
    struct test_rand r = {.state = seed};
    struct product p;
    build(&p, &r, at_end);
    for (size_t row = 0; row < p.rows; row++)
        kernels->round((const float *)p.x.data + row * p.depth, p.depth,
                       (float *)p.a.data + row * p.pairs);
    check_rounding(&p);
    const struct um_gemm job = {.rows = p.rows,
                                .cols = p.cols,
                                .taps = 1,
                                .depth = p.pairs,
                                .a = p.a.data,
                                .b = p.b.data,
                                .c = p.c.data,
                                .a_stride = p.pairs,
                                .b_stride = p.width,
                                .c_stride = p.cols};
    kernels->gemm(&job);
    check_products(&p);
    guarded_free(&p.x);
    guarded_free(&p.a);
    guarded_free(&p.b);
    guarded_free(&p.c);
}
