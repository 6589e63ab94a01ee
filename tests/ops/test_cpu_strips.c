/* Maps that are never whole and results that take the place of what they add: the same bits as
 * without, for every level, thread count and type of weights. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "backend/cpu/cpu.h"
#include "base/half.h"
#include "graph/strips.h"
#include "support/rand.h"

enum { IMAGES = 2, TENSORS = 12 };

struct shape {
    const char *name;
    uint32_t height, width, channels; /* of the input; the output is twice as high and wide */
    enum um_dtype dtype;
    bool slow_too; /* for the portable kernels, too */
};

/* Strips hold 2^20 floats, so the first two take several, the second of an odd height. */
static const struct shape shapes[] = {
    {"Winograd", 24, 1024, 16, UM_F32, false},
    {"direct", 19, 2048, 8, UM_F32, false},
    {"Winograd, one strip", 17, 33, 32, UM_F16, true},
    {"Winograd, int8", 18, 36, 32, UM_Q8_0, true},
    {"direct, one strip", 5, 7, 32, UM_Q8_0, true},
    {"direct, halves", 3, 50, 12, UM_F16, true},
    {"direct, three panels", 6, 9, 96, UM_F32, true},
};

struct net {
    struct um_graph graph;
    struct um_tensor tensors[TENSORS];
    void *data[TENSORS];
    int32_t count;
    struct test_rand random;
    enum um_dtype dtype;
};

static void *must(void *memory) {
    assert_non_null(memory);
    return memory;
}

static size_t type_bytes(enum um_dtype dtype, size_t elements) {
    return dtype == UM_F32 ? elements * 4 : dtype == UM_F16 ? elements * 2 : elements / 32 * 34;
}

