/* LINEAR: x W^T + bias + residual, then activation. */
#include <assert.h>

#include "backend/cpu/cpu.h"
#include "backend/cpu/reference.h"

enum {
    CHUNK_ROWS = 32 * UM_TILE_ROWS, /* rows that fit the second cache along with a weight panel */
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

struct matmul {
    const struct um_cpu_call *call;
    uint32_t rows, in, out, chunks, panels;
    enum um_activation activation;
    size_t q8_stride; /* bytes of a row of rounded inputs */
};

/* One unit is one weight panel times one chunk of rows; neighbouring units share the panel, which
 * comes from further away than the rows. The next panel is fetched ahead, except where rows that
 * lie whole pages apart already crowd the same lines of the cache. */
static void matmul_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (uint32_t unit = begin; unit < end; unit++) {
        uint32_t panel = unit / m->chunks, chunk = unit % m->chunks;
        size_t first = (size_t)((uint64_t)m->rows * chunk / m->chunks);
        size_t after = (size_t)((uint64_t)m->rows * (chunk + 1) / m->chunks);
        size_t column = (size_t)panel * UM_PANEL;
        struct um_gemm job = {
            .rows = (uint32_t)(after - first),
            .cols = m->out - column < UM_PANEL ? m->out - (uint32_t)column : UM_PANEL,
            .taps = 1,
            .depth = m->in,
            .a = (const float *)m->call->in + first * m->in,
            .a_stride = m->in,
            .c = (float *)m->call->out + first * m->out + column,
            .c_stride = m->out,
            .residual_stride = m->out,
            .activation = m->activation,
        };
        job.b = um_cpu_panel(m->call->weight, panel, &job.b_stride);
        if (panel + 1 < m->panels && m->in % PAGE_FLOATS != 0 && chunk + 1 == m->chunks)
            job.next = job.b + (size_t)m->in * job.b_stride;
        if (m->call->bias)
            job.bias = m->call->bias->data + column;
        if (m->call->residual)
            job.residual = m->call->residual + first * m->out + column;
        m->call->kernels->gemm(&job);
    }
}

static size_t q8_row_bytes(const struct um_cpu_tensor *weight) {
    return weight->depth / UM_Q8_BLOCK * weight->q8_kernels->block_bytes;
}

size_t um_cpu_matmul_scratch(const struct um_cpu_tensor *weight, uint32_t rows) {
    return weight->q8 ? (rows * q8_row_bytes(weight) + sizeof(float) - 1) / sizeof(float) : 0;
}

static void round_rows(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (size_t row = begin; row < end; row++)
        m->call->kernels->q8->quantize((const float *)m->call->in + row * m->in,
                                       m->in / UM_Q8_BLOCK,
                                       (unsigned char *)m->call->shared + row * m->q8_stride);
}

static void q8_units(void *arg, uint32_t begin, uint32_t end, uint32_t worker) {
    const struct matmul *m = arg;
    (void)worker;
    for (uint32_t unit = begin; unit < end; unit++) {
        uint32_t panel = unit / m->chunks, chunk = unit % m->chunks;
        size_t first = (size_t)((uint64_t)m->rows * chunk / m->chunks);
        size_t after = (size_t)((uint64_t)m->rows * (chunk + 1) / m->chunks);
        size_t column = (size_t)panel * UM_PANEL;
        struct um_gemm_q8 job = {
            .rows = (uint32_t)(after - first),
            .cols = m->out - column < UM_PANEL ? m->out - (uint32_t)column : UM_PANEL,
            .blocks = m->in / UM_Q8_BLOCK,
            .a = (const unsigned char *)m->call->shared + first * m->q8_stride,
            .a_stride = m->q8_stride,
            .c = (float *)m->call->out + first * m->out + column,
            .c_stride = m->out,
            .residual_stride = m->out,
            .activation = m->activation,
        };
        job.b = um_cpu_q8_panel(m->call->weight, panel, &job.b_width);
        if (m->call->bias)
            job.bias = m->call->bias->data + column;
        if (m->call->residual)
            job.residual = m->call->residual + first * m->out + column;
        m->call->kernels->q8->gemm(&job);
    }
}

void um_cpu_matmul(const struct um_cpu_call *call, uint32_t rows, uint32_t in, uint32_t out,
                   enum um_activation activation) {
    assert(call->weight->depth == in && call->weight->rows >= out);
    assert(!call->bias || (!call->bias->panels && call->bias->rows >= out));
    struct matmul m = {
        .call = call,
        .rows = rows,
        .in = in,
        .out = out,
        .chunks = (rows + CHUNK_ROWS - 1) / CHUNK_ROWS,
        .panels = (out + UM_PANEL - 1) / UM_PANEL,
        .activation = activation,
    };
    if (call->weight->q8) {
        m.q8_stride = q8_row_bytes(call->weight);
        um_pool_run(call->pool, rows, round_rows, &m);
        um_pool_run(call->pool, m.chunks * m.panels, q8_units, &m);
        return;
    }
    um_pool_run(call->pool, m.chunks * m.panels, matmul_units, &m);
}

void um_cpu_linear(const struct um_cpu_call *call) {
    const struct um_op *op = call->op;
    um_cpu_matmul(call, op->p.linear.rows, op->p.linear.in, op->p.linear.out,
                  op->p.linear.activation);
}
