/* From a network to a program that a backend can run; networks.c has the networks. */
#include "program.h"

#include "graph/graph.h"
#include "graph/strips.h"
#include "model.h"
#include "profile.h"
#include "recover.h"

enum { ARENA_BUDGET = 64 << 20 }; /* bytes, of um_program_group() */

/* Inputs share their bytes with no other value, so once is enough. */
static um_status write_constants(struct um_program *program, const struct um_graph *graph) {
    const struct um_backend_fns *backend = program->model->context->backend;
    um_status status = UM_OK;
    for (uint32_t i = 0; i < graph->constant_count && status == UM_OK; i++)
        status =
            backend->write(program->handle, graph->constants[i].value, graph->constants[i].data);
    if (status != UM_OK)
        backend->program_destroy(&program->handle);
    return status;
}

/* Compiles for the device that the context has now; with `strips` the largest maps are never whole.
 */
static um_status compile_as(struct um_program *program, bool strips, bool spill) {
    um_model *model = program->model;
    const struct um_backend_fns *backend = model->context->backend;
    struct um_graph graph = {0};
    struct um_program_desc desc;
    if (!model->weights)
        return um_fail(&model->context->log, UM_ERROR_DEVICE_LOST, "The device was lost.");
    program->network->build(&graph, &model->file.config, program);
    if (strips)
        um_graph_strips(&graph);
    um_status status = um_graph_finish(&graph, &desc);
    if (status == UM_OK && model->profile) {
        program->times = um_program_times_create(model->profile, &desc, model->file.tensors);
        status = program->times ? UM_OK : UM_ERROR_MEMORY;
    }
    if (status != UM_OK) {
        um_fail(&model->context->log, status, "Memory ran out while planning a network.");
    } else {
        desc.spill = spill;
        desc.op_kernels = program->times ? program->times->op_kernels : NULL;
        desc.op_seconds = program->times ? program->times->op_seconds : NULL;
        status = backend->program_create(&program->handle, model->weights, &desc);
    }
    if (status == UM_OK)
        status = write_constants(program, &graph);
    um_graph_free(&graph);
    return status;
}

static void discard(struct um_program *program) {
    if (program->handle)
        program->model->context->backend->program_destroy(&program->handle);
    um_program_times_destroy(program->times);
    program->times = NULL;
}

/* Where memory is short, maps that are not whole come before slower memory. */
static um_status compile(struct um_program *program) {
    um_context *context = program->model->context;
    const enum um_strips strips = context->backend->strips;
    if (strips != UM_STRIPS_IF_SHORT || !program->network->maps)
        return compile_as(program, strips == UM_STRIPS_ALWAYS, program->last);
    um_status status = compile_as(program, false, false);
    if (status != UM_ERROR_MEMORY)
        return status;
    discard(program);
    um_log_write(
        &context->log, UM_LOG_WARN,
        "Memory is short: the largest maps of pictures are not kept whole, which is slower.");
    return compile_as(program, true, program->last);
}

/* Compiles again what lost its device, or never had its memory. */
static um_status ready(struct um_program *program) {
    um_context *context = program->model->context;
    um_status status = UM_OK;
    while (!program->handle) {
        discard(program);
        status = compile(program);
        if (status == UM_OK || program->network->keeps_state ||
            (status == UM_ERROR_MEMORY && !program->last) || !um_recover(context, status))
            break;
    }
    return status;
}

um_status um_program_open(struct um_program *program, um_model *model,
                          const struct um_network *network, uint32_t batch, bool last) {
    *program = (struct um_program){
        .model = model, .network = network, .batch = batch, .last = last, .next = model->programs};
    model->programs = program;
    um_status status = ready(program);
    if (status != UM_OK)
        um_program_close(program);
    return status;
}

void um_program_close(struct um_program *program) {
    if (!program->model)
        return;
    discard(program);
    struct um_program **p = &program->model->programs;
    while (*p != program)
        p = &(*p)->next;
    *p = program->next;
    *program = (struct um_program){0};
}

