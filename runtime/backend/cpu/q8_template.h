/* The kernels of um_q8_kernels, written once and compiled once per instruction set: included by
 * kernels_<level>.c after kernels_template.h and one of the q8_*.h, whose functions are described
 * in q8_portable.h. */

/* One block of inputs. */
struct q8_block {
    float scale;
    int32_t start; /* -Q8_OFFSET * the sum of q: what the weights' offset adds to a dot product */
    q8_element q[UM_Q8_BLOCK];
};

/* ---------------------------------------------------------------- inputs */

/* Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits. */
V16_FN void q8_round(const float *x, v16 factor, struct q8_block *out) {
    const v16 magic = v16_set(12582912.0f);
    float shifted[UM_Q8_BLOCK];
    uint32_t bits[UM_Q8_BLOCK];
    int32_t sum = 0;
    v16_store(shifted, v16_add(v16_mul(v16_load(x), factor), magic));
    v16_store(shifted + 16, v16_add(v16_mul(v16_load(x + 16), factor), magic));
    memcpy(bits, shifted, sizeof bits);
    for (int i = 0; i < UM_Q8_BLOCK; i++) {
        int32_t q = (int8_t)(bits[i] & 255u);
        out->q[i] = (q8_element)q;
        sum += q;
    }
    out->start = -Q8_OFFSET * sum;
}

V16_FN v16 q8_magnitude(v16 x) {
    return v16_max(x, v16_sub(v16_set(0.0f), x));
}

static void q8_quantize(const float *x, uint32_t blocks, void *to) {
    struct q8_block *out = to;
    v16 alarm = v16_set(0.0f); /* 0 * x is NaN when x is not finite */
    for (uint32_t b = 0; b < blocks; b++, x += UM_Q8_BLOCK) {
        v16 low = v16_load(x), high = v16_load(x + 16);
        alarm = v16_add(alarm, v16_mul(low, v16_set(0.0f)));
        alarm = v16_add(alarm, v16_mul(high, v16_set(0.0f)));
        float top = v16_largest(v16_max(q8_magnitude(low), q8_magnitude(high)));
        q8_round(x, v16_set(top < 1e-36f ? 0.0f : 127.0f / top), &out[b]);
        out[b].scale = top / 127.0f;
    }
    const float total = v16_sum(alarm);
    if (total == 0.0f)
        return;
    for (uint32_t b = 0; b < blocks; b++)
        out[b].scale = total;
}

/* ---------------------------------------------------------------- gemm */

/* `rows` x `vectors` * 16 of C, as tile_sums in kernels_template.h. */
V16_FN void q8_sums(const struct um_gemm_q8 *job, const unsigned char *a, size_t column, float *c,
                    uint32_t cols, const int rows, const int vectors) {
    v16 sum[Q8_TILE_ROWS][UM_PANEL / 16];
    const size_t width = job->b_width, a_stride = job->a_stride;
    const unsigned char *b = job->b;
    UNROLL_FOR(r, rows) {
        UNROLL_FOR(v, vectors) {
            sum[r][v] = v16_set(0.0f);
        }
    }
    for (uint32_t k = 0; k < job->blocks; k++, a += sizeof(struct q8_block), b += 36 * width) {
        q8_acc acc[Q8_TILE_ROWS][UM_PANEL / 16];
        UNROLL_FOR(r, rows) {
            const struct q8_block *block = (const void *)(a + (size_t)r * a_stride);
            UNROLL_FOR(v, vectors) {
                acc[r][v] = q8_start(block->start);
            }
        }
        const unsigned char *weights = b + 4 * width + Q8_GROUP * column;
        for (size_t g = 0; g < UM_Q8_BLOCK; g += Q8_GROUP, weights += width * Q8_GROUP) {
            q8_weights w[UM_PANEL / 16];
            UNROLL_FOR(v, vectors) {
                w[v] = q8_load(weights + 16 * Q8_GROUP * v);
            }
            UNROLL_FOR(r, rows) {
                const struct q8_block *block = (const void *)(a + (size_t)r * a_stride);
                q8_inputs x = q8_spread(block->q + g);
                UNROLL_FOR(v, vectors) {
                    acc[r][v] = q8_dot(acc[r][v], x, w[v]);
                }
            }
        }
        UNROLL_FOR(v, vectors) {
            v16 scale = v16_load((const float *)(const void *)b + column + 16 * v);
            UNROLL_FOR(r, rows) {
                const struct q8_block *block = (const void *)(a + (size_t)r * a_stride);
                v16 factor = v16_mul(v16_set(block->scale), scale);
                sum[r][v] = v16_add(sum[r][v], v16_mul(q8_float(acc[r][v]), factor));
            }
        }
    }
    UNROLL_FOR(r, rows) {
        UNROLL_FOR(v, vectors) {
            store_lanes(c + (size_t)r * job->c_stride, 16u * (uint32_t)v, cols, sum[r][v]);
        }
    }
}