/* Any bytes are weights in Q8_0, given scales near 0.001. */
static um_weight_ref tensor(struct net *n, uint32_t out, uint32_t kernel, uint32_t in) {
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

static um_value_id append(struct net *n, struct um_op op, um_value_id in, size_t elements) {
    op.in = in;
    op.out = um_graph_value(&n->graph, elements, UM_VALUE_TEMP);
    um_graph_append(&n->graph, &op);
    return op.out;
}

static um_value_id norm(struct net *n, um_value_id in, uint32_t h, uint32_t w, uint32_t c) {
    const struct um_op op = {.kind = UM_OP_GROUPNORM,
                             .residual = UM_NO_VALUE,
                             .weight = tensor(n, c, 0, 0),
                             .bias = tensor(n, c, 0, 0),
                             .p.groupnorm = {IMAGES, h, w, c, 4, 1e-6f, UM_ACT_SWISH}};
    return append(n, op, in, (size_t)IMAGES * h * w * c);
}

static um_value_id conv(struct net *n, um_value_id in, um_value_id residual, uint32_t h, uint32_t w,
                        uint32_t c) {
    const struct um_op op = {.kind = UM_OP_CONV2D,
                             .residual = residual,
                             .weight = tensor(n, c, 3, c),
                             .bias = tensor(n, c, 0, 0),
                             .p.conv2d = {IMAGES, h, w, c, c, 3}};
    return append(n, op, in, (size_t)IMAGES * h * w * c);
}

static um_value_id upsample(struct net *n, um_value_id in, uint32_t h, uint32_t w, uint32_t c) {
    const struct um_op op = {.kind = UM_OP_UPSAMPLE,
                             .residual = UM_NO_VALUE,
                             .weight = UM_NO_REF,
                             .bias = UM_NO_REF,
                             .p.resize = {IMAGES, h, w, c}};
    return append(n, op, in, (size_t)IMAGES * h * w * c * 4);
}

/* A residual block as decoders have it, then one level up. */
static um_value_id build(struct net *n, const struct shape *s) {
    const uint32_t h = s->height, w = s->width, c = s->channels;
    const size_t elements = (size_t)IMAGES * h * w * c;
    n->random = (struct test_rand){3};
    n->dtype = s->dtype;
    um_value_id in = um_graph_value(&n->graph, elements, UM_VALUE_INPUT);
    um_value_id x = conv(n, in, UM_NO_VALUE, h, w, c);
    um_value_id y = conv(n, norm(n, x, h, w, c), UM_NO_VALUE, h, w, c);
    y = conv(n, norm(n, y, h, w, c), x, h, w, c);
    y = conv(n, upsample(n, y, h, w, c), UM_NO_VALUE, 2 * h, 2 * w, c);
    n->graph.values[y].role = UM_VALUE_OUTPUT;
    return y;
}

/* Bytes of the arena. */
static size_t run(const struct shape *s, void *device, bool strips, float *out) {
    struct net n = {.count = 0};
    struct um_program_desc desc;
    void *weights, *program;
    const um_value_id result = build(&n, s);
    const size_t count = n.graph.values[0].elements;
    if (strips)
        um_graph_strips(&n.graph);
    assert_int_equal(um_graph_finish(&n.graph, &desc), UM_OK);
    float *in = must(malloc(count * sizeof *in));
    test_rand_fill(&n.random, in, count, 0.3f, 1.0f);
    const struct um_backend_fns *cpu = &um_backend_cpu;
    assert_int_equal(cpu->weights_create(&weights, device, n.tensors, (uint32_t)n.count), UM_OK);
    assert_int_equal(cpu->program_create(&program, weights, &desc), UM_OK);
    for (int again = 0; again < 2; again++) { /* the second run finds what the first left */
        assert_int_equal(cpu->write(program, 0, in), UM_OK);
        assert_int_equal(cpu->run(program, NULL), UM_OK);
    }
    assert_int_equal(cpu->read(program, result, out), UM_OK);
    cpu->program_destroy(&program);
    cpu->weights_destroy(&weights);
    free(in);
    for (int32_t i = 0; i < n.count; i++)
        free(n.data[i]);
    const size_t arena = desc.arena_bytes;
    um_graph_free(&n.graph);
    return arena;
}

static void check(const struct shape *s, enum um_cpu_level level, uint32_t threads) {
    const struct um_device_options options = {.threads = threads};
    const size_t map = (size_t)IMAGES * s->height * s->width * s->channels * sizeof(float);
    void *device;
    float *right = must(malloc(4 * map)), *made = must(malloc(4 * map));
    assert_int_equal(um_cpu_device_open_at(&device, &options, um_cpu_kernels_at(level)), UM_OK);
    const size_t whole = run(s, device, false, right), arena = run(s, device, true, made);
    um_backend_cpu.device_close(&device);
    if (memcmp(right, made, 4 * map) != 0)
        fail_msg("%s: level %d, threads: %u: strips give other bits", s->name, (int)level, threads);
    /* Input and output for good; beside them first two, then one map instead of the enlarged one.
     * 4096 bytes are more than the means of any of these nets and all rounding. */
    assert_true(arena <= 7 * map + 4096);
    assert_true(whole >= 8 * map);
    free(right);
    free(made);
}

static void strips_change_no_bit(void **state) {
    (void)state;
    for (int level = 0; level < UM_CPU_LEVELS; level++)
        for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
            for (uint32_t threads = 1; threads <= 3 && um_cpu_kernels_at((enum um_cpu_level)level);
                 threads += 2)
                if (level != UM_CPU_PORTABLE || shapes[i].slow_too)
                    check(&shapes[i], (enum um_cpu_level)level, threads);
}

/* What somebody else still reads is neither left out nor written over. */
static void needed_values_stay(void **state) {
    (void)state;
    struct net n = {.random = {1}};
    um_value_id in = um_graph_value(&n.graph, 64, UM_VALUE_INPUT);
    um_value_id a = norm(&n, in, 1, 1, 32), b = conv(&n, a, UM_NO_VALUE, 1, 1, 32);
    um_value_id c = conv(&n, b, a, 1, 1, 32);                     /* a has two readers */
    um_value_id d = conv(&n, norm(&n, c, 1, 1, 32), c, 1, 1, 32); /* made from what it adds */
    um_value_id e = conv(&n, d, in, 1, 1, 32);                    /* the caller's */
    n.graph.values[e].role = UM_VALUE_OUTPUT;
    um_graph_strips(&n.graph);
    assert_int_equal(n.graph.values[a].role, UM_VALUE_TEMP);
    assert_int_equal(n.graph.ops[2].out, a); /* c replaces a, which nobody needs then */
    assert_int_equal(n.graph.ops[3].in, a);
    assert_int_equal(n.graph.ops[4].residual, a);
    assert_int_equal(n.graph.ops[4].out, d);
    assert_int_equal(n.graph.ops[5].out, e);
    for (int32_t i = 0; i < n.count; i++)
        free(n.data[i]);
    um_graph_free(&n.graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_change_no_bit),
        cmocka_unit_test(needed_values_stay),
    };
    return cmocka_run_group_tests_name("strips", tests, NULL, NULL);
}
