/* A program on the CPU: copies of its ops and values, one arena, scratch for the hungriest op. */
#include "backend/cpu/cpu.h"
#include "backend/op_info.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

struct um_cpu_program {
    struct um_cpu_weights *weights;
    struct um_op *ops;
    struct um_value *values;
    uint32_t op_count, value_count;
    double *op_seconds; /* of the description; NULL = untimed */
    unsigned char *arena;
    float *scratch; /* shared part, strip, one part per worker, one panel per worker */
    struct um_cpu_scratch scratch_size;
};

const struct um_cpu_op *const um_cpu_ops[UM_OP_COUNT] = {
#define ROW(ID, stem) [UM_OP_##ID] = &um_cpu_op_##stem,
    UM_OPS(ROW)
#undef ROW
};

static void *value_at(const struct um_cpu_program *program, um_value_id id) {
    if (id == UM_NO_VALUE)
        return NULL;
    assert(id >= 0 && (uint32_t)id < program->value_count);
    return program->arena + program->values[id].offset;
}

static const struct um_cpu_tensor *weight_at(const struct um_cpu_program *program,
                                             um_weight_ref ref) {
    if (ref == UM_NO_REF)
        return NULL;
    assert(ref >= 0 && (uint32_t)ref < program->weights->count);
    return &program->weights->tensors[ref];
}

static bool in_strips(const struct um_value *values, um_value_id id) {
    return id != UM_NO_VALUE && values[id].role == UM_VALUE_STRIPS;
}

static void *copy(const void *from, size_t count, size_t size) {
    void *to = um_alloc(count, size);
    if (to)
        memcpy(to, from, count * size);
    return to;
}

static size_t round_up(size_t floats) {
    return (floats + UM_LANES - 1) / UM_LANES * UM_LANES;
}

/* What an op needs: its own share, that of um_cpu_matmul, and room for a widened panel and a strip.
 */
static struct um_cpu_scratch op_scratch(const struct um_cpu_program *program,
                                        const struct um_op *op, const struct um_value *values) {
    const struct um_cpu_tensor *weight = weight_at(program, op->weights[UM_WEIGHT]);
    const uint32_t threads = um_pool_size(program->weights->device->pool);
    struct um_cpu_scratch need = {0};
    if (um_cpu_ops[op->kind]->scratch)
        need = um_cpu_ops[op->kind]->scratch(op);
    if (weight && op->kind == UM_OP_LINEAR)
        need.shared += um_cpu_matmul_scratch(weight, op->p.linear.rows, threads);
    if (weight && op->kind == UM_OP_CONV2D)
        need.shared += um_cpu_matmul_scratch(
            weight, op->p.conv2d.batch * op->p.conv2d.height * op->p.conv2d.width, threads);
    if (weight && weight->small)
        need.panel = (size_t)weight->depth * UM_PANEL;
    if (in_strips(values, op->in[UM_IN_X]))
        need.strip = um_cpu_strip_floats(op);
    return need;
}

static struct um_cpu_scratch largest_scratch(const struct um_cpu_program *program,
                                             const struct um_program_desc *desc) {
    struct um_cpu_scratch largest = {0};
    for (uint32_t i = 0; i < desc->op_count; i++) {
        assert(desc->ops[i].kind < UM_OP_COUNT);
        const struct um_cpu_scratch need = op_scratch(program, &desc->ops[i], desc->values);
        if (round_up(need.shared) > largest.shared)
            largest.shared = round_up(need.shared);
        if (round_up(need.own) > largest.own)
            largest.own = round_up(need.own);
        if (need.panel > largest.panel)
            largest.panel = need.panel;
        if (round_up(need.strip) > largest.strip)
            largest.strip = round_up(need.strip);
    }
    return largest;
}

/* No op may count on finding zeros. Without asserts, memory is taken only where it is used. */
static void poison(float *scratch, size_t count) {
#ifndef NDEBUG
    for (size_t i = 0; i < count; i++)
        scratch[i] = NAN;
#else
    (void)scratch;
    (void)count;
#endif
}

/* Profiles name the kernels that do another arithmetic than the F32 operations that are counted. */
static void name_kernels(const struct um_cpu_weights *weights, const struct um_program_desc *desc) {
    for (uint32_t i = 0; i < desc->op_count && desc->op_kernels; i++) {
        const struct um_op *op = &desc->ops[i];
        const struct um_cpu_tensor *weight =
            op->weights[UM_WEIGHT] == UM_NO_REF ? NULL : &weights->tensors[op->weights[UM_WEIGHT]];
        if (op->kind == UM_OP_CONV2D && um_cpu_winograd_suits(op))
            desc->op_kernels[i] = "conv2d_winograd";
        else if (op->kind == UM_OP_LINEAR && weight && weight->q8)
            desc->op_kernels[i] = "linear_int8";
        else if (op->kind == UM_OP_LINEAR && weight && weight->bf16)
            desc->op_kernels[i] = "linear_bf16";
    }
}

