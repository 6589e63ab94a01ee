/* The network of strips_net.h. */
#include "ops/strips_net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/half.h"

static void *must(void *memory) {
    assert_non_null(memory);
    return memory;
}

static size_t type_bytes(enum um_dtype dtype, size_t elements) {
    return dtype == UM_F32 ? elements * 4 : dtype == UM_F16 ? elements * 2 : elements / 32 * 34;
}

/* Any bytes are weights in Q8_0, given scales near 0.001. */
static um_weight_ref tensor(struct strips_net *n, uint32_t out, uint32_t kernel, uint32_t in) {
    struct um_tensor *t = &n->tensors[n->count];
    const bool vector = kernel == 0;
    *t = (struct um_tensor){
        .dtype = vector ? UM_F32 : n->dtype,
        .n_dims = vector ? 1 : 4,
        .dims = {out, vector ? 1 : kernel, vector ? 1 : kernel, vector ? 1 : in}};
    const size_t elements = um_tensor_elements(t);
    t->bytes = type_bytes(t->dtype, elements);
    float *values = must(malloc(elements * sizeof *values));
    test_rand_fill(&n->random, values, elements, vector ? 0.5f : 0.0f, 0.1f);
    uint16_t *halves = (uint16_t *)values;
    if (t->dtype == UM_F16)
        for (size_t i = 0; i < elements; i++)
            halves[i] = um_float_to_half(values[i]);
    for (size_t b = 0; t->dtype == UM_Q8_0 && b < elements / 32; b++)
        halves[b * 17] = um_float_to_half(0.0005f + 0.001f * test_rand_unit(&n->random));
    t->data = n->data[n->count] = values;
    return n->count++;
}

static um_value_id append(struct strips_net *n, struct um_op op, size_t elements) {
    op.out = um_graph_value(&n->graph, elements, UM_VALUE_TEMP);
    um_graph_append(&n->graph, &op);
    return op.out;
}

um_value_id strips_norm(struct strips_net *n, um_value_id in, uint32_t h, uint32_t w, uint32_t c) {
    const um_weight_ref weight = tensor(n, c, 0, 0), bias = tensor(n, c, 0, 0);
    const struct um_op op = {
        .kind = UM_OP_GROUPNORM,
        .in = UM_INPUTS(in),
        .weights = UM_WEIGHTS(weight, bias),
        .p.groupnorm = {STRIPS_IMAGES, h, w, c, c % 4 ? 2 : 4, 1e-6f, UM_ACT_SILU}};
    return append(n, op, (size_t)STRIPS_IMAGES * h * w * c);
}

um_value_id strips_conv(struct strips_net *n, um_value_id in, um_value_id residual, uint32_t h,
                        uint32_t w, uint32_t c) {
    const um_weight_ref weight = tensor(n, c, 3, c), bias = tensor(n, c, 0, 0);
    const struct um_op op = {.kind = UM_OP_CONV2D,
                             .in = UM_INPUTS(in, residual),
                             .weights = UM_WEIGHTS(weight, bias),
                             .p.conv2d = {STRIPS_IMAGES, h, w, c, c, 3}};
    return append(n, op, (size_t)STRIPS_IMAGES * h * w * c);
}

static um_value_id upsample(struct strips_net *n, um_value_id in, uint32_t h, uint32_t w,
                            uint32_t c) {
    const struct um_op op = {.kind = UM_OP_UPSAMPLE,
                             .in = UM_INPUTS(in),
                             .weights = UM_NO_WEIGHTS,
                             .p.resize = {STRIPS_IMAGES, h, w, c}};
    return append(n, op, (size_t)STRIPS_IMAGES * h * w * c * 4);
}

/* A residual block as decoders have it, then one level up. */
static um_value_id build(struct strips_net *n, const struct strips_shape *s) {
    const uint32_t h = s->height, w = s->width, c = s->channels;
    const size_t elements = (size_t)STRIPS_IMAGES * h * w * c;
    n->random = (struct test_rand){3};
    n->dtype = s->dtype;
    um_value_id in = um_graph_value(&n->graph, elements, UM_VALUE_INPUT);
    um_value_id x = strips_conv(n, in, UM_NO_VALUE, h, w, c);
    um_value_id y = strips_conv(n, strips_norm(n, x, h, w, c), UM_NO_VALUE, h, w, c);
    y = strips_conv(n, strips_norm(n, y, h, w, c), x, h, w, c);
    y = strips_conv(n, upsample(n, y, h, w, c), UM_NO_VALUE, 2 * h, 2 * w, c);
    n->graph.values[y].role = UM_VALUE_OUTPUT;
    return y;
}

size_t strips_run(const struct strips_shape *s, const struct um_backend_fns *backend, void *device,
                  bool strips, float *out) {
    struct strips_net n = {.count = 0};
    struct um_program_desc desc;
    void *weights, *program;
    const um_value_id result = build(&n, s);
    const size_t count = n.graph.values[0].elements;
    if (strips)
        um_graph_strips(&n.graph);
    assert_int_equal(um_graph_finish(&n.graph, &desc), UM_OK);
    float *in = must(malloc(count * sizeof *in));
    test_rand_fill(&n.random, in, count, 0.3f, 1.0f);
    assert_int_equal(backend->weights_create(&weights, device, n.tensors, (uint32_t)n.count),
                     UM_OK);
    assert_int_equal(backend->program_create(&program, weights, &desc), UM_OK);
    for (int again = 0; again < 2; again++) { /* the second run finds what the first left */
        assert_int_equal(backend->write(program, 0, in), UM_OK);
        assert_int_equal(backend->run(program, NULL), UM_OK);
    }
    assert_int_equal(backend->read(program, result, out), UM_OK);
    backend->program_destroy(&program);
    backend->weights_destroy(&weights);
    free(in);
    for (int32_t i = 0; i < n.count; i++)
        free(n.data[i]);
    const size_t arena = desc.arena_bytes;
    um_graph_free(&n.graph);
    return arena;
}
