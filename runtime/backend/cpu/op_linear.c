/* LINEAR: x W^T + bias + residual, then activation. */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

enum {
    BLOCK_ROWS = 32 * UM_TILE_ROWS, /* rows that the second cache holds along with a weight panel */
    MIN_ROWS = 4 * UM_TILE_ROWS,    /* rows for which fetching a panel pays */
    RUNS_PER_THREAD = 4,            /* units per thread below which rows are split further */
    PAGE_FLOATS = 1024
};

/* in (R, I), weight (O, I) [+ residual (R, O)] -> out (R, O) */
void um_reference_linear(const struct um_op *op, const struct um_reference_args *args) {
    const size_t in = op->p.linear.in, out = op->p.linear.out;
    const float *x = args->in;
    float *y = args->out;
    for (size_t r = 0; r < op->p.linear.rows; r++) {
        for (size_t o = 0; o < out; o++) {
            double sum = 0;
            for (size_t i = 0; i < in; i++)
                sum += (double)x[r * in + i] * (double)args->weight[o * in + i];
            if (args->bias)
                sum += (double)args->bias[o];
            if (args->residual)
                sum += (double)args->residual[r * out + o];
            y[r * out + o] = (float)um_reference_activate(sum, op->p.linear.activation);
        }
    }
}

/* One block of rows times the whole matrix. One unit is one weight panel times one chunk of the
 * rows. */
struct matmul {
    const struct um_cpu_call *call;
    uint32_t first, rows; /* the block */
    uint32_t in, out, chunks, panels;
    enum um_activation activation;
    const unsigned char *a; /* the rows as the kernel wants them */
    size_t a_stride;        /* bytes */
};

struct unit {
    uint32_t panel, row, rows; /* row: within the block */
    uint32_t cols;
    size_t c; /* where its result begins, in floats */
    const float *bias, *residual;
};

static struct unit unit_at(const struct matmul *m, uint32_t index) {
    struct unit u = {.panel = index / m->chunks};
    const uint32_t chunk = index % m->chunks, column = u.panel * UM_PANEL;
    u.row = (uint32_t)((uint64_t)m->rows * chunk / m->chunks);
    u.rows = (uint32_t)((uint64_t)m->rows * (chunk + 1) / m->chunks) - u.row;
    u.cols = m->out - column < UM_PANEL ? m->out - column : UM_PANEL;
    u.c = ((size_t)m->first + u.row) * m->out + column;
    u.bias = m->call->bias ? m->call->bias->data + column : NULL;
    u.residual = m->call->residual ? m->call->residual + u.c : NULL;
    return u;
}

static void float_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    for (uint32_t i = begin; i < end; i++) {
        const struct unit u = unit_at(m, i);
        struct um_gemm job = {
            .rows = u.rows,
            .cols = u.cols,
            .taps = 1,
            .depth = m->in,
            .a = (const float *)(const void *)(m->a + u.row * m->a_stride),
            .a_stride = m->a_stride / sizeof(float),
            .bias = u.bias,
            .residual = u.residual,
            .c = (float *)m->call->out + u.c,
            .c_stride = m->out,
            .residual_stride = m->out,
            .activation = m->activation,
        };
        job.b = um_cpu_panel(m->call, u.panel, worker, &job.b_stride);
        if (u.panel + 1 < m->panels && u.row + u.rows == m->rows)
            job.next = um_cpu_panel_source(m->call->weight, u.panel + 1, &job.next_bytes);
        m->call->kernels->gemm(&job);
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
        job.b = um_cpu_q8_panel(m->call->weight, u.panel, &job.b_width);
        m->call->kernels->q8->gemm(&job);
    }
}

static const float *row_at(const struct matmul *m, size_t row) {
    return (const float *)m->call->in + (m->first + row) * m->in;
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
        memcpy((unsigned char *)m->call->shared + row * m->a_stride, row_at(m, row),
               m->in * sizeof(float));
}

/* Rows that lie whole pages apart fight for the same lines of the first cache, so they are copied a
 * line further apart each. */
static bool rows_collide(uint32_t rows, uint32_t in) {
    return in % PAGE_FLOATS == 0 && rows >= MIN_ROWS;
}

static size_t row_bytes(const struct um_cpu_tensor *weight) {
    return weight->q8 ? weight->depth / UM_Q8_BLOCK * weight->q8_kernels->block_bytes
                      : ((size_t)weight->depth + UM_LANES) * sizeof(float);
}

size_t um_cpu_matmul_scratch(const struct um_cpu_tensor *weight, uint32_t rows) {
    if (!weight->q8 && !rows_collide(rows, weight->depth))
        return 0;
    return (rows < BLOCK_ROWS ? rows : BLOCK_ROWS) * row_bytes(weight) / sizeof(float);
}

static void run_block(struct matmul *m) {
    const struct um_cpu_call *call = m->call;
    um_pool_fn prepare = call->weight->q8 ? round_rows : NULL;
    if (!prepare && rows_collide(m->rows, m->in))
        prepare = copy_rows;
    m->a_stride = prepare ? row_bytes(call->weight) : m->in * sizeof(float);
    m->a = prepare ? (const void *)call->shared : (const void *)row_at(m, 0);
    const uint32_t units = RUNS_PER_THREAD * um_pool_size(call->pool);
    m->chunks = (units + m->panels - 1) / m->panels;
    if (m->chunks > m->rows / MIN_ROWS)
        m->chunks = m->rows / MIN_ROWS;
    if (!m->chunks)
        m->chunks = 1;
    if (prepare)
        um_pool_run(call->pool, m->rows, prepare, m);
    um_pool_run(call->pool, m->chunks * m->panels, call->weight->q8 ? q8_units : float_units, m);
}

void um_cpu_matmul(const struct um_cpu_call *call, uint32_t rows, uint32_t in, uint32_t out,
                   enum um_activation activation) {
    assert(call->weight->depth == in && call->weight->rows >= out);
    assert(!call->bias || (!call->bias->panels && call->bias->rows >= out));
    const uint32_t blocks = (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
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
        const float *x = (const float *)r->call->in + row * in;
        float *rest = r->rows + row * in;
        um_reference_round_q8(x, in, rest);
        for (size_t i = 0; i < in; i++)
            rest[i] = x[i] - rest[i];
    }
}

/* Inputs as sums of two int8 numbers of different scales: their products, then those of the rests
 * on top. */
static void linear_fine(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    const uint32_t rows = op->p.linear.rows, in = op->p.linear.in, out = op->p.linear.out;
    struct um_cpu_call part = *call;
    float *sums = call->shared + um_cpu_matmul_scratch(call->weight, rows);
    struct rest rest = {call, sums + (size_t)rows * out};
    assert(!call->residual);
    part.out = sums;
    part.bias = NULL;
    um_cpu_matmul(&part, rows, in, out, UM_ACT_NONE);
    um_pool_run(call->pool, rows, take_rests, &rest);
    part.in = rest.rows;
    part.out = call->out;
    part.bias = call->bias;
    part.residual = sums;
    um_cpu_matmul(&part, rows, in, out, op->p.linear.activation);
}

struct um_cpu_scratch um_cpu_linear_scratch(const struct um_op *op) {
    const size_t rows = op->fine ? op->p.linear.rows : 0;
    return (struct um_cpu_scratch){.shared = rows * ((size_t)op->p.linear.in + op->p.linear.out)};
}

void um_cpu_linear(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    if (op->fine && call->weight->q8) {
        linear_fine(call);
        return;
    }
    um_cpu_matmul(call, op->p.linear.rows, op->p.linear.in, op->p.linear.out,
                  op->p.linear.activation);
}
