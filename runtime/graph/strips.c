/* Which values need not be whole, and which results can take the place of what is added to them. */
#include "graph/strips.h"

#include <stdbool.h>

static bool is_conv3(const struct um_op *op) {
    return op->kind == UM_OP_CONV2D && op->p.conv2d.kernel == 3;
}

static uint32_t reads(const struct um_op *op, um_value_id value) {
    uint32_t count = 0;
    for (int i = 0; i < UM_OP_INPUTS; i++)
        count += op->in[i] == value;
    return count;
}

/* The one op after `at` that reads the value, or NULL if there are none or several. */
static const struct um_op *only_reader(const struct um_graph *graph, uint32_t at,
                                       um_value_id value) {
    const struct um_op *reader = NULL;
    for (uint32_t i = at + 1; i < graph->op_count; i++) {
        const uint32_t count = reads(&graph->ops[i], value);
        if (count > 1 || (count && reader))
            return NULL;
        if (count)
            reader = &graph->ops[i];
    }
    return reader;
}

static void make_strips(struct um_graph *graph, uint32_t at) {
    const struct um_op *op = &graph->ops[at];
    struct um_value *value = &graph->values[op->out];
    if ((op->kind != UM_OP_GROUPNORM && op->kind != UM_OP_UPSAMPLE) || value->role != UM_VALUE_TEMP)
        return;
    const struct um_op *reader = only_reader(graph, at, op->out);
    if (!reader || !is_conv3(reader) || reader->in[UM_IN_X] != op->out)
        return;
    value->role = UM_VALUE_STRIPS;
    value->elements = op->kind == UM_OP_GROUPNORM
                          ? (size_t)3 * op->p.groupnorm.batch * op->p.groupnorm.channels
                          : 0;
}

/* Whether op `at`, or one after it, still reads the value, be it through strips. */
static bool needed(const struct um_graph *graph, uint32_t at, um_value_id value) {
    for (uint32_t i = at; i < graph->op_count; i++) {
        const struct um_op *op = &graph->ops[i];
        const um_value_id x = op->in[UM_IN_X];
        const bool strips = x != UM_NO_VALUE && graph->values[x].role == UM_VALUE_STRIPS;
        if (x == value || (i > at && reads(op, value)) ||
            (strips && um_op_source(graph->ops, i)->in[UM_IN_X] == value))
            return true;
    }
    return false;
}

static void rename(struct um_graph *graph, uint32_t at, um_value_id from, um_value_id to) {
    for (uint32_t i = at; i < graph->op_count; i++) {
        struct um_op *op = &graph->ops[i];
        for (int k = 0; k < UM_OP_INPUTS; k++)
            op->in[k] = op->in[k] == from ? to : op->in[k];
        op->out = op->out == from ? to : op->out;
    }
    graph->values[from].elements = 0;
}

static void add_in_place(struct um_graph *graph, uint32_t at) {
    const struct um_op *op = &graph->ops[at];
    const um_value_id out = op->out, added = op->in[UM_IN_RESIDUAL];
    if (!is_conv3(op) || added == UM_NO_VALUE || graph->values[out].role != UM_VALUE_TEMP ||
        graph->values[added].role != UM_VALUE_TEMP || needed(graph, at, added))
        return;
    rename(graph, at, out, added);
}

void um_graph_strips(struct um_graph *graph) {
    if (graph->failed)
        return;
    for (uint32_t i = 0; i < graph->op_count; i++)
        make_strips(graph, i);
    for (uint32_t i = 0; i < graph->op_count; i++)
        add_in_place(graph, i);
}
