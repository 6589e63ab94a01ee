/* Opens devices and builds programs for the Vulkan tests. */
#include "vulkan/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/rand.h"

void rig_need_device(void) {
    um_device_info info;
    size_t count = 0;
    if (um_backend_vulkan.list(&info, 1, &count, NULL) == UM_OK && count > 0)
        return;
    printf("skip: no Vulkan device\n");
    exit(77);
}

um_status rig_open(struct rig *rig) {
    memset(rig, 0, sizeof *rig);
    const char *validation = getenv("UM_TEST_VALIDATION");
    const struct um_device_options options = {
        .validation = validation && *validation == '1',
        .log = check_log_start(&rig->log),
    };
    void *device;
    um_status status = um_backend_vulkan.device_open(&device, &options);
    rig->device = device;
    return status;
}

static um_status load_weights(struct rig *rig) {
    float matrix[RIG_DIM * RIG_DIM], scale[RIG_DIM], shift[RIG_DIM];
    struct test_rand rand = {7};
    test_rand_fill(&rand, matrix, RIG_DIM * RIG_DIM, 0, 0.2f);
    test_rand_fill(&rand, scale, RIG_DIM, 1, 0.1f);
    test_rand_fill(&rand, shift, RIG_DIM, 0, 0.1f);
    const struct um_tensor tensors[] = {
        {.name = "matrix",
         .dtype = UM_F32,
         .n_dims = 2,
         .dims = {RIG_DIM, RIG_DIM, 1, 1},
         .data = matrix,
         .bytes = sizeof matrix},
        {.name = "scale",
         .dtype = UM_F32,
         .n_dims = 1,
         .dims = {RIG_DIM, 1, 1, 1},
         .data = scale,
         .bytes = sizeof scale},
        {.name = "shift",
         .dtype = UM_F32,
         .n_dims = 1,
         .dims = {RIG_DIM, 1, 1, 1},
         .data = shift,
         .bytes = sizeof shift},
    };
    return um_backend_vulkan.weights_create(&rig->weights, rig->device, tensors, 3);
}

enum { IN, OUT, HIDDEN, STATE_A, STATE_B, VALUES };

/* state' = LayerNorm(state + gelu(state W^T + bias)), from IN through the two states to OUT. */
static void fill_ops(struct um_op *ops, uint32_t rows, uint32_t pairs) {
    um_value_id state = IN;
    for (uint32_t i = 0; i < pairs; i++) {
        const um_value_id next = i + 1 == pairs ? OUT : i % 2 ? STATE_B : STATE_A;
        ops[2 * i] = (struct um_op){.kind = UM_OP_LINEAR,
                                    .in = UM_INPUTS(state),
                                    .out = HIDDEN,
                                    .weights = UM_WEIGHTS(0, 2),
                                    .p.linear = {rows, RIG_DIM, RIG_DIM, UM_ACT_GELU_TANH}};
        ops[2 * i + 1] = (struct um_op){.kind = UM_OP_LAYERNORM,
                                        .in = UM_INPUTS(HIDDEN, state),
                                        .out = next,
                                        .weights = UM_WEIGHTS(1, 2),
                                        .p.layernorm = {rows, RIG_DIM, 1e-6f}};
        state = next;
    }
}

um_status rig_build(struct rig *rig, uint32_t rows, uint32_t pairs) {
    um_status status = rig->weights ? UM_OK : load_weights(rig);
    if (status != UM_OK)
        return status;
    const size_t elements = (size_t)rows * RIG_DIM;
    struct um_value values[VALUES];
    for (size_t i = 0; i < VALUES; i++)
        values[i] = (struct um_value){
            .elements = elements,
            .role = i == IN    ? UM_VALUE_INPUT
                    : i == OUT ? UM_VALUE_OUTPUT
                               : UM_VALUE_TEMP,
            .offset = i * elements * 4,
        };
    struct um_op *ops = calloc((size_t)pairs * 2, sizeof *ops);
    if (!ops)
        return UM_ERROR_MEMORY;
    fill_ops(ops, rows, pairs);
    const struct um_program_desc desc = {
        .ops = ops,
        .op_count = pairs * 2,
        .values = values,
        .value_count = VALUES,
        .arena_bytes = VALUES * elements * 4,
    };
    rig->elements = elements;
    um_backend_vulkan.program_destroy(&rig->program);
    status = um_backend_vulkan.program_create(&rig->program, rig->weights, &desc);
    free(ops);
    return status;
}

um_status rig_run(struct rig *rig, float *out, const volatile int *cancel) {
    float *in = malloc(rig->elements * sizeof *in);
    if (!in)
        return UM_ERROR_MEMORY;
    struct test_rand rand = {11};
    test_rand_fill(&rand, in, rig->elements, 0, 1);
    um_status status = um_backend_vulkan.write(rig->program, IN, in);
    free(in);
    if (status == UM_OK)
        status = um_backend_vulkan.run(rig->program, cancel);
    return status == UM_OK ? um_backend_vulkan.read(rig->program, OUT, out) : status;
}

void rig_close(struct rig *rig) {
    if (rig->program)
        um_backend_vulkan.program_destroy(&rig->program);
    if (rig->weights)
        um_backend_vulkan.weights_destroy(&rig->weights);
    void *device = rig->device;
    um_backend_vulkan.device_close(&device);
    rig->device = NULL;
}
