/* The arena plan: no two values that live at the same time share a byte, and the arena is no larger
 * than it has to be. */
#include "graph/graph.h"
#include "graph/plan.h"
#include "support/rand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_OPS = 60, MAX_VALUES = 80 };

struct program {
    struct um_op ops[MAX_OPS];
    struct um_value values[MAX_VALUES];
    uint32_t op_count, value_count;
};

static um_value_id value(struct program *p, size_t elements, enum um_value_role role) {
    p->values[p->value_count] = (struct um_value){.elements = elements, .role = role};
    return (um_value_id)p->value_count++;
}

static void op(struct program *p, um_value_id in, um_value_id residual, um_value_id out) {
    p->ops[p->op_count++] = (struct um_op){.in = UM_INPUTS(in, residual), .out = out};
}

static size_t plan(struct program *p) {
    size_t arena = 0;
    assert_true(um_plan(p->ops, p->op_count, p->values, p->value_count, &arena));
    return arena;
}

static bool alive(const struct program *p, uint32_t v, uint32_t at) {
    uint32_t first = UINT32_MAX, last = 0;
    if (p->values[v].role != UM_VALUE_TEMP)
        return true;
    for (uint32_t i = 0; i < p->op_count; i++) {
        const um_value_id used[] = {p->ops[i].in[0], p->ops[i].in[1], p->ops[i].out};
        for (int k = 0; k < 3; k++) {
            if (used[k] == (um_value_id)v) {
                first = first == UINT32_MAX ? i : first;
                last = i;
            }
        }
    }
    return first <= at && at <= last;
}

static bool share_bytes(const struct um_value *a, const struct um_value *b) {
    return a->offset < b->offset + b->elements * 4 && b->offset < a->offset + a->elements * 4;
}

/* The contract of plan.h, checked op by op the slow way; returns the largest sum of live bytes, a
 * bound that no plan can beat. */
static size_t check_plan(const struct program *p, size_t arena) {
    size_t bound = 0;
    for (uint32_t v = 0; v < p->value_count; v++) {
        assert_int_equal(p->values[v].offset % UM_VALUE_ALIGNMENT, 0);
        assert_true(p->values[v].offset + p->values[v].elements * 4 <= arena);
    }
    for (uint32_t i = 0; i < p->op_count; i++) {
        size_t live = 0;
        for (uint32_t a = 0; a < p->value_count; a++) {
            if (!alive(p, a, i))
                continue;
            live += p->values[a].elements * 4;
            for (uint32_t b = a + 1; b < p->value_count; b++)
                assert_false(alive(p, b, i) && share_bytes(&p->values[a], &p->values[b]));
        }
        bound = live > bound ? live : bound;
    }
    return bound;
}

static void a_chain_needs_two_buffers(void **state) {
    (void)state;
    struct program p = {0};
    um_value_id x = value(&p, 64, UM_VALUE_INPUT);
    for (int i = 0; i < 20; i++) {
        um_value_id y = value(&p, 1024, i == 19 ? UM_VALUE_OUTPUT : UM_VALUE_TEMP);
        op(&p, x, UM_NO_VALUE, y);
        x = y;
    }
    size_t arena = plan(&p);
    check_plan(&p, arena);
    assert_int_equal(arena, 256 + 3 * 4096); // input, output, and two that take turns
}

static void a_residual_lives_until_it_is_added(void **state) {
    (void)state;
    struct program p = {0};
    um_value_id in = value(&p, 64, UM_VALUE_INPUT), x = value(&p, 512, UM_VALUE_TEMP);
    um_value_id a = value(&p, 512, UM_VALUE_TEMP), b = value(&p, 512, UM_VALUE_TEMP);
    um_value_id out = value(&p, 512, UM_VALUE_OUTPUT);
    op(&p, in, UM_NO_VALUE, x);
    op(&p, x, UM_NO_VALUE, a);
    op(&p, a, UM_NO_VALUE, b);
    op(&p, b, x, out);
    size_t arena = plan(&p);
    check_plan(&p, arena);
    assert_int_equal(arena, 256 + 4 * 2048);
}

