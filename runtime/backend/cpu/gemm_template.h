/* gemm, written once on v16: included after v16_*.h and vector_math.h, with GEMM_STEP(x, weight,
 * sum), what one element of A and 16 of B add to 16 sums. */

#include <stddef.h>
#include <string.h>

#include "backend/cpu/kernels.h"
#include "backend/cpu/unroll.h"

/* Lanes i .. i + 15 of an array of `count`; those past its end are `fill`, or are not stored. */
V16_FN v16 load_lanes(const float *from, uint32_t i, uint32_t count, float fill) {
    return count - i >= 16 ? v16_load(from + i) : v16_load_part(from + i, count - i, fill);
}
V16_FN void store_lanes(float *to, uint32_t i, uint32_t count, v16 a) {
    if (count - i >= 16)
        v16_store(to + i, a);
    else
        v16_store_part(to + i, a, count - i);
}

enum { AHEAD_STEP = 4 }; /* depth between two lines fetched ahead */

/* Where the next panel is to be fetched from, and bytes from one fetch to the next; 0 = nothing. */
struct ahead {
    const char *at;
    size_t stride;
};

/* The next panel's bytes are dealt evenly to the tiles of this one. */
static struct ahead ahead_of(const struct um_gemm *job, uint32_t tile, uint32_t tiles) {
    if (!job->next)
        return (struct ahead){(const char *)job->b, 0};
    const size_t fetches = (size_t)job->taps * ((job->depth + AHEAD_STEP - 1) / AHEAD_STEP);
    const size_t stride = (job->next_bytes + fetches * tiles - 1) / (fetches * tiles);
    return (struct ahead){(const char *)job->next + tile * fetches * stride, stride};
}

/* Sums of one register tile, `rows` x `vectors` * 16, written to c. `rows` and `vectors` are
 * constants after inlining, so that `sum` lives in registers. Row addresses are built from every
 * third row: base + {0, 1, 2} * stride are addressing modes. */
V16_FN void tile_sums(const struct um_gemm *job, const float *a, const float *b, float *c,
                      uint32_t cols, struct ahead ahead, const int rows, const int vectors) {
    v16 sum[UM_TILE_ROWS][UM_PANEL / 16];
    const size_t a_stride = job->a_stride, b_stride = job->b_stride;
    const uint32_t depth = job->depth;
    UNROLL_FOR(r, rows) {
        UNROLL_FOR(v, vectors) {
            sum[r][v] = v16_set(0.0f);
            if (job->resume)
                sum[r][v] = load_lanes(c + (size_t)r * job->c_stride, 16u * (uint32_t)v, cols, 0);
        }
    }
    for (uint32_t tap = 0; tap < job->taps; tap++) {
        const float *base[(UM_TILE_ROWS + 2) / 3];
        UNROLL_FOR(i, (rows + 2) / 3) {
            base[i] = a + job->tap_offset[tap] + 3 * (size_t)i * a_stride;
        }
        for (uint32_t first = 0; first < depth; first += AHEAD_STEP) {
            __builtin_prefetch(ahead.at, 0, 2);
            ahead.at += ahead.stride;
            const uint32_t steps = depth - first < AHEAD_STEP ? depth - first : AHEAD_STEP;
            for (uint32_t k = 0; k < steps; k++) {
                v16 weight[UM_PANEL / 16];
                UNROLL_FOR(v, vectors) {
                    weight[v] = v16_load(b + 16 * v);
                }
                UNROLL_FOR(r, rows) {
                    v16 x = v16_set(base[r / 3][(size_t)(r % 3) * a_stride]);
                    UNROLL_FOR(v, vectors) {
                        sum[r][v] = GEMM_STEP(x, weight[v], sum[r][v]);
                    }
                }
                UNROLL_FOR(i, (rows + 2) / 3) {
                    base[i]++;
                }
                b += b_stride;
            }
        }
    }
    UNROLL_FOR(r, rows) {
        UNROLL_FOR(v, vectors) {
            store_lanes(c + (size_t)r * job->c_stride, 16u * (uint32_t)v, cols, sum[r][v]);
        }
    }
}

/* c = act(c + bias + residual) on a tile that is still in the nearest cache. */
static void tile_finish(const struct um_gemm *job, float *c, const float *residual, uint32_t rows) {
    if (!job->bias && !residual && job->activation == UM_ACT_NONE)
        return;
    for (size_t r = 0; r < rows; r++) {
        float *row = c + r * job->c_stride;
        for (uint32_t i = 0; i < job->cols; i += 16) {
            v16 x = load_lanes(row, i, job->cols, 0.0f);
            if (job->bias)
                x = v16_add(x, load_lanes(job->bias, i, job->cols, 0.0f));
            if (residual)
                x = v16_add(x, load_lanes(residual + r * job->residual_stride, i, job->cols, 0.0f));
            store_lanes(row, i, job->cols, v16_activate(x, job->activation));
        }
    }
}

/* The tile height becomes a constant here: one copy of tile_sums per height. */
V16_FN void tile_rows(const struct um_gemm *job, const float *a, const float *b, float *c,
                      uint32_t cols, struct ahead ahead, uint32_t rows, const int vectors) {
#define TILE_CASE(n)                                                                               \
    case n:                                                                                        \
        if (n <= V16_TILE_ROWS)                                                                    \
            tile_sums(job, a, b, c, cols, ahead, n, vectors);                                      \
        break
    switch (rows) {
        TILE_CASE(1);
        TILE_CASE(2);
        TILE_CASE(3);
        TILE_CASE(4);
        TILE_CASE(5);
        TILE_CASE(6);
        TILE_CASE(7);
        TILE_CASE(8);
        TILE_CASE(9);
        TILE_CASE(10);
        TILE_CASE(11);
        TILE_CASE(12);
    }
#undef TILE_CASE
}

static void tile_narrow(const struct um_gemm *job, const float *a, const float *b, float *c,
                        uint32_t cols, struct ahead ahead, uint32_t rows) {
    tile_rows(job, a, b, c, cols, ahead, rows, 1);
}

static void tile_wide(const struct um_gemm *job, const float *a, const float *b, float *c,
                      uint32_t cols, struct ahead ahead, uint32_t rows) {
    tile_rows(job, a, b, c, cols, ahead, rows, V16_TILE_VECTORS);
}

/* Rows are dealt to tiles of nearly equal height: 13 rows run as 7 + 6, not as 12 + 1. */
static void gemm(const struct um_gemm *job) {
    if (!job->rows)
        return;
    uint32_t tiles = (job->rows + V16_TILE_ROWS - 1) / V16_TILE_ROWS;
    for (uint32_t t = 0; t < tiles; t++) {
        uint32_t first = (uint32_t)((uint64_t)job->rows * t / tiles);
        uint32_t rows = (uint32_t)((uint64_t)job->rows * (t + 1) / tiles) - first;
        const float *a = job->a + first * job->a_stride;
        float *c = job->c + first * job->c_stride;
        const struct ahead ahead = ahead_of(job, t, tiles);
        for (uint32_t i = 0; i < job->cols; i += 16 * V16_TILE_VECTORS) {
            uint32_t cols = job->cols - i;
            if (cols > 16)
                tile_wide(job, a, job->b + i, c + i,
                          cols < 16 * V16_TILE_VECTORS ? cols : 16 * V16_TILE_VECTORS, ahead, rows);
            else
                tile_narrow(job, a, job->b + i, c + i, cols, ahead, rows);
        }
        tile_finish(job, c, job->residual ? job->residual + first * job->residual_stride : NULL,
                    rows);
    }
}