V16_FN void q8_tile_rows(const struct um_gemm_q8 *job, const unsigned char *a, size_t column,
                         float *c, uint32_t cols, uint32_t rows, const int vectors) {
#define Q8_TILE_CASE(n)                                                                            \
    case n:                                                                                        \
        if (n <= Q8_TILE_ROWS)                                                                     \
            q8_sums(job, a, column, c, cols, n <= Q8_TILE_ROWS ? n : 1, vectors);                  \
        break
    switch (rows) {
        Q8_TILE_CASE(1);
        Q8_TILE_CASE(2);
        Q8_TILE_CASE(3);
        Q8_TILE_CASE(4);
        Q8_TILE_CASE(5);
        Q8_TILE_CASE(6);
    }
#undef Q8_TILE_CASE
}

static void q8_narrow(const struct um_gemm_q8 *job, const unsigned char *a, size_t column, float *c,
                      uint32_t cols, uint32_t rows) {
    q8_tile_rows(job, a, column, c, cols, rows, 1);
}

static void q8_wide(const struct um_gemm_q8 *job, const unsigned char *a, size_t column, float *c,
                    uint32_t cols, uint32_t rows) {
    q8_tile_rows(job, a, column, c, cols, rows, Q8_TILE_VECTORS);
}

static void q8_gemm(const struct um_gemm_q8 *job) {
    const struct um_gemm finish = {
        .cols = job->cols,
        .bias = job->bias,
        .c_stride = job->c_stride,
        .residual_stride = job->residual_stride,
        .activation = job->activation,
    };
    const uint32_t step = 16 * Q8_TILE_VECTORS;
    const uint32_t tiles = (job->rows + Q8_TILE_ROWS - 1) / Q8_TILE_ROWS;
    for (uint32_t t = 0; t < tiles; t++) {
        uint32_t first = (uint32_t)((uint64_t)job->rows * t / tiles);
        uint32_t rows = (uint32_t)((uint64_t)job->rows * (t + 1) / tiles) - first;
        const unsigned char *a = (const unsigned char *)job->a + first * job->a_stride;
        float *c = job->c + first * job->c_stride;
        for (uint32_t i = 0; i < job->cols; i += step) {
            uint32_t cols = job->cols - i;
            if (cols > 16)
                q8_wide(job, a, i, c + i, cols < step ? cols : step, rows);
            else
                q8_narrow(job, a, i, c + i, cols, rows);
        }
        tile_finish(&finish, c, job->residual ? job->residual + first * job->residual_stride : NULL,
                    rows);
    }
}

static const struct um_q8_kernels q8_kernels = {
    .group = Q8_GROUP,
    .offset = Q8_OFFSET,
    .block_bytes = sizeof(struct q8_block),
    .quantize = q8_quantize,
    .gemm = q8_gemm,
};
