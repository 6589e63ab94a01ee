/* Profiles: rows made when a program is compiled, filled after each of its runs. */
#include "profile.h"

#include "backend/op_info.h"
#include "base/mem.h"
#include "objects.h"
#include <stdio.h>
#include <string.h>

static double value_bytes(const struct um_program_desc *desc, um_value_id id) {
    return id == UM_NO_VALUE ? 0 : 4.0 * (double)desc->values[id].elements;
}

static double weight_bytes(const struct um_op *op, const struct um_tensor *tensor) {
    const size_t elements = um_tensor_elements(tensor);
    return um_op_weight_elements(op, elements) / (double)elements * (double)tensor->bytes;
}

static struct um_op_cost cost_of(const struct um_program_desc *desc, const struct um_op *op,
                                 const struct um_tensor *tensors) {
    struct um_op all = *op;
    const uint32_t *rows = um_op_rows(&all);
    double weights = 0, bytes = value_bytes(desc, op->in) + value_bytes(desc, op->residual) +
                                value_bytes(desc, op->out);
    bytes += value_bytes(desc, um_op_modulation(op));
    if (op->kind == UM_OP_ATTENTION_NEXT) /* on average half of it is there */
        bytes += 0.5 * value_bytes(desc, op->p.attention_next.cache);
    if (op->weight != UM_NO_REF)
        weights += weight_bytes(op, &tensors[op->weight]);
    if (op->bias != UM_NO_REF)
        weights += weight_bytes(op, &tensors[op->bias]);
    return (struct um_op_cost){.flops = um_op_flops(op),
                               .bytes = bytes + weights,
                               .weight_bytes = weights,
                               .rows = rows ? *rows : 0};
}

/* The row of an op, made if it is new. False when memory has run out. */
static bool find_row(struct um_profile *profile, const um_profile_row *wanted, uint32_t *index) {
    for (*index = 0; *index < profile->count; ++*index) {
        const um_profile_row *row = &profile->rows[*index];
        if (strcmp(row->op, wanted->op) == 0 && strcmp(row->shape, wanted->shape) == 0)
            return true;
    }
    if (profile->count == profile->capacity) {
        uint32_t capacity = profile->capacity ? profile->capacity * 2 : 32;
        um_profile_row *rows = um_alloc(capacity, sizeof *rows);
        if (!rows)
            return false;
        if (profile->count)
            memcpy(rows, profile->rows, profile->count * sizeof *rows);
        um_free(profile->rows);
        profile->rows = rows;
        profile->capacity = capacity;
    }
    profile->rows[profile->count++] = *wanted;
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
    times->op_rows = um_alloc(desc->op_count, sizeof *times->op_rows);
    times->op_costs = um_alloc(desc->op_count, sizeof *times->op_costs);
    times->op_kernels = um_alloc(desc->op_count, sizeof *times->op_kernels);
    bool ok = times->op_seconds && times->op_rows && times->op_costs && times->op_kernels;
    for (uint32_t i = 0; i < desc->op_count && ok; i++) {
        const struct um_op *op = &desc->ops[i];
        times->op_costs[i] = cost_of(desc, op, tensors);
        um_profile_row row = {.flops = times->op_costs[i].flops, .bytes = times->op_costs[i].bytes};
        snprintf(row.op, sizeof row.op, "%s", um_op_name(op->kind));
        um_op_shape(op, row.shape, sizeof row.shape);
        ok = find_row(profile, &row, &times->op_rows[i]);
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
    um_free(times->op_rows);
    um_free(times->op_costs);
    um_free(times->op_kernels);
    um_free(times);
}

/* The mean over the calls so far: how many rows are wanted changes from call to call. */
static void add_cost(um_profile_row *row, const struct um_op_cost *cost, size_t wanted) {
    const double share =
        wanted < cost->rows ? (double)wanted / (double)cost->rows : 1; // 1 also if not counted
    const double bytes = cost->weight_bytes + (cost->bytes - cost->weight_bytes) * share;
    row->calls++;
    row->flops += (cost->flops * share - row->flops) / (double)row->calls;
    row->bytes += (bytes - row->bytes) / (double)row->calls;
}

void um_program_times_collect(struct um_program_times *times, bool count, size_t wanted) {
    for (uint32_t i = 0; i < times->op_count && count; i++) {
        um_profile_row *row = &times->profile->rows[times->op_rows[i]];
        add_cost(row, &times->op_costs[i], wanted);
        row->seconds += times->op_seconds[i];
        if (times->op_kernels[i])
            snprintf(row->kernel, sizeof row->kernel, "%s", times->op_kernels[i]);
    }
    memset(times->op_seconds, 0, times->op_count * sizeof *times->op_seconds);
}

/* Programs that exist are timed or not as they were compiled, so they are compiled anew. */
static void forget_programs(um_model *model) {
    for (size_t i = 0; i < sizeof model->network / sizeof model->network[0]; i++)
        um_program_close(&model->network[i]);
}

um_status um_profile_begin(um_model *model) {
    if (!model)
        return UM_ERROR_ARGUMENT;
    if (model->profile)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_profile_begin: a profile has begun already.");
    model->profile = um_alloc(1, sizeof *model->profile);
    if (!model->profile)
        return um_fail(&model->context->log, UM_ERROR_MEMORY, "Memory ran out in a profile.");
    forget_programs(model);
    return UM_OK;
}

void um_profile_end(um_model *model) {
    if (!model || !model->profile)
        return;
    forget_programs(model);
    um_free(model->profile->rows);
    um_free(model->profile);
    model->profile = NULL;
}

um_status um_profile_read(um_model *model, um_profile_row *rows, size_t capacity, size_t *count) {
    if (!model || !count || (capacity && !rows))
        return UM_ERROR_ARGUMENT;
    if (!model->profile)
        return um_fail(&model->context->log, UM_ERROR_ARGUMENT,
                       "um_profile_read: no profile has begun.");
    struct um_profile *profile = model->profile;
    *count = profile->count;
    for (uint32_t i = 0; i < profile->count; i++) {
        if (i < capacity)
            rows[i] = profile->rows[i];
        profile->rows[i].calls = 0;
        profile->rows[i].seconds = 0;
    }
    return UM_OK;
}
