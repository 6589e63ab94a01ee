/* Speed of the shapes that a picture spends its time in. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "ops/op_run.h"

enum { OUT = UM_OP_INPUTS, VALUES };

struct shape {
    const char *title;
    struct op_spec spec;
    double flop;
};

static const struct shape shapes[] = {
    {"linear 514 x 256 -> 768",
     {.op = {.kind = UM_OP_LINEAR,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.linear = {514, 256, 768, UM_ACT_NONE}}},
     2.0 * 514 * 256 * 768},
    {"linear 514 x 256 -> 1024 gelu",
     {.op = {.kind = UM_OP_LINEAR,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.linear = {514, 256, 1024, UM_ACT_GELU_TANH}}},
     2.0 * 514 * 256 * 1024},
    {"linear 514 x 1024 -> 256",
     {.op = {.kind = UM_OP_LINEAR,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.linear = {514, 1024, 256, UM_ACT_NONE}}},
     2.0 * 514 * 1024 * 256},
    {"attention 2 x 257, 4 x 64",
     {.op = {.kind = UM_OP_ATTENTION,
             .in = UM_INPUTS(0),
             .weights = UM_NO_WEIGHTS,
             .p.attention = {2, 257, 4, 64}}},
     4.0 * 2 * 4 * 257 * 257 * 64},
    {"layernorm 514 x 256",
     {.op = {.kind = UM_OP_LAYERNORM,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.layernorm = {514, 256, 1e-12f}}},
     8.0 * 514 * 256},
    {"conv 16 x 16, 128 -> 128",
     {.op = {.kind = UM_OP_CONV2D,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.conv2d = {1, 16, 16, 128, 128, 3}}},
     18.0 * 256 * 128 * 128},
    {"conv 64 x 64, 64 -> 64",
     {.op = {.kind = UM_OP_CONV2D,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.conv2d = {1, 64, 64, 64, 64, 3}}},
     18.0 * 4096 * 64 * 64},
    {"conv 64 x 64, 32 -> 32",
     {.op = {.kind = UM_OP_CONV2D,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.conv2d = {1, 64, 64, 32, 32, 3}}},
     18.0 * 4096 * 32 * 32},
    {"conv 64 x 64, 32 -> 3",
     {.op = {.kind = UM_OP_CONV2D,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.conv2d = {1, 64, 64, 32, 3, 3}}},
     18.0 * 4096 * 32 * 3},
    {"groupnorm 64 x 64 x 64 silu",
     {.op = {.kind = UM_OP_GROUPNORM,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.groupnorm = {1, 64, 64, 64, 32, 1e-6f, UM_ACT_SILU}}},
     16.0 * 4096 * 64},
    {"attention 1 x 1024, 1 x 512",
     {.op = {.kind = UM_OP_ATTENTION,
             .in = UM_INPUTS(0),
             .weights = UM_NO_WEIGHTS,
             .p.attention = {1, 1024, 1, 512}}},
     4.0 * 1024 * 1024 * 512},
    {"attention 1 x 577, 12 x 64",
     {.op = {.kind = UM_OP_ATTENTION,
             .in = UM_INPUTS(0),
             .weights = UM_NO_WEIGHTS,
             .p.attention = {1, 577, 12, 64}}},
     4.0 * 12 * 577 * 577 * 64},
    {"conv half 128 x 128, 128 -> 128",
     {.op = {.kind = UM_OP_CONV2D_STRIDE2,
             .in = UM_INPUTS(0),
             .weights = UM_WEIGHTS(0, 0),
             .p.conv2d = {1, 128, 128, 128, 128, 3}}},
     18.0 * 4096 * 128 * 128},
    {"rmsnorm 577 x 768 modulated",
     {.op = {.kind = UM_OP_RMSNORM,
             .in = UM_INPUTS(0, UM_NO_VALUE, 0),
             .weights = UM_WEIGHTS(0),
             .p.rmsnorm = {577, 768, 577, 6 * 768, 768, 0, 1e-5f}}},
     7.0 * 577 * 768},
    {"qk_norm 577 x 768",
     {.op = {.kind = UM_OP_QK_NORM,
             .in = UM_INPUTS(0),
             .weights = UM_NO_WEIGHTS,
             .p.qk_norm = {577, 768, 1e-5f}}},
     6.0 * 577 * 768},
    {"gate 577 x 768",
     {.op = {.kind = UM_OP_GATE,
             .in = UM_INPUTS(0, 0, 0),
             .weights = UM_NO_WEIGHTS,
             .p.gate = {577, 768, 577, 6 * 768, 2 * 768}}},
     2.0 * 577 * 768},
    {"swiglu 577 x 2048",
     {.op = {.kind = UM_OP_SWIGLU,
             .in = UM_INPUTS(0),
             .weights = UM_NO_WEIGHTS,
             .p.swiglu = {577, 2048}}},
     18.0 * 577 * 2048},
};

/* Seconds of the fastest of several runs. */
static double fastest(const struct um_backend_fns *backend, void *program) {
    double best = 1e9, total = 0;
    for (int i = 0; i < 3 || (total < 0.3 && i < 1000); i++) {
        double start = um_clock_seconds();
        if (backend->run(program, NULL) != UM_OK)
            abort();
        double seconds = um_clock_seconds() - start;
        total += seconds;
        if (seconds < best)
            best = seconds;
    }
    return best;
}

static void bench_shape(const struct um_backend_fns *backend, void *device,
                        const struct shape *shape) {
    struct op_case c;
    struct op_spec spec = shape->spec;
    op_case_build(&c, &spec, 1);
    struct um_value values[VALUES];
    size_t bytes = 0;
    for (int v = 0; v < VALUES; v++) {
        const size_t count = v == OUT ? c.sizes.out : c.sizes.in[v];
        values[v] = (struct um_value){.elements = count ? count : 1,
                                      .role = v == OUT ? UM_VALUE_OUTPUT : UM_VALUE_INPUT,
                                      .offset = bytes};
        bytes += (values[v].elements * 4 + 255) / 256 * 256;
    }
    struct um_op op = c.spec.op;
    for (int i = 0; i < UM_OP_INPUTS; i++)
        op.in[i] = c.in[i] ? i : UM_NO_VALUE;
    op.out = OUT;
    const struct um_program_desc desc = {
        .ops = &op, .op_count = 1, .values = values, .value_count = VALUES, .arena_bytes = bytes};
    void *weights, *program;
    if (backend->weights_create(&weights, device, c.tensors, c.tensor_count) != UM_OK ||
        backend->program_create(&program, weights, &desc) != UM_OK)
        abort();
    for (int i = 0; i < UM_OP_INPUTS; i++)
        if (c.in[i] && backend->write(program, i, c.in[i]) != UM_OK)
            abort();
    const double seconds = fastest(backend, program);
    printf("  %-32s %9.1f us %8.2f GFLOP/s\n", shape->title, seconds * 1e6,
           shape->flop / seconds * 1e-9);
    backend->program_destroy(&program);
    backend->weights_destroy(&weights);
    op_case_free(&c);
}

void op_bench(const struct um_backend_fns *backend, void *device, const char *title) {
    printf("%s\n", title);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        bench_shape(backend, device, &shapes[i]);
}