static void random_programs_are_planned_without_overlap(void **state) {
    (void)state;
    struct test_rand r = {1};
    double worst = 0.0;
    for (int round = 0; round < 300; round++) {
        struct program p = {0};
        value(&p, 1 + test_rand_below(&r, 5000), UM_VALUE_INPUT);
        uint32_t ops = 1 + test_rand_below(&r, MAX_OPS);
        for (uint32_t i = 0; i < ops; i++) {
            uint32_t back = 1 + test_rand_below(&r, p.value_count < 6 ? p.value_count : 6);
            um_value_id in = (um_value_id)(p.value_count - back);
            um_value_id residual = test_rand_below(&r, 3)
                                       ? UM_NO_VALUE
                                       : (um_value_id)test_rand_below(&r, p.value_count);
            bool output = i + 1 == ops || test_rand_below(&r, 20) == 0;
            um_value_id out =
                value(&p, 1 + test_rand_below(&r, 5000), output ? UM_VALUE_OUTPUT : UM_VALUE_TEMP);
            op(&p, in, residual, out);
        }
        size_t arena = plan(&p), bound = check_plan(&p, arena);
        double ratio = (double)arena / (double)bound;
        worst = ratio > worst ? ratio : worst;
    }
    print_message("worst arena: %.2f times the bound\n", worst);
    assert_true(worst < 1.5);
}

static void empty_and_unused_values_are_allowed(void **state) {
    (void)state;
    struct program p = {0};
    assert_int_equal(plan(&p), 0);
    um_value_id in = value(&p, 10, UM_VALUE_INPUT), out = value(&p, 10, UM_VALUE_OUTPUT);
    value(&p, 10, UM_VALUE_TEMP); // no op mentions it
    value(&p, 0, UM_VALUE_TEMP);
    op(&p, in, UM_NO_VALUE, out);
    check_plan(&p, plan(&p));
}

static void sizes_that_overflow_are_refused(void **state) {
    (void)state;
    struct program p = {0};
    size_t arena = 7;
    value(&p, SIZE_MAX / 4, UM_VALUE_INPUT);
    assert_false(um_plan(p.ops, 0, p.values, p.value_count, &arena));
    p.values[0].elements = SIZE_MAX / 8;
    value(&p, SIZE_MAX / 8, UM_VALUE_OUTPUT);
    value(&p, SIZE_MAX / 8, UM_VALUE_OUTPUT);
    assert_false(um_plan(p.ops, 0, p.values, p.value_count, &arena));
    assert_int_equal(arena, 7);
}

static void graphs_grow_and_report_their_size(void **state) {
    (void)state;
    struct um_graph graph = {0};
    um_value_id x = um_graph_value(&graph, 100, UM_VALUE_INPUT);
    for (int i = 0; i < 1000; i++) {
        um_value_id y = um_graph_value(&graph, 100, UM_VALUE_TEMP);
        um_graph_append(&graph, &(struct um_op){.in = UM_INPUTS(x), .out = y});
        x = y;
    }
    struct um_program_desc desc;
    assert_int_equal(um_graph_finish(&graph, &desc), UM_OK);
    assert_int_equal(desc.op_count, 1000);
    assert_int_equal(desc.value_count, 1001);
    assert_int_equal(desc.arena_bytes, 3 * 512);
    assert_int_equal(desc.ops[999].out, x);
    um_graph_free(&graph);
    um_graph_value(&graph, um_graph_elements(SIZE_MAX / 2, 3, 1, 1), UM_VALUE_TEMP);
    assert_int_equal(um_graph_finish(&graph, &desc), UM_ERROR_MEMORY);
    um_graph_free(&graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_needs_two_buffers),
        cmocka_unit_test(a_residual_lives_until_it_is_added),
        cmocka_unit_test(random_programs_are_planned_without_overlap),
        cmocka_unit_test(empty_and_unused_values_are_allowed),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(graphs_grow_and_report_their_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