/* What a run takes in and gives back. */
struct io {
    const void *in;
    const int32_t *rows;      /* NULL = all */
    const void *settings;     /* NULL = none */
    const um_value_id *value; /* to read, with rows: its first `elements` */
    void *out;
    size_t elements;
};

static um_status run_once(struct um_program *program, const struct io *io,
                          const volatile int *cancel) {
    const struct um_backend_fns *backend = program->model->context->backend;
    um_status status = backend->write(program->handle, program->in, io->in);
    if (status == UM_OK && io->rows)
        status = backend->write(program->handle, program->rows, io->rows);
    if (status == UM_OK && io->settings)
        status = backend->write(program->handle, program->settings, io->settings);
    if (status == UM_OK)
        status = backend->run(program->handle, cancel);
    if (program->times)
        um_program_times_collect(program->times, status == UM_OK,
                                 io->rows ? (size_t)io->rows[0] : 1);
    if (status != UM_OK)
        return status;
    return io->rows ? backend->read_part(program->handle, *io->value, io->elements, io->out)
                    : backend->read(program->handle, *io->value, io->out);
}

static um_status run(struct um_program *program, const struct io *io, const volatile int *cancel) {
    um_context *context = program->model->context;
    um_status status;
    if (program->network->keeps_state)
        return program->handle
                   ? run_once(program, io, cancel)
                   : um_fail(&context->log, UM_ERROR_DEVICE_LOST, "The device was lost.");
    do {
        status = ready(program);
        if (status != UM_OK)
            return status;
        status = run_once(program, io, cancel);
    } while (um_recover(context, status));
    return status;
}

um_status um_program_run(struct um_program *program, const void *in, void *out,
                         const volatile int *cancel) {
    const struct io io = {.in = in, .value = &program->out, .out = out};
    return run(program, &io, cancel);
}

um_status um_program_run_rows(struct um_program *program, const void *in, const int32_t *rows,
                              void *out, const volatile int *cancel) {
    const struct io io = {.in = in,
                          .rows = rows,
                          .value = &program->out,
                          .out = out,
                          .elements = (size_t)rows[0] * program->row_elements};
    return run(program, &io, cancel);
}

um_status um_program_run_sample(struct um_program *program, const void *in, const int32_t *rows,
                                const void *settings, void *out, size_t count,
                                const volatile int *cancel) {
    const struct io io = {.in = in,
                          .rows = rows,
                          .settings = settings,
                          .value = &program->sampled,
                          .out = out,
                          .elements = 3 * count};
    return run(program, &io, cancel);
}

um_status um_program_arena(const um_model *model, const struct um_network *network, uint32_t batch,
                           size_t *bytes) {
    struct um_graph graph = {0};
    struct um_program_desc desc;
    struct um_program unused = {.batch = batch};
    network->build(&graph, &model->file.config, &unused);
    if (model->context->backend->strips == UM_STRIPS_ALWAYS)
        um_graph_strips(&graph);
    um_status status = um_graph_finish(&graph, &desc);
    if (status == UM_OK)
        *bytes = desc.arena_bytes;
    else
        um_fail(&model->context->log, status, "Memory ran out while planning a network.");
    um_graph_free(&graph);
    return status;
}

/* The arena grows in proportion to its batch. */
um_status um_program_group(const um_model *model, const struct um_network *network,
                           uint32_t sequences, uint32_t batch, uint32_t *group) {
    size_t bytes;
    um_status status = um_program_arena(model, network, sequences, &bytes);
    if (status != UM_OK)
        return status;
    const size_t fits = ARENA_BUDGET / bytes;
    const uint32_t most = fits < 1 ? 1 : fits > UM_MAX_GROUP ? UM_MAX_GROUP : (uint32_t)fits;
    const uint32_t groups = (batch + most - 1) / most;
    *group = (batch + groups - 1) / groups;
    return UM_OK;
}

um_status um_model_network(um_model *model, const struct um_network *network,
                           struct um_program **program) {
    struct um_program *own = model->own;
    while (own->model && own->network != network)
        own++;
    *program = own;
    return own->model ? UM_OK : um_program_open(own, model, network, 1, true);
}