um_status um_cpu_program_create(void **out, void *weights_handle,
                                const struct um_program_desc *desc) {
    struct um_cpu_weights *weights = weights_handle;
    *out = NULL;
    struct um_cpu_program *program = um_alloc(1, sizeof *program);
    void *handle = program;
    if (!program)
        goto no_memory;
    program->weights = weights;
    program->op_count = desc->op_count;
    program->op_seconds = desc->op_seconds;
    program->value_count = desc->value_count;
    program->scratch_size = largest_scratch(program, desc);
    const struct um_cpu_scratch *size = &program->scratch_size;
    const size_t scratch = size->shared + size->strip +
                           (size->own + size->panel) * um_pool_size(weights->device->pool);
    program->ops = copy(desc->ops, desc->op_count, sizeof *desc->ops);
    program->values = copy(desc->values, desc->value_count, sizeof *desc->values);
    program->arena = um_alloc_unset(desc->arena_bytes, 1);
    program->scratch = um_alloc_unset(scratch, sizeof(float));
    if (!program->ops || !program->values || !program->arena || !program->scratch)
        goto no_memory;
    poison(program->scratch, scratch);
    name_kernels(weights, desc);
    for (uint32_t i = 0; i < desc->value_count; i++)
        assert(desc->values[i].offset + desc->values[i].elements * 4 <= desc->arena_bytes);
    *out = program;
    return UM_OK;
no_memory:
    um_cpu_program_destroy(&handle);
    return um_fail(&weights->device->log, UM_ERROR_MEMORY,
                   "out of memory for a program of %zu bytes", desc->arena_bytes);
}

void um_cpu_program_destroy(void **handle) {
    struct um_cpu_program *program = *handle;
    *handle = NULL;
    if (!program)
        return;
    um_free(program->ops);
    um_free(program->values);
    um_free(program->arena);
    um_free(program->scratch);
    um_free(program);
}

um_status um_cpu_write(void *handle, um_value_id value, const void *data) {
    struct um_cpu_program *program = handle;
    memcpy(value_at(program, value), data, program->values[value].elements * 4);
    return UM_OK;
}

um_status um_cpu_read(void *handle, um_value_id value, void *data) {
    const struct um_cpu_program *program = handle;
    return um_cpu_read_part(handle, value, program->values[value].elements, data);
}

um_status um_cpu_read_part(void *handle, um_value_id value, size_t elements, void *data) {
    const struct um_cpu_program *program = handle;
    assert(elements <= program->values[value].elements);
    memcpy(data, value_at(program, value), elements * 4);
    return UM_OK;
}

static struct um_cpu_call call_at(const struct um_cpu_program *program, uint32_t at) {
    const struct um_op *op = &program->ops[at];
    const struct um_cpu_device *device = program->weights->device;
    const struct um_cpu_scratch *size = &program->scratch_size;
    struct um_cpu_call call = {
        .op = op,
        .kernels = device->kernels,
        .pool = device->pool,
        .out = value_at(program, op->out),
        .out_strips = in_strips(program->values, op->out),
        .shorten = program->weights->has_q8,
        .shared = program->scratch,
        .strip = program->scratch + size->shared,
        .own_stride = size->own,
        .panel_stride = size->panel,
    };
    for (int i = 0; i < UM_OP_INPUTS; i++)
        call.in[i] = value_at(program, op->in[i]);
    for (int i = 0; i < UM_OP_WEIGHTS; i++)
        call.weights[i] = weight_at(program, op->weights[i]);
    call.own = call.strip + size->strip;
    call.panels = call.own + um_pool_size(device->pool) * size->own;
    if (in_strips(program->values, op->in[UM_IN_X])) {
        call.source = um_op_source(program->ops, at);
        call.source_in = value_at(program, call.source->in[UM_IN_X]);
    }
    return call;
}

/* Lowers the rows of a row-limited op to the wanted ones; false if there are none. */
static bool limit_rows(struct um_op *op, const int32_t *rows) {
    uint32_t *all = um_op_rows(op);
    if (all && (uint32_t)rows[0] < *all)
        *all = (uint32_t)rows[0];
    return !all || *all > 0;
}

um_status um_cpu_run(void *handle, const volatile int *cancel) {
    const struct um_cpu_program *program = handle;
    for (uint32_t i = 0; i < program->op_count; i++) {
        if (cancel && __atomic_load_n(cancel, __ATOMIC_ACQUIRE))
            return UM_CANCELLED;
        struct um_cpu_call call = call_at(program, i);
        struct um_op wanted = *call.op;
        if (!limit_rows(&wanted, call.in[UM_IN_ROWS]))
            continue;
        call.op = &wanted;
        const double start = program->op_seconds ? um_clock_seconds() : 0;
        um_cpu_ops[call.op->kind]->run(&call);
        if (program->op_seconds)
            program->op_seconds[i] += um_clock_seconds() - start;
    }
    return UM_OK;
}
