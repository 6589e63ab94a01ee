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
#include "ops/strips_net.h"

/* Strips hold 2^20 floats, so the first two take several, the second of an odd height. */
static const struct strips_shape shapes[] = {
    {"Winograd", 24, 1024, 16, UM_F32, false},
    {"direct", 19, 2048, 8, UM_F32, false},
    {"Winograd, one strip", 17, 33, 32, UM_F16, true},
    {"Winograd, int8", 18, 36, 32, UM_Q8_0, true},
    {"direct, one strip", 5, 7, 32, UM_Q8_0, true},
    {"direct, halves", 3, 50, 12, UM_F16, true},
    {"direct, three panels", 6, 9, 96, UM_F32, true},
};

static void *must(void *memory) {
    assert_non_null(memory);
    return memory;
}

static void check(const struct strips_shape *s, enum um_cpu_level level, uint32_t threads) {
    const struct um_device_options options = {.threads = threads};
    const size_t map = (size_t)STRIPS_IMAGES * s->height * s->width * s->channels * sizeof(float);
    void *device;
    float *right = must(malloc(4 * map)), *made = must(malloc(4 * map));
    assert_int_equal(um_cpu_device_open_at(&device, &options, um_cpu_kernels_at(level)), UM_OK);
    const size_t whole = strips_run(s, &um_backend_cpu, device, false, right);
    const size_t arena = strips_run(s, &um_backend_cpu, device, true, made);
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
    struct strips_net n = {.random = {1}};
    um_value_id in = um_graph_value(&n.graph, 64, UM_VALUE_INPUT);
    um_value_id a = strips_norm(&n, in, 1, 1, 32), b = strips_conv(&n, a, UM_NO_VALUE, 1, 1, 32);
    um_value_id c = strips_conv(&n, b, a, 1, 1, 32); /* a has two readers */
    um_value_id d =
        strips_conv(&n, strips_norm(&n, c, 1, 1, 32), c, 1, 1, 32); /* made from what it adds */
    um_value_id e = strips_conv(&n, d, in, 1, 1, 32);               /* the caller's */
    n.graph.values[e].role = UM_VALUE_OUTPUT;
    um_graph_strips(&n.graph);
    assert_int_equal(n.graph.values[a].role, UM_VALUE_TEMP);
    assert_int_equal(n.graph.ops[2].out, a); /* c replaces a, which nobody needs then */
    assert_int_equal(n.graph.ops[3].in[UM_IN_X], a);
    assert_int_equal(n.graph.ops[4].in[UM_IN_RESIDUAL], a);
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
