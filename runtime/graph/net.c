/* Tensors, values and ops of a network under construction. */
#include "graph/net.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = sizeof((struct um_tensor_spec *)0)->name };

static enum um_dtype matrix_dtype(const struct um_config *config, uint32_t innermost) {
    if (config->file_dtype == UM_Q8_0 && innermost % 32 != 0)
        return UM_F16;
    return config->file_dtype;
}

/* Unused dimensions are 0. */
static um_weight_ref add(struct um_net *net, const uint32_t dims[4], const char *layer,
                         const char *part) {
    const uint32_t index = net->count++;
    if (index >= UM_MAX_TENSORS)
        return UM_NO_REF;
    if (!net->specs)
        return (um_weight_ref)index;
    struct um_tensor_spec *spec = &net->specs[index];
    memset(spec, 0, sizeof *spec);
    snprintf(spec->name, sizeof spec->name, "%s%s", layer, part);
    while (spec->n_dims < 4 && dims[spec->n_dims])
        spec->n_dims++;
    for (uint32_t i = 0; i < 4; i++)
        spec->dims[i] = i < spec->n_dims ? dims[i] : 1;
    spec->dtype =
        spec->n_dims == 1 ? UM_F32 : matrix_dtype(net->config, spec->dims[spec->n_dims - 1]);
    return (um_weight_ref)index;
}

/* Names of the layers of a walk that lists nothing are not needed, and most walks list nothing. */
static void layer_name(const struct um_net *net, char name[NAME_BYTES], const char *format,
                       va_list args) {
    name[0] = '\0';
    if (net->specs)
        vsnprintf(name, NAME_BYTES, format, args);
}

#define LAYER_NAME(name)                                                                           \
    char name[NAME_BYTES];                                                                         \
    va_list args;                                                                                  \
    va_start(args, format);                                                                        \
    layer_name(net, name, format, args);                                                           \
    va_end(args)

um_weight_ref um_net_matrix(struct um_net *net, uint32_t rows, uint32_t depth, const char *format,
                            ...) {
    LAYER_NAME(name);
    return add(net, (const uint32_t[4]){rows, depth}, name, ".weight");
}

um_weight_ref um_net_vector(struct um_net *net, uint32_t size, const char *format, ...) {
    LAYER_NAME(name);
    return add(net, (const uint32_t[4]){size}, name, ".weight");
}

um_weight_ref um_net_kernel(struct um_net *net, uint32_t out, uint32_t kernel, uint32_t in,
                            const char *format, ...) {
    LAYER_NAME(name);
    return add(net, (const uint32_t[4]){out, kernel, kernel, in}, name, ".weight");
}

struct um_affine um_net_linear(struct um_net *net, uint32_t rows, uint32_t depth,
                               const char *format, ...) {
    LAYER_NAME(name);
    struct um_affine layer;
    layer.weight = add(net, (const uint32_t[4]){rows, depth}, name, ".weight");
    layer.bias = add(net, (const uint32_t[4]){rows}, name, ".bias");
    return layer;
}

struct um_affine um_net_norm(struct um_net *net, uint32_t size, const char *format, ...) {
    LAYER_NAME(name);
    struct um_affine layer;
    layer.weight = add(net, (const uint32_t[4]){size}, name, ".weight");
    layer.bias = add(net, (const uint32_t[4]){size}, name, ".bias");
    return layer;
}

struct um_affine um_net_conv(struct um_net *net, uint32_t out, uint32_t kernel, uint32_t in,
                             const char *format, ...) {
    LAYER_NAME(name);
    struct um_affine layer;
    layer.weight = add(net, (const uint32_t[4]){out, kernel, kernel, in}, name, ".weight");
    layer.bias = add(net, (const uint32_t[4]){out}, name, ".bias");
    return layer;
}

um_weight_ref um_net_f32(struct um_net *net, uint32_t rows, uint32_t depth, const char *name) {
    const um_weight_ref ref = add(net, (const uint32_t[4]){rows, depth}, name, "");
    if (ref != UM_NO_REF && net->specs) {
        net->specs[ref].dtype = UM_F32;
        net->specs[ref].exact = true;
    }
    return ref;
}

um_value_id um_net_input(struct um_net *net, size_t a, size_t b, size_t c) {
    if (!net->graph)
        return UM_NO_VALUE;
    return um_graph_value(net->graph, um_graph_elements(net->batch, a, b, c), UM_VALUE_INPUT);
}

um_value_id um_net_rows(struct um_net *net, uint32_t count,
                        uint32_t (*row)(const struct um_net *net, uint32_t i)) {
    struct um_constant *made = net->graph ? um_graph_constant(net->graph, 1 + (size_t)count) : NULL;
    if (!made)
        return UM_NO_VALUE;
    made->data[0] = (int32_t)count;
    for (uint32_t i = 0; i < count; i++)
        made->data[1 + i] = (int32_t)row(net, i);
    return made->value;
}

um_value_id um_net_output(struct um_net *net, um_value_id value) {
    if (net->graph && !net->graph->failed)
        net->graph->values[value].role = UM_VALUE_OUTPUT;
    return value;
}

um_value_id um_net_op(struct um_net *net, struct um_op op, size_t a, size_t b, size_t c) {
    if (!net->graph)
        return UM_NO_VALUE;
    op.out = um_graph_value(net->graph, um_graph_elements(net->batch, a, b, c), UM_VALUE_TEMP);
    um_graph_append(net->graph, &op);
    return op.out;
}
