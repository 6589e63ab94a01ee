#include "vulkan/compilers/kernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/vulkan/dispatch.h"
#include "backend/vulkan/util.h"
#include "base/mem.h"
#include "graph/graph.h"
#include "graph/layout.h"
#include "graph/strips.h"

enum network { STEP, SAMPLE, TRANSFORMER, DECODER, ENCODER, CAUSAL, NETWORKS };
static const char *const names[NETWORKS] = {"step",    "sample",  "transformer",
                                            "decoder", "encoder", "causal"};

static void build(struct um_graph *graph, const struct um_config *config, enum network network,
                  uint32_t batch) {
    const uint32_t positions = um_config_positions(config);
    const struct um_sampled_rows sampled_rows = {batch * positions, config->codebook_size, batch,
                                                 um_config_leading(config), positions};
    um_value_id in, rows, out, settings, sampled;
    switch (network) {
    case STEP:
        um_graph_step(graph, config, batch, &in, &rows, &out);
        break;
    case SAMPLE:
        um_graph_step(graph, config, batch, &in, &rows, &out);
        um_graph_sample(graph, &sampled_rows, out, rows, &settings, &sampled);
        break;
    case TRANSFORMER:
        um_graph_transformer(graph, config, batch, &in, &out);
        break;
    case DECODER:
        um_graph_decoder(graph, config, batch, &in, &out);
        break;
    case ENCODER:
        um_graph_encoder(graph, config, batch, &in, &out);
        break;
    default:
        um_graph_causal(graph, config, batch, &in, &out);
    }
}

/* What a dispatch adds to the list; `share` is its part of the network. */
static void add(struct kernel_list *list, const struct um_vk_dispatch *d, double share,
                const char *network) {
    uint32_t i = 0;
    while (i < list->count && (list->at[i].shader != d->shader ||
                               memcmp(&list->at[i].spec, &d->spec, sizeof d->spec) != 0))
        i++;
    if (i == MAX_KERNELS)
        abort();
    struct kernel *kernel = &list->at[i];
    if (i == list->count) {
        list->count++;
        *kernel = (struct kernel){.shader = d->shader, .spec = d->spec, .share = -1};
    }
    if (share <= kernel->share)
        return;
    kernel->share = share;
    snprintf(kernel->network, sizeof kernel->network, "%s", network);
}

static bool first_of_its_kind(const struct um_vk_dispatch_list *list, uint32_t i) {
    for (uint32_t j = 0; j < i; j++)
        if (list->items[j].shader == list->items[i].shader &&
            memcmp(&list->items[j].spec, &list->items[i].spec, sizeof list->items[i].spec) == 0)
            return false;
    return true;
}

static void add_all(struct kernel_list *kernels, const struct um_vk_dispatch_list *list,
                    const char *network) {
    double all = 0;
    for (uint32_t i = 0; i < list->count; i++)
        all += list->items[i].flops;
    for (uint32_t i = 0; i < list->count; i++) {
        double same = 0;
        if (!first_of_its_kind(list, i))
            continue;
        for (uint32_t j = i; j < list->count; j++)
            if (list->items[j].shader == list->items[i].shader &&
                memcmp(&list->items[j].spec, &list->items[i].spec, sizeof list->items[i].spec) == 0)
                same += list->items[j].flops;
        add(kernels, &list->items[i], same / all, network);
    }
}

/* The tensors as they would lie on the device, without their memory. */
static struct um_vk_weights weights_of(struct um_vk_device *device,
                                       const struct um_config *config) {
    struct um_vk_weights weights = {.device = device};
    struct um_tensor_spec *specs = calloc(UM_MAX_TENSORS, sizeof *specs);
    if (!specs || !um_weight_layout(config, specs, &weights.count))
        abort();
    weights.tensors = calloc(weights.count, sizeof *weights.tensors);
    if (!weights.tensors)
        abort();
    for (uint32_t i = 0; i < weights.count; i++) {
        const struct um_tensor_spec *s = &specs[i];
        const struct um_tensor tensor = {
            .dtype = s->dtype,
            .n_dims = s->n_dims,
            .dims = {s->dims[0], s->dims[1], s->dims[2], s->dims[3]},
        };
        weights.tensors[i] = (struct um_vk_tensor){.type = um_vk_tensor_type(device, &tensor),
                                                   .rows = s->dims[0],
                                                   .bytes = um_tensor_elements(&tensor)};
    }
    free(specs);
    return weights;
}

static um_status add_network(struct kernel_list *kernels, const struct um_vk_weights *weights,
                             const struct um_config *config, enum network network, uint32_t batch,
                             bool strips, const char *text) {
    struct um_graph graph = {0};
    struct um_program_desc desc;
    build(&graph, config, network, batch);
    if (strips)
        um_graph_strips(&graph);
    um_status status = um_graph_finish(&graph, &desc);
    struct um_vk_dispatch_list list = {.weights = weights, .desc = &desc};
    if (status == UM_OK)
        status = um_vk_lower(&list);
    if (status == UM_OK)
        add_all(kernels, &list, text);
    um_free(list.items);
    um_graph_free(&graph);
    return status;
}

um_status kernels_add(struct kernel_list *list, struct um_vk_device *device,
                      const struct um_config *config, const char *model, uint32_t batch) {
    struct um_vk_weights weights = weights_of(device, config);
    um_status status = UM_OK;
    for (int network = 0; network < NETWORKS && status == UM_OK; network++) {
        const bool maps = network == DECODER || network == ENCODER;
        char text[64];
        if (network == CAUSAL && config->transformer.kind != UM_TRANSFORMER_ORIGINAL)
            continue;
        snprintf(text, sizeof text, "%s %s", model, names[network]);
        for (int strips = 0; strips <= maps && status == UM_OK; strips++)
            status =
                add_network(list, &weights, config, (enum network)network, batch, strips, text);
    }
    free(weights.tensors);
    return status;
}
