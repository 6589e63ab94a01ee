/* A network is written once and walked for two purposes: to list the tensors that it needs, and to
 * build its ops. Each variant's source file calls these functions in the order of its tensors in
 * the model file.
 *
 * With `specs`, the walk describes tensors; with `graph`, it appends values and ops. With neither
 * it only counts tensors, which is how a network finds the index of its first tensor. */
#ifndef UM_GRAPH_NET_H
#define UM_GRAPH_NET_H

#include "graph/graph.h"

struct um_net {
    const struct um_config *config;
    struct um_tensor_spec *specs; /* room for UM_MAX_TENSORS, or NULL */
    struct um_graph *graph;       /* or NULL */
    uint32_t batch;
    uint32_t count;   /* tensors so far; may exceed UM_MAX_TENSORS */
    bool row_limited; /* the transformer computes the logits of `rows` only */
    um_value_id rows; /* see um_graph_step() */
};

/* Weight and bias of a layer, or UM_NO_REF. */
struct um_affine {
    um_weight_ref weight, bias;
};

/* The networks of each variant. */
struct um_transformer_net {
    void (*build)(struct um_net *net, um_value_id *ids, um_value_id *logits);
};
struct um_tokenizer_net {
    void (*encoder)(struct um_net *net, um_weight_ref codebook, um_value_id *rgb,
                    um_value_id *codes);
    void (*decoder)(struct um_net *net, um_weight_ref codebook, um_value_id *codes,
                    um_value_id *rgb);
};
extern const struct um_transformer_net um_transformer_original, um_transformer_v1,
    um_transformer_halton;
extern const struct um_tokenizer_net um_tokenizer_original, um_tokenizer_taming;

/* ---- Tensors. `format` names the layer; ".weight" and ".bias" are appended. The type follows the
 * file's, see docs/MODEL_FORMAT.md. */

UM_PRINTF(4, 5)
um_weight_ref um_net_matrix(struct um_net *net, uint32_t rows, uint32_t depth, const char *format,
                            ...);
UM_PRINTF(3, 4)
um_weight_ref um_net_vector(struct um_net *net, uint32_t size, const char *format, ...);
UM_PRINTF(5, 6)
um_weight_ref um_net_kernel(struct um_net *net, uint32_t out, uint32_t kernel, uint32_t in,
                            const char *format, ...);

/* The weight as above and a bias of `rows`, `size` or `out`. */
UM_PRINTF(4, 5)
struct um_affine um_net_linear(struct um_net *net, uint32_t rows, uint32_t depth,
                               const char *format, ...);
UM_PRINTF(3, 4)
struct um_affine um_net_norm(struct um_net *net, uint32_t size, const char *format, ...);
UM_PRINTF(5, 6)
struct um_affine um_net_conv(struct um_net *net, uint32_t out, uint32_t kernel, uint32_t in,
                             const char *format, ...);

/* A tensor of exactly this name that is F32 in every file; depth 0 = one dimension. */
um_weight_ref um_net_f32(struct um_net *net, uint32_t rows, uint32_t depth, const char *name);

/* ---- Values and ops. Without a graph these functions do nothing and return UM_NO_VALUE. */

/* An INPUT value of (batch, a, b, c) elements. */
um_value_id um_net_input(struct um_net *net, size_t a, size_t b, size_t c);

/* A constant list of `count` rows for PICK: their number, then row(net, i) for each i. */
um_value_id um_net_rows(struct um_net *net, uint32_t count,
                        uint32_t (*row)(const struct um_net *net, uint32_t i));

/* Makes a value an OUTPUT; returns it. */
um_value_id um_net_output(struct um_net *net, um_value_id value);

/* Appends the op with a new TEMP value of (batch, a, b, c) elements as its result. */
um_value_id um_net_op(struct um_net *net, struct um_op op, size_t a, size_t b, size_t c);

static inline struct um_affine um_no_bias(um_weight_ref weight) {
    return (struct um_affine){weight, UM_NO_REF};
}

#endif
