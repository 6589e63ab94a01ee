/* Profiles: rows made when a program is compiled, filled after each of its runs. */
#include "profile.h"

#include "backend/op_info.h"
#include "base/mem.h"
#include <stdio.h>
#include <string.h>

static double value_bytes(const struct um_program_desc *desc, um_value_id id) {
    return id == UM_NO_VALUE ? 0 : 4.0 * (double)desc->values[id].elements;
}

static double input_bytes(const struct um_program_desc *desc, const struct um_op *op, int input) {
    const um_value_id id = op->in[input];
    return id == UM_NO_VALUE ? 0 : 4 * um_op_input_elements(op, input, desc->values[id].elements);
}

static double weight_bytes(const struct um_op *op, const struct um_tensor *tensor) {
    const size_t elements = um_tensor_elements(tensor);
    return um_op_weight_elements(op, elements) / (double)elements * (double)tensor->bytes;
}

static bool in_strips(const struct um_program_desc *desc, um_value_id id) {
    return id != UM_NO_VALUE && desc->values[id].role == UM_VALUE_STRIPS;
}

/* What is made in strips costs its reader bytes: the reader goes to that op's own input. What is
 * left to GROUPNORM is a sum and a sum of squares, and nothing to UPSAMPLE. */
static struct um_op_cost cost_of(const struct um_program_desc *desc, uint32_t at,
                                 const struct um_tensor *tensors) {
    const struct um_op *op = &desc->ops[at];
    const struct um_op_info *info = um_op_info(op->kind);
    struct um_op all = *op;
    const uint32_t *rows = um_op_rows(&all);
    const bool strips = in_strips(desc, op->out);
    if (strips && op->kind == UM_OP_UPSAMPLE)
        return (struct um_op_cost){0};
    double weights = 0, bytes = value_bytes(desc, op->out);
    for (int i = 0; i < UM_OP_INPUTS; i++)
        bytes += input_bytes(desc, op, i);
    if (in_strips(desc, op->in[UM_IN_X]))
        bytes += value_bytes(desc, um_op_source(desc->ops, at)->in[UM_IN_X]);
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        if (op->weights[i] != UM_NO_REF)
            weights += weight_bytes(op, &tensors[op->weights[i]]);
    const double statistics = 3.0 * value_bytes(desc, op->in[UM_IN_X]) / 4.0;
    return (struct um_op_cost){.flops = strips        ? statistics
                                        : info->flops ? info->flops(op)
                                                      : 0,
                               .bytes = bytes + weights,
                               .weight_bytes = weights,
                               .rows = rows ? *rows : 0};
}

/* The entry of an op, made if it is new. False when memory has run out. */
static bool find_entry(struct um_profile *profile, const struct um_profile_entry *wanted,
                       uint32_t *index) {
    for (*index = 0; *index < profile->count; ++*index) {
        const struct um_profile_entry *entry = &profile->entries[*index];
        if (strcmp(entry->row.op, wanted->row.op) == 0 &&
            strcmp(entry->row.shape, wanted->row.shape) == 0 &&
            entry->row_limited == wanted->row_limited)
            return true;
    }
    if (profile->count == profile->capacity) {
        uint32_t capacity = profile->capacity ? profile->capacity * 2 : 32;
        struct um_profile_entry *entries = um_alloc(capacity, sizeof *entries);
        if (!entries)
            return false;
        if (profile->count)
            memcpy(entries, profile->entries, profile->count * sizeof *entries);
        um_free(profile->entries);
        profile->entries = entries;
        profile->capacity = capacity;
    }
    profile->entries[profile->count++] = *wanted;
    return true;
}

struct um_program_times *um_program_times_create(struct um_profile *profile,
                                                 const struct um_program_desc *desc,
                                                 const struct um_tensor *tensors) {
    struct um_program_times *times = um_alloc(1, sizeof *times);
    if (!times)
        return NULL;
    *times = (struct um_program_times){.profile = profile, .op_count = desc->op_count};
    times->op_seconds = um_alloc(desc->op_count, sizeof *times->op_seconds);
    times->op_entries = um_alloc(desc->op_count, sizeof *times->op_entries);
    times->op_costs = um_alloc(desc->op_count, sizeof *times->op_costs);
    times->op_kernels = um_alloc(desc->op_count, sizeof *times->op_kernels);
    bool ok = times->op_seconds && times->op_entries && times->op_costs && times->op_kernels;
    for (uint32_t i = 0; i < desc->op_count && ok; i++) {
        const struct um_op *op = &desc->ops[i];
        times->op_costs[i] = cost_of(desc, i, tensors);
        struct um_profile_entry entry = {
            .row_limited = times->op_costs[i].rows > 0,
            .row = {.flops = times->op_costs[i].flops, .bytes = times->op_costs[i].bytes}};
        snprintf(entry.row.op, sizeof entry.row.op, "%s", um_op_info(op->kind)->name);
        um_op_info(op->kind)->shape(op, entry.row.shape, sizeof entry.row.shape);
        ok = find_entry(profile, &entry, &times->op_entries[i]);
    }
    if (ok)
        return times;
    um_program_times_destroy(times);
    return NULL;
}

void um_program_times_destroy(struct um_program_times *times) {
    if (!times)
        return;
    um_free(times->op_seconds);
    um_free(times->op_entries);
    um_free(times->op_costs);
    um_free(times->op_kernels);
    um_free(times);
}

/* The mean over the calls so far: how many rows are wanted changes from call to call. */
static void add_cost(struct um_profile_entry *entry, const struct um_op_cost *cost, size_t wanted) {
    um_profile_row *row = &entry->row;
    const uint32_t rows = wanted < cost->rows ? (uint32_t)wanted : cost->rows;
    const double share = cost->rows ? (double)rows / (double)cost->rows : 1;
    const double bytes = cost->weight_bytes + (cost->bytes - cost->weight_bytes) * share;
    entry->least = row->calls && entry->least < rows ? entry->least : rows;
    entry->most = row->calls && entry->most > rows ? entry->most : rows;
    row->calls++;
    row->flops += (cost->flops * share - row->flops) / (double)row->calls;
    row->bytes += (bytes - row->bytes) / (double)row->calls;
}

void um_program_times_collect(struct um_program_times *times, bool count, size_t wanted) {
    for (uint32_t i = 0; i < times->op_count && count; i++) {
        struct um_profile_entry *entry = &times->profile->entries[times->op_entries[i]];
        add_cost(entry, &times->op_costs[i], wanted);
        entry->row.seconds += times->op_seconds[i];
        if (times->op_kernels[i])
            snprintf(entry->row.kernel, sizeof entry->row.kernel, "%s", times->op_kernels[i]);
    }
    memset(times->op_seconds, 0, times->op_count * sizeof *times->op_seconds);
}

void um_profile_free(struct um_profile *profile) {
    if (profile)
        um_free(profile->entries);
    um_free(profile);
}
