/* LINEAR: x W^T + bias + residual, then activation. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "backend/cpu/cpu.h"

enum {
    MOST_ROWS = 32 * UM_TILE_ROWS, /* rows that the second cache holds along with a weight panel */
    MOST_DEPTH = 1024,             /* of their floats */
    MIN_ROWS = 4 * UM_TILE_ROWS,   /* rows for which fetching a panel pays */
    PAGE_FLOATS = 1024
};

/* in (R, I), weight (O, I) [+ residual (R, O)] -> out (R, O) */
void um_reference_linear(const struct um_op *op, const struct um_reference_args *args) {
    const size_t in = op->p.linear.in, out = op->p.linear.out;
    const float *x = args->in[UM_IN_X], *residual = args->in[UM_IN_RESIDUAL];
    float *y = args->out;
    for (size_t r = 0; r < op->p.linear.rows; r++) {
        for (size_t o = 0; o < out; o++) {
            double sum = 0;
            for (size_t i = 0; i < in; i++)
                sum += (double)x[r * in + i] * (double)args->weights[UM_WEIGHT][o * in + i];
            if (args->weights[UM_BIAS])
                sum += (double)args->weights[UM_BIAS][o];
            if (residual)
                sum += (double)residual[r * out + o];
            y[r * out + o] = (float)um_reference_activate(sum, op->p.linear.activation);
        }
    }
}

/* A block of rows times the whole matrix. One unit is one chunk of the rows times one weight panel;
 * a chunk's units are neighbours, so that its thread made these rows and will use what becomes of
 * them. The sums of a deep product are continued in C, so that the rows in work stay in the second
 * cache: `pieces` times `piece` floats. */
struct matmul {
    const struct um_cpu_call *call;
    uint32_t first, rows; /* the block */
    uint32_t in, out, chunks, panels;
    uint32_t depth;         /* floats of a row as the kernel wants it, or pairs of bf16 */
    uint32_t pieces, piece; /* the last piece may be shorter */
    enum um_activation activation;
    const unsigned char *a; /* the rows as the kernel wants them, each piece of all rows together */
    size_t a_stride;        /* bytes */
};

struct unit {
    uint32_t panel, row, rows; /* row: within the block */
    uint32_t cols;
    size_t c; /* where its result begins, in floats */
    const float *bias, *residual;
};

static struct unit unit_at(const struct matmul *m, uint32_t index) {
    struct unit u = {.panel = index % m->panels};
    const uint32_t chunk = index / m->panels, column = u.panel * UM_PANEL;
    u.row = (uint32_t)((uint64_t)m->rows * chunk / m->chunks);
    u.rows = (uint32_t)((uint64_t)m->rows * (chunk + 1) / m->chunks) - u.row;
    u.cols = m->out - column < UM_PANEL ? m->out - column : UM_PANEL;
    u.c = ((size_t)m->first + u.row) * m->out + column;
    u.bias = m->call->weights[UM_BIAS] ? m->call->weights[UM_BIAS]->data + column : NULL;
    const float *residual = m->call->in[UM_IN_RESIDUAL];
    u.residual = residual ? residual + u.c : NULL;
    return u;
}

/* The product of one piece of the depth. */
static void float_unit(const struct matmul *m, const struct unit *u, uint32_t piece,
                       uint32_t worker) {
    const struct um_cpu_tensor *weight = m->call->weights[UM_WEIGHT];
    const uint32_t first = piece * m->piece, left = m->depth - first;
    const bool last = piece + 1 == m->pieces;
    const unsigned char *a = m->a + ((size_t)piece * m->rows + u->row) * m->a_stride;
    struct um_gemm job = {
        .rows = u->rows,
        .cols = u->cols,
        .taps = 1,
        .depth = left < m->piece ? left : m->piece,
        .a = (const float *)(const void *)a,
        .a_stride = m->a_stride / sizeof(float),
        .bias = last ? u->bias : NULL,
        .residual = last ? u->residual : NULL,
        .c = (float *)m->call->out + u->c,
        .c_stride = m->out,
        .residual_stride = m->out,
        .activation = last ? m->activation : UM_ACT_NONE,
        .resume = piece > 0,
    };
    if (weight->bf16)
        job.b = um_cpu_bf16_panel(weight, u->panel, &job.b_stride) + first * job.b_stride;
    else
        job.b = um_cpu_panel_part(m->call, u->panel, first, job.depth, worker, &job.b_stride);
    if (u->panel + 1 < m->panels) { /* the same piece of the next panel */
        size_t bytes;
        const char *next = um_cpu_panel_source(weight, u->panel + 1, &bytes);
        job.next = next + bytes / m->depth * first;
        job.next_bytes = bytes / m->depth * job.depth;
    }
    (weight->bf16 ? weight->bf16->gemm : m->call->kernels->gemm)(&job);
}

