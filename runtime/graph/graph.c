/* Growing lists of ops and values. */
#include "graph/graph.h"

#include "base/mem.h"
#include "graph/plan.h"
#include <assert.h>
#include <string.h>

/* Makes room for one more item; NULL when memory has run out, and then the list is as before. */
static void *grown(void *items, uint32_t count, uint32_t *capacity, size_t size) {
    if (count < *capacity)
        return items;
    uint32_t larger = *capacity ? *capacity * 2 : 64;
    void *copy = um_alloc(larger, size);
    if (!copy)
        return NULL;
    if (count)
        memcpy(copy, items, count * size);
    um_free(items);
    *capacity = larger;
    return copy;
}

size_t um_graph_elements(size_t a, size_t b, size_t c, size_t d) {
    size_t product;
    if (__builtin_mul_overflow(a, b, &product) || __builtin_mul_overflow(product, c, &product) ||
        __builtin_mul_overflow(product, d, &product))
        return SIZE_MAX;
    return product;
}

um_value_id um_graph_value(struct um_graph *graph, size_t elements, enum um_value_role role) {
    if (graph->failed)
        return UM_NO_VALUE;
    void *values =
        grown(graph->values, graph->value_count, &graph->value_capacity, sizeof *graph->values);
    if (!values) {
        graph->failed = true;
        return UM_NO_VALUE;
    }
    graph->values = values;
    graph->values[graph->value_count] = (struct um_value){.elements = elements, .role = role};
    return (um_value_id)graph->value_count++;
}

void um_graph_append(struct um_graph *graph, const struct um_op *op) {
    if (graph->failed)
        return;
    void *ops = grown(graph->ops, graph->op_count, &graph->op_capacity, sizeof *graph->ops);
    if (!ops) {
        graph->failed = true;
        return;
    }
    graph->ops = ops;
    graph->ops[graph->op_count++] = *op;
}

struct um_constant *um_graph_constant(struct um_graph *graph, size_t count) {
    assert(graph->constant_count < UM_MAX_CONSTANTS);
    struct um_constant *made = &graph->constants[graph->constant_count];
    made->value = um_graph_value(graph, count, UM_VALUE_INPUT);
    made->data = graph->failed ? NULL : um_alloc(count, sizeof *made->data);
    graph->failed = !made->data;
    if (graph->failed)
        return NULL;
    graph->constant_count++;
    return made;
}

void um_graph_sample(struct um_graph *graph, const struct um_sampled_rows *of, um_value_id logits,
                     um_value_id wanted, um_value_id *settings, um_value_id *sampled) {
    *settings = um_graph_value(graph, UM_SAMPLE_SETTINGS((size_t)of->images, of->positions),
                               UM_VALUE_INPUT);
    *sampled = um_graph_value(graph, um_graph_elements(of->rows, 3, 1, 1), UM_VALUE_OUTPUT);
    const struct um_op op = {
        .kind = UM_OP_SAMPLE,
        .in = UM_INPUTS(logits, *settings, wanted),
        .out = *sampled,
        .weights = UM_NO_WEIGHTS,
        .p.sample = {of->rows, of->codes, of->images, of->leading + of->positions, of->leading}};
    um_graph_append(graph, &op);
}

um_status um_graph_finish(struct um_graph *graph, struct um_program_desc *desc) {
    size_t arena_bytes;
    if (graph->failed ||
        !um_plan(graph->ops, graph->op_count, graph->values, graph->value_count, &arena_bytes))
        return UM_ERROR_MEMORY;
    *desc = (struct um_program_desc){.ops = graph->ops,
                                     .op_count = graph->op_count,
                                     .values = graph->values,
                                     .value_count = graph->value_count,
                                     .arena_bytes = arena_bytes};
    return UM_OK;
}

void um_graph_free(struct um_graph *graph) {
    for (uint32_t i = 0; i < graph->constant_count; i++)
        um_free(graph->constants[i].data);
    um_free(graph->ops);
    um_free(graph->values);
    *graph = (struct um_graph){0};
}
