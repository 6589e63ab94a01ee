/* kernel_digest: runs every kernel of every level of this machine on fixed inputs of odd sizes and
 * prints a line "LEVEL SHA-256" each. All lines must be equal, and equal to those of any other
 * machine: kernel_digest.sh compares with ARM. Exit status 1 if levels differ. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/kernels.h"
#include "base/sha256.h"

enum { ROWS = 29, DEPTH = 96, COLS = 27, FLOATS = 1 << 15 };

/* Numbers from -2 to 2 that any machine makes alike. */
static void fill(float *values, size_t count, uint32_t seed) {
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float)(seed >> 8) * 0x1p-22f - 2.0f;
    }
}

struct buffers {
    float a[FLOATS], b[FLOATS], c[FLOATS], bias[FLOATS];
};

static void add(struct um_sha256 *hash, const float *values, size_t count) {
    um_sha256_update(hash, values, count * sizeof *values);
}

static void run_gemm(const struct um_cpu_kernels *k, struct buffers *x, struct um_sha256 *hash) {
    for (int act = UM_ACT_NONE; act <= UM_ACT_SILU; act++)
        for (uint32_t rows = 1; rows <= ROWS; rows++) {
            const struct um_gemm job = {.rows = rows,
                                        .cols = COLS,
                                        .taps = 1,
                                        .depth = DEPTH,
                                        .a = x->a,
                                        .b = x->b,
                                        .bias = x->bias,
                                        .residual = x->b,
                                        .c = x->c,
                                        .a_stride = DEPTH + 1,
                                        .b_stride = UM_PANEL,
                                        .c_stride = COLS,
                                        .residual_stride = COLS,
                                        .activation = (enum um_activation)act};
            k->gemm(&job);
            add(hash, x->c, (size_t)rows * COLS);
        }
}

/* The panel in the level's own order, from weights (column, depth) of -127 .. 127. */
static void pack_q8(const struct um_q8_kernels *q8, const float *from, unsigned char *panel) {
    for (uint32_t block = 0; block < DEPTH / UM_Q8_BLOCK; block++, panel += 36 * UM_PANEL)
        for (uint32_t c = 0; c < UM_PANEL; c++) {
            const float scale = from[block * UM_PANEL + c] * 0.01f;
            memcpy(panel + 4 * c, &scale, sizeof scale);
            for (uint32_t i = 0; i < UM_Q8_BLOCK; i++) {
                const int weight = (int)(from[(c * DEPTH + block * UM_Q8_BLOCK + i)] * 63.0f);
                const size_t at =
                    4 * UM_PANEL + (i / q8->group * UM_PANEL + c) * q8->group + i % q8->group;
                panel[at] = (unsigned char)((unsigned)weight + q8->offset);
            }
        }
}

static void run_q8(const struct um_cpu_kernels *k, struct buffers *x, struct um_sha256 *hash) {
    const uint32_t blocks = DEPTH / UM_Q8_BLOCK;
    const size_t stride = blocks * k->q8->block_bytes;
    unsigned char *rows = calloc(ROWS, stride), *panel = calloc(blocks, 36 * UM_PANEL);
    if (!rows || !panel)
        abort();
    pack_q8(k->q8, x->b, panel);
    for (uint32_t r = 0; r < ROWS; r++)
        k->q8->quantize(x->a + r * DEPTH, blocks, rows + r * stride);
    const struct um_gemm_q8 job = {.rows = ROWS,
                                   .cols = COLS,
                                   .blocks = blocks,
                                   .b_width = UM_PANEL,
                                   .a = rows,
                                   .b = panel,
                                   .bias = x->bias,
                                   .c = x->c,
                                   .a_stride = stride,
                                   .c_stride = COLS,
                                   .activation = UM_ACT_GELU_ERF};
    k->q8->gemm(&job);
    add(hash, x->c, ROWS * COLS);
    free(rows);
    free(panel);
}

static void run_rows(const struct um_cpu_kernels *k, struct buffers *x, struct um_sha256 *hash) {
    for (uint32_t count = 1; count <= 70; count++) {
        memcpy(x->c, x->a, count * sizeof *x->c);
        k->softmax(x->c, count, 0.7f);
        add(hash, x->c, count);
        k->layernorm(x->a, x->b, x->bias, x->bias + 7, count, 1e-6f, x->c);
        add(hash, x->c, count);
        k->channel_sum(x->a, 11, count, x->c);
        add(hash, x->c, count);
        k->channel_square(x->a, x->bias, 11, count, x->c);
        add(hash, x->c, count);
        k->channel_affine(x->a, x->b, 11, count, UM_ACT_SILU, x->c);
        add(hash, x->c, 11 * (size_t)count);
    }
    k->distance(x->a, DEPTH, x->b, UM_PANEL, COLS, x->c);
    add(hash, x->c, COLS);
}

static void run_winograd(const struct um_cpu_kernels *k, struct buffers *x,
                         struct um_sha256 *hash) {
    const uint32_t channels = 19;
    k->winograd_input(x->a, 6 * channels, channels, x->c, channels);
    add(hash, x->c, 36 * channels);
    k->winograd_kernel(x->b, UM_PANEL, channels, x->c, channels * UM_PANEL);
    add(hash, x->c, (size_t)36 * channels * UM_PANEL);
    const struct um_winograd_output job = {.m = x->a,
                                           .m_stride = UM_PANEL,
                                           .cols = COLS,
                                           .height = 3,
                                           .width = 4,
                                           .bias = x->bias,
                                           .residual = x->b,
                                           .c = x->c,
                                           .pixel_stride = COLS,
                                           .row_stride = 4 * COLS};
    k->winograd_output(&job);
    add(hash, x->c, 12 * COLS);
}

int main(void) {
    struct buffers *x = calloc(1, sizeof *x);
    char first[65] = "", hex[65];
    int differ = 0;
    if (!x)
        return 2;
    for (int level = 0; level < UM_CPU_LEVELS; level++) {
        const struct um_cpu_kernels *k = um_cpu_kernels_at((enum um_cpu_level)level);
        if (!k)
            continue;
        fill(x->a, FLOATS, 1);
        fill(x->b, FLOATS, 2);
        fill(x->bias, FLOATS, 3);
        struct um_sha256 hash;
        um_sha256_init(&hash);
        run_gemm(k, x, &hash);
        run_q8(k, x, &hash);
        run_rows(k, x, &hash);
        run_winograd(k, x, &hash);
        um_sha256_hex(&hash, hex);
        printf("%s %s\n", k->name, hex);
        if (!*first)
            memcpy(first, hex, sizeof first);
        differ |= strcmp(first, hex) != 0;
    }
    free(x);
    return differ;
}