static void float_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    while (begin < end) { /* up to the end of a chunk */
        const uint32_t left = m->panels - begin % m->panels;
        const uint32_t after = end - begin < left ? end : begin + left;
        for (uint32_t piece = 0; piece < m->pieces; piece++)
            for (uint32_t i = begin; i < after; i++) {
                const struct unit u = unit_at(m, i);
                float_unit(m, &u, piece, worker);
            }
        begin = after;
    }
}

static void q8_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (uint32_t i = begin; i < end; i++) {
        const struct unit u = unit_at(m, i);
        struct um_gemm_q8 job = {
            .rows = u.rows,
            .cols = u.cols,
            .blocks = m->in / UM_Q8_BLOCK,
            .a = m->a + u.row * m->a_stride,
            .a_stride = m->a_stride,
            .bias = u.bias,
            .residual = u.residual,
            .c = (float *)m->call->out + u.c,
            .c_stride = m->out,
            .residual_stride = m->out,
            .activation = m->activation,
        };
        job.b = um_cpu_q8_panel(m->call->weights[UM_WEIGHT], u.panel, &job.b_width);
        m->call->kernels->q8->gemm(&job);
    }
}

static const float *row_at(const struct matmul *m, size_t row) {
    return (const float *)m->call->in[UM_IN_X] + (m->first + row) * m->in;
}

static void round_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (size_t row = begin; row < end; row++)
        m->call->kernels->q8->quantize(row_at(m, row), m->in / UM_Q8_BLOCK,
                                       (unsigned char *)m->call->shared + row * m->a_stride);
}

static void copy_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (size_t row = begin; row < end; row++)
        for (uint32_t p = 0; p < m->pieces; p++) {
            const uint32_t left = m->in - p * m->piece;
            memcpy((unsigned char *)m->call->shared + (p * m->rows + row) * m->a_stride,
                   row_at(m, row) + p * m->piece,
                   (left < m->piece ? left : m->piece) * sizeof(float));
        }
}

static void pair_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (size_t row = begin; row < end; row++)
        for (uint32_t p = 0; p < m->pieces; p++) {
            const uint32_t first = 2 * p * m->piece, left = m->in - first;
            unsigned char *to =
                (unsigned char *)m->call->shared + (p * m->rows + row) * m->a_stride;
            m->call->weights[UM_WEIGHT]->bf16->round(row_at(m, row) + first,
                                                     left < 2 * m->piece ? left : 2 * m->piece,
                                                     (float *)(void *)to);
        }
}

/* Pieces that a depth is cut into; one where the rows are few, which stay in the cache anyway. */
static uint32_t pieces_of(uint32_t rows, uint32_t depth) {
    return rows < MIN_ROWS ? 1 : (depth + MOST_DEPTH - 1) / MOST_DEPTH;
}

static uint32_t piece_size(uint32_t pieces, uint32_t depth) {
    return ((depth + pieces - 1) / pieces + UM_Q8_BLOCK - 1) / UM_Q8_BLOCK * UM_Q8_BLOCK;
}

static uint32_t depth_of(const struct um_cpu_tensor *weight) {
    return weight->bf16 ? weight->depth / 2 + weight->depth % 2 : weight->depth;
}

/* How the rows become what the kernel wants; NULL = they already are.
 *
 * Rows in pieces are copied piece by piece; and rows that lie whole pages apart fight for the same
 * lines of the first cache, so they are copied a line further apart each. */
static um_pool_fn preparation(const struct um_cpu_tensor *weight, uint32_t rows) {
    if (weight->q8)
        return round_rows;
    if (weight->bf16)
        return pair_rows;
    const bool far = weight->depth % PAGE_FLOATS == 0 || weight->depth > MOST_DEPTH;
    return far && rows >= MIN_ROWS ? copy_rows : NULL;
}

static size_t row_bytes(const struct um_cpu_tensor *weight, uint32_t piece) {
    return weight->q8 ? weight->depth / UM_Q8_BLOCK * weight->q8_kernels->block_bytes
                      : ((size_t)piece + UM_LANES) * sizeof(float);
}

/* Rows that are in work at one time. */
static uint32_t block_rows(uint32_t rows, uint32_t threads) {
    const uint64_t most = (uint64_t)MOST_ROWS * threads;
    return rows < most ? rows : (uint32_t)most;
}

