/* Greedy by size: the largest value is placed first, each at the lowest gap that is free for its
 * whole life. Within a few percent of the optimum for chains like ours. */
#include "graph/plan.h"

#include "base/mem.h"

struct placement {
    uint32_t value, first, last; // lives in ops first..last
    size_t bytes;                // rounded up to the alignment
};

static void extend(struct placement *all, um_value_id value, uint32_t op) {
    if (value == UM_NO_VALUE)
        return;
    struct placement *p = &all[value];
    if (op < p->first)
        p->first = op;
    if (op > p->last)
        p->last = op;
}

static bool find_lifetimes(struct placement *all, const struct um_op *ops, uint32_t op_count,
                           const struct um_value *values, uint32_t value_count) {
    for (uint32_t i = 0; i < value_count; i++) {
        if (values[i].elements > (SIZE_MAX - UM_VALUE_ALIGNMENT) / 4)
            return false;
        size_t bytes = values[i].elements * 4 + UM_VALUE_ALIGNMENT - 1;
        bytes -= bytes % UM_VALUE_ALIGNMENT;
        all[i] = (struct placement){.value = i, .first = UINT32_MAX, .last = 0, .bytes = bytes};
    }
    for (uint32_t i = 0; i < op_count; i++) {
        for (int k = 0; k < UM_OP_INPUTS; k++)
            extend(all, ops[i].in[k], i);
        extend(all, ops[i].out, i);
        const um_value_id x = ops[i].in[UM_IN_X];
        if (x != UM_NO_VALUE && values[x].role == UM_VALUE_STRIPS)
            extend(all, um_op_source(ops, i)->in[UM_IN_X], i);
    }
    for (uint32_t i = 0; i < value_count; i++) {
        const enum um_value_role role = values[i].role;
        if (role == UM_VALUE_INPUT || role == UM_VALUE_OUTPUT || all[i].first == UINT32_MAX) {
            all[i].first = 0;
            all[i].last = UINT32_MAX;
        }
    }
    return true;
}

/* Insertion sort, largest first, equals in value order; a program has a few hundred values. */
static void sort_by_size(struct placement *all, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        struct placement item = all[i];
        uint32_t j = i;
        for (; j > 0 && all[j - 1].bytes < item.bytes; j--)
            all[j] = all[j - 1];
        all[j] = item;
    }
}

/* Places `item` beside the `placed` ones, which are in order of their offsets; false if the end
 * would overflow. */
static bool find_offset(const struct placement *item, const struct placement *placed,
                        uint32_t count, const struct um_value *values, size_t *offset) {
    size_t end = 0; // no byte below it is free for this life
    for (uint32_t i = 0; i < count; i++) {
        const struct placement *other = &placed[i];
        if (other->first > item->last || item->first > other->last)
            continue;
        size_t start = values[other->value].offset;
        if (start >= end && start - end >= item->bytes)
            break;
        if (start + other->bytes > end)
            end = start + other->bytes;
    }
    *offset = end;
    return end <= SIZE_MAX - item->bytes;
}

static void insert_by_offset(struct placement *placed, uint32_t count, const struct placement *item,
                             const struct um_value *values) {
    uint32_t j = count;
    for (; j > 0 && values[placed[j - 1].value].offset > values[item->value].offset; j--)
        placed[j] = placed[j - 1];
    placed[j] = *item;
}

bool um_plan(const struct um_op *ops, uint32_t op_count, struct um_value *values,
             uint32_t value_count, size_t *arena_bytes) {
    struct placement *all = um_alloc(value_count, 2 * sizeof *all);
    if (!all)
        return false;
    struct placement *placed = all + value_count;
    bool ok = find_lifetimes(all, ops, op_count, values, value_count);
    size_t arena = 0;
    if (ok)
        sort_by_size(all, value_count);
    for (uint32_t i = 0; ok && i < value_count; i++) {
        size_t *offset = &values[all[i].value].offset;
        ok = find_offset(&all[i], placed, i, values, offset);
        if (!ok)
            break;
        insert_by_offset(placed, i, &all[i], values);
        if (*offset + all[i].bytes > arena)
            arena = *offset + all[i].bytes;
    }
    um_free(all);
    if (ok)
        *arena_bytes = arena;
    return ok;
}
