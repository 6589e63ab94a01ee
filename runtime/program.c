/* From a network to a program that a backend can run. */
#include "objects.h"

#include "graph/graph.h"
#include "graph/strips.h"
#include "profile.h"
#include <math.h>

static void build(struct um_graph *graph, const um_model *model, enum um_network network,
                  uint32_t batch, um_value_id *in, um_value_id *out) {
    const struct um_config *config = &model->file.config;
    switch (network) {
    case UM_NET_TRANSFORMER:
        um_graph_transformer(graph, config, batch, in, out);
        break;
    case UM_NET_DECODER:
        um_graph_decoder(graph, config, batch, in, out);
        break;
    case UM_NET_ENCODER:
        um_graph_encoder(graph, config, batch, in, out);
        break;
    case UM_NET_CAUSAL:
        um_graph_causal(graph, config, batch, in, out);
        break;
    }
    if (model->context->backend->strips)
        um_graph_strips(graph);
}

um_status um_program_open(struct um_program *program, const um_model *model,
                          enum um_network network, uint32_t batch) {
    const struct um_backend_fns *backend = model->context->backend;
    struct um_graph graph = {0};
    struct um_program_desc desc;
    *program = (struct um_program){.backend = backend};
    build(&graph, model, network, batch, &program->in, &program->out);
    um_status status = um_graph_finish(&graph, &desc);
    if (status == UM_OK && model->profile) {
        program->times = um_program_times_create(model->profile, &desc, model->file.tensors);
        status = program->times ? UM_OK : UM_ERROR_MEMORY;
    }
    if (status != UM_OK) {
        um_fail(&model->context->log, status, "Memory ran out while planning a network.");
    } else {
        desc.op_seconds = program->times ? program->times->op_seconds : NULL;
        status = backend->program_create(&program->handle, model->weights, &desc);
    }
    um_graph_free(&graph);
    if (status != UM_OK) {
        um_program_times_destroy(program->times);
        *program = (struct um_program){0};
    }
    return status;
}

void um_program_close(struct um_program *program) {
    if (program->handle)
        program->backend->program_destroy(&program->handle);
    um_program_times_destroy(program->times);
    program->times = NULL;
}

um_status um_program_run(const struct um_program *program, const void *in, void *out,
                         const volatile int *cancel) {
    const struct um_backend_fns *backend = program->backend;
    um_status status = backend->write(program->handle, program->in, in);
    if (status == UM_OK)
        status = backend->run(program->handle, cancel);
    if (program->times)
        um_program_times_collect(program->times, status == UM_OK);
    if (status == UM_OK)
        status = backend->read(program->handle, program->out, out);
    return status;
}

um_status um_program_arena(const um_model *model, enum um_network network, uint32_t batch,
                           size_t *bytes) {
    struct um_graph graph = {0};
    struct um_program_desc desc;
    um_value_id in, out;
    build(&graph, model, network, batch, &in, &out);
    um_status status = um_graph_finish(&graph, &desc);
    if (status == UM_OK)
        *bytes = desc.arena_bytes;
    else
        um_fail(&model->context->log, status, "Memory ran out while planning a network.");
    um_graph_free(&graph);
    return status;
}

um_status um_model_network(um_model *model, enum um_network network,
                           const struct um_program **program) {
    struct um_program *own = &model->network[network];
    *program = own;
    return own->handle ? UM_OK : um_program_open(own, model, network, 1);
}

bool um_all_finite(const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            return false;
    }
    return true;
}