size_t um_cpu_matmul_scratch(const struct um_cpu_tensor *weight, uint32_t rows, uint32_t threads) {
    if (!preparation(weight, rows))
        return 0;
    const uint32_t depth = depth_of(weight), pieces = weight->q8 ? 1 : pieces_of(rows, depth);
    return (size_t)pieces * block_rows(rows, threads) *
           row_bytes(weight, piece_size(pieces, depth)) / sizeof(float);
}

static void run_block(struct matmul *m) {
    const struct um_cpu_call *call = m->call;
    const um_pool_fn prepare = preparation(call->weights[UM_WEIGHT], m->rows);
    m->depth = depth_of(call->weights[UM_WEIGHT]);
    m->pieces = call->weights[UM_WEIGHT]->q8 ? 1 : pieces_of(m->rows, m->depth);
    m->piece = piece_size(m->pieces, m->depth);
    m->a_stride = prepare ? row_bytes(call->weights[UM_WEIGHT], m->piece) : m->in * sizeof(float);
    m->a = prepare ? (const void *)call->shared : (const void *)row_at(m, 0);
    m->chunks = um_pool_size(call->pool);
    if (m->chunks > m->rows / MIN_ROWS)
        m->chunks = m->rows / MIN_ROWS;
    if (!m->chunks)
        m->chunks = 1;
    if (prepare)
        um_pool_run(call->pool, m->rows, prepare, m);
    um_pool_run(call->pool, m->chunks * m->panels,
                call->weights[UM_WEIGHT]->q8 ? q8_units : float_units, m);
}

void um_cpu_matmul(const struct um_cpu_call *call, uint32_t rows, uint32_t in, uint32_t out,
                   enum um_activation activation) {
    assert(call->weights[UM_WEIGHT]->depth == in && call->weights[UM_WEIGHT]->rows >= out);
    assert(!call->weights[UM_BIAS] ||
           (!call->weights[UM_BIAS]->panels && call->weights[UM_BIAS]->rows >= out));
    const uint32_t most = block_rows(rows, um_pool_size(call->pool));
    const uint32_t blocks = (rows + most - 1) / most;
    for (uint32_t i = 0; i < blocks; i++) {
        struct matmul m = {
            .call = call,
            .first = (uint32_t)((uint64_t)rows * i / blocks),
            .in = in,
            .out = out,
            .panels = (out + UM_PANEL - 1) / UM_PANEL,
            .activation = activation,
        };
        m.rows = (uint32_t)((uint64_t)rows * (i + 1) / blocks) - m.first;
        run_block(&m);
    }
}

/* What int8 leaves of the inputs: x - round(x). */
struct rest {
    const struct um_cpu_call *call;
    float *rows;
};

static void take_rests(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct rest *r = arg;
    const size_t in = r->call->op->p.linear.in;
    (void)worker;
    for (size_t row = begin; row < end; row++) {
        const float *x = (const float *)r->call->in[UM_IN_X] + row * in;
        float *rest = r->rows + row * in;
        um_reference_round_q8(x, in, rest);
        for (size_t i = 0; i < in; i++)
            rest[i] = x[i] - rest[i];
    }
}

/* Inputs as sums of two int8 numbers of different scales: their products, then those of the rests
 * on top. */
static void linear_precise(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    const uint32_t rows = op->p.linear.rows, in = op->p.linear.in, out = op->p.linear.out;
    struct um_cpu_call part = *call;
    float *sums = call->shared +
                  um_cpu_matmul_scratch(call->weights[UM_WEIGHT], rows, um_pool_size(call->pool));
    struct rest rest = {call, sums + (size_t)rows * out};
    assert(!call->in[UM_IN_RESIDUAL]);
    part.out = sums;
    part.weights[UM_BIAS] = NULL;
    um_cpu_matmul(&part, rows, in, out, UM_ACT_NONE);
    um_pool_run(call->pool, rows, take_rests, &rest);
    part.in[UM_IN_X] = rest.rows;
    part.out = call->out;
    part.weights[UM_BIAS] = call->weights[UM_BIAS];
    part.in[UM_IN_RESIDUAL] = sums;
    um_cpu_matmul(&part, rows, in, out, op->p.linear.activation);
}

static struct um_cpu_scratch scratch_linear(const struct um_op *op) {
    const size_t rows = op->precise ? op->p.linear.rows : 0;
    return (struct um_cpu_scratch){.shared = rows * ((size_t)op->p.linear.in + op->p.linear.out)};
}

static void run_linear(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    if (op->precise && call->weights[UM_WEIGHT]->q8) {
        linear_precise(call);
        return;
    }
    um_cpu_matmul(call, op->p.linear.rows, op->p.linear.in, op->p.linear.out,
                  op->p.linear.activation);
}

const struct um_cpu_op um_cpu_op_linear = {run_linear, scratch_linear};
